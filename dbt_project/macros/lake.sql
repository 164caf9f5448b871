{# Reading what Python landed: the lake and the parameter tables.

   The path is rendered when a statement runs, never when the project is parsed: a kept manifest would
   otherwise read the data folder it was parsed for. source() is called for the lineage alone. #}

{% macro lake(dataset) -%}
  {%- do source('lake', dataset) -%}
  {{ fuyou.lake_folder(dataset) }}
{%- endmacro %}

{# The same without lineage, for datasets that only this office has. #}
{% macro lake_folder(dataset) -%}
  {%- if execute -%}
    {{ adapter.dispatch('landed_rows', 'fuyou')(dataset) }}
  {%- else -%}
    lake_not_read_while_parsing
  {%- endif -%}
{%- endmacro %}

{% macro duckdb__landed_rows(dataset) -%}
  read_parquet(
      '{{ (env_var('FUYOU_LAKE') ~ '/' ~ dataset) | replace("'", "''") }}/**/*.parquet',
      union_by_name = true,
      hive_partitioning = false
  )
{%- endmacro %}

{% macro spark__landed_rows(dataset) -%}
  lake.{{ dataset }}
{%- endmacro %}

{% macro parameter(table) -%}
  {%- do source('parameters', table) -%}
  {{ fuyou.parameter_file(table) }}
{%- endmacro %}

{% macro parameter_file(table) -%}
  {%- if execute -%}
    {{ adapter.dispatch('parquet_file', 'fuyou')(env_var('FUYOU_PARAMETERS') ~ '/' ~ table ~ '.parquet') }}
  {%- else -%}
    parameters_not_read_while_parsing
  {%- endif -%}
{%- endmacro %}

{% macro duckdb__parquet_file(path) -%}
  read_parquet('{{ path | replace("'", "''") }}')
{%- endmacro %}

{% macro spark__parquet_file(path) -%}
  parquet.`{{ path | replace("`", "``") }}`
{%- endmacro %}
