{# Staging for the extracts that only this office has (contracts in its own reference/contracts/): made before a
   run from the contract tables, so that a new contract needs neither a model file nor a re-parse. #}

{% macro office_staging() -%}
  {%- if execute and flags.WHICH in ('build', 'run') -%}
    {%- set contracts = run_query(
        "select dataset, staging_name, semantics, key_columns, landed_columns from "
        ~ fuyou.parameter_file('extract_contract') ~ " where not is_shipped order by dataset"
    ) -%}
    {%- if contracts.rows | length -%}
      {%- do adapter.create_schema(api.Relation.create(database=target.database, schema='staging')) -%}
    {%- endif -%}
    {%- for contract in contracts.rows -%}
      {%- set columns = contract['landed_columns'].split(',') -%}
      {%- set key = contract['key_columns'].split(',') -%}
      {%- do run_query("drop table if exists staging." ~ contract['staging_name']) -%}
      {%- do run_query(
          "create table staging." ~ contract['staging_name'] ~ " "
          ~ fuyou.table_storage('staging', contract['staging_name']) ~ " as "
          ~ fuyou.corrected(
              contract['dataset'],
              fuyou.rows_in_force(fuyou.lake_folder(contract['dataset']), columns, key, contract['semantics']),
              columns,
              key
          )
      ) -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}
