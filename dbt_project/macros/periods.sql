{# Periods are text (2022, 2022Q2, 2022-03). What follows counts in them; of a missing period it makes a missing one. #}

{# The last month of a period, as 2022-03. #}
{% macro last_month(period) -%}
case
    when length({{ period }}) = 4 then {{ period }} || '-12'
    when substring({{ period }}, 5, 1) = 'Q'
        then substring({{ period }}, 1, 4) || '-'
            || lpad(cast(3 * cast(substring({{ period }}, 6, 1) as int) as string), 2, '0')
    else {{ period }}
end
{%- endmacro %}

{# A month (2022-03) as a whole number that rises by one each month. #}
{% macro month_number(month) -%}
(12 * cast(substring({{ month }}, 1, 4) as int) + cast(substring({{ month }}, 6, 2) as int) - 1)
{%- endmacro %}

{# The same of a date. #}
{% macro month_number_of(day) -%}
(12 * year({{ day }}) + month({{ day }}) - 1)
{%- endmacro %}

{# The number turned back into 2022-03. #}
{% macro month_text(number) -%}
(
    cast(cast(floor(({{ number }}) / 12) as int) as string) || '-'
    || lpad(cast(({{ number }}) - 12 * cast(floor(({{ number }}) / 12) as int) + 1 as string), 2, '0')
)
{%- endmacro %}

{# The statistical month before: statistics have no January, so February follows December. #}
{% macro statistical_month_before(month) -%}
case
    when substring({{ month }}, 6, 2) = '02' then cast(cast(substring({{ month }}, 1, 4) as int) - 1 as string) || '-12'
    else substring({{ month }}, 1, 5) || lpad(cast(cast(substring({{ month }}, 6, 2) as int) - 1 as string), 2, '0')
end
{%- endmacro %}

{# The quarter of a month, as 2022Q1. #}
{% macro quarter_of(month) -%}
(
    substring({{ month }}, 1, 4) || 'Q'
    || cast(cast(ceil(cast(substring({{ month }}, 6, 2) as int) / 3.0) as int) as string)
)
{%- endmacro %}

{# Growth in percent over a positive base; a zero or negative base has no percentage. #}
{% macro growth_over(current_value, base) -%}
case
    when {{ base }} > 0
        then {{ fuyou.to_decimal(
            '100 * (cast(' ~ current_value ~ ' as double) / cast(' ~ base ~ ' as double) - 1)', 'decimal(24, 8)'
        ) }}
end
{%- endmacro %}

{# A rule holds in a year: from its first year to its last, if it has one. Comparisons alone, here as in holds_in: with an
   OR in its condition an outer join goes through every pair of rows, whatever equality stands beside it. #}
{% macro in_force(rules, data_year) -%}
({{ data_year }} >= {{ rules }}.from_year and {{ data_year }} <= coalesce({{ rules }}.to_year, 9999))
{%- endmacro %}

{# The year of a month, quarter or year as a number. #}
{% macro year_of(period) -%}
cast(substring({{ period }}, 1, 4) as int)
{%- endmacro %}
