{# What only the Spark target needs: where tables lie, the lake as tables, and contracts by cast. #}

{# Tables lie below one folder that DuckDB can read as well, whatever catalog the cluster has. #}
{% macro spark__location_clause() -%}
  {{ fuyou.location_of(model.schema, model.alias) }}
{%- endmacro %}

{% macro location_of(schema, table) -%}
  location '{{ env_var('FUYOU_SPARK_TABLES') }}/{{ schema }}/{{ table }}'
{%- endmacro %}

{# Where and how a table that is made outside a model is kept. #}
{% macro table_storage(schema, table) -%}
  {{ 'using parquet ' ~ fuyou.location_of(schema, table) if target.type == 'spark' else '' }}
{%- endmacro %}

{# A view has no files that another reader could find. #}
{% materialization view, adapter = 'spark' %}
  {{ return(materialization_table_spark()) }}
{% endmaterialization %}

{# Spark passes over files whose names begin with an underscore, and infers nothing from none at all: the lake's columns
   come from the contracts. A file of an older contract lacks some of them and reads as null. #}
{% macro lake_tables() -%}
  {%- if execute and target.type == 'spark' and flags.WHICH in ('build', 'run') -%}
    {%- do run_query("create schema if not exists lake") -%}
    {%- set contracts = run_query(
        "select dataset, landed_ddl from " ~ fuyou.parameter_file('extract_contract') ~ " order by dataset"
    ) -%}
    {%- for contract in contracts.rows -%}
      {%- do run_query("drop table if exists lake." ~ contract['dataset']) -%}
      {%- do run_query(
          "create table lake." ~ contract['dataset'] ~ " (" ~ contract['landed_ddl'] ~ ") using parquet options (path '"
          ~ env_var('FUYOU_LAKE') ~ "/" ~ contract['dataset']
          ~ "', recursiveFileLookup 'true', pathGlobFilter '*.parquet')"
      ) -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}

{# A contract's columns must be there; their types are made so by the cast below, which fails on what does not fit.
   Engines give the same value other types: length() is int on Spark and bigint on DuckDB. #}
{% macro spark__get_assert_columns_equivalent(sql) -%}
  {%- set found = get_column_schema_from_query(sql) | map(attribute='name') | map('lower') | list -%}
  {%- set wanted = model.columns.keys() | list -%}
  {%- if found | sort != wanted | sort -%}
    {%- do exceptions.raise_compiler_error(
        model.name ~ ': contract names ' ~ wanted | join(', ') ~ ', the query gives ' ~ found | join(', ')
    ) -%}
  {%- endif -%}
{%- endmacro %}

{% macro spark__get_select_subquery(sql) -%}
  select
    {%- for column in model.columns.values() %}
    cast({{ column.name }} as {{ column.data_type }}) as {{ column.name }}{{ ',' if not loop.last }}
    {%- endfor %}
  from ({{ sql }}) as model_subq
{%- endmacro %}
