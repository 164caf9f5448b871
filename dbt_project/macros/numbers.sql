{# Arithmetic that must come out the same on every engine. #}

{# A ratio as decimal(38,12), null where the divisor is missing or zero. Decimal ÷ decimal differs between engines, so
   both sides go through double and the result is rounded once. #}
{% macro safe_divide(numerator, denominator, type='decimal(38,12)') -%}
  cast(cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), cast(0 as double)) as {{ type }})
{%- endmacro %}

{# Part of a whole in percent, four decimals. #}
{% macro pct(part, whole) -%}
  cast(round(100 * cast({{ part }} as double) / nullif(cast({{ whole }} as double), cast(0 as double)), 4) as decimal(9, 4))
{%- endmacro %}
