{# Arithmetic that must come out the same on every engine. #}

{# A double as a decimal, rounded half away from zero. DuckDB rounds value × 10^scale; Spark would round the shortest
   text that stands for the value, which differs in the last place of one value in twelve: there the product is rounded,
   split at 2^32 so that no digit is lost, and read as text. One use of `value`, so that nested ones do not grow. #}
{% macro to_decimal(value, type) -%}
  {{ adapter.dispatch('to_decimal', 'fuyou')(value, type) }}
{%- endmacro %}

{% macro duckdb__to_decimal(value, type) -%}
  cast({{ value }} as {{ type }})
{%- endmacro %}

{% macro spark__to_decimal(value, type) -%}
  {%- set scale = type.split(',')[1].replace(')', '') | trim -%}
  cast(
      transform(
          array(round(({{ value }}) * 1e{{ scale }}D)),
          v -> cast(
              cast(floor(v / 4294967296D) as decimal(20, 0)) * 4294967296
              + cast(v - floor(v / 4294967296D) * 4294967296D as bigint) as string
          ) || 'E-{{ scale }}'
      )[0] as {{ type }}
  )
{%- endmacro %}

{# A whole number of 64 bits that is the same for the same values. Others may share it, and engines number differently. #}
{% macro number_of(columns) -%}
  {{ adapter.dispatch('number_of', 'fuyou')(columns) }}
{%- endmacro %}

{% macro duckdb__number_of(columns) -%}
  hash({{ columns | join(', ') }})
{%- endmacro %}

{% macro spark__number_of(columns) -%}
  xxhash64({{ columns | join(', ') }})
{%- endmacro %}

{# The same of all described columns of a model, in order of their names. #}
{% macro number_of_row(name) -%}
  {%- if execute -%}
    {{ fuyou.number_of(graph.nodes['model.fuyou.' ~ name].columns.keys() | sort) }}
  {%- else -%}
    0
  {%- endif -%}
{%- endmacro %}

{# A product as a decimal, exact to the fifteenth digit. Through doubles: the product of two long decimals is made and
   rounded in 128 bits, at thirty times the cost. #}
{% macro times(value, factor, type='decimal(24, 8)') -%}
  {{ fuyou.to_decimal('cast(' ~ value ~ ' as double) * cast(' ~ factor ~ ' as double)', type) }}
{%- endmacro %}

{# A ratio as decimal(38,12), null where the divisor is missing or zero. Decimal ÷ decimal differs between engines, so
   both sides go through double and the result is rounded once. #}
{% macro safe_divide(numerator, denominator, type='decimal(38,12)') -%}
  {{ fuyou.to_decimal(
      'cast(' ~ numerator ~ ' as double) / nullif(cast(' ~ denominator ~ ' as double), cast(0 as double))', type
  ) }}
{%- endmacro %}

{# Part of a whole in percent, four decimals. #}
{% macro pct(part, whole) -%}
  {{ fuyou.to_decimal(
      '100 * cast(' ~ part ~ ' as double) / nullif(cast(' ~ whole ~ ' as double), cast(0 as double))', 'decimal(9, 4)'
  ) }}
{%- endmacro %}
