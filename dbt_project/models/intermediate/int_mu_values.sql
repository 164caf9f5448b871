-- Indicator values of every member: numerator ÷ denominator, missing where a part is, or where the denominator is
-- not positive. The figures are laid side by side first, so that each indicator is an expression over one row.
{{ config(meta={'by_scheme': 'scheme_key'}) }}
{%- set indicators = indicators_in_use() %}
{%- set measures = [] %}
{%- for sides in indicators.values() %}
    {%- for key, sign in sides['numerator'] + sides['denominator'] %}
        {%- if key not in measures %}{% do measures.append(key) %}{% endif %}
    {%- endfor %}
{%- endfor %}
with figures as (

    select
        {% for key in measures | sort -%}
        cast(sum(case when measure_key = {{ key }} then measure_value end) as decimal(24, 8)) as m_{{ key }},
        {% endfor -%}
        unit_no
    from {{ unit_figures() }} as figure
    where {{ is_made('scheme_key') }}{% if measures %} and measure_key in ({{ measures | sort | join(', ') }}){% endif %}

    group by unit_no

),

wide as (

    select
        members.scheme_key,
        members.group_no,
        members.scope_no,
        members.area_no,
        members.industry_group_no,
        members.year_offset,
        {% for key in measures | sort -%}
        figures.m_{{ key }},
        {% endfor -%}
        members.unit_no
    from {{ ref('int_mu_members') }} as members
    left join figures
        on members.unit_no = figures.unit_no
    where {{ is_made('members.scheme_key') }}

),

uses as (

    select * from {{ ref('int_mu_uses') }}

),

sides as (

    {% for indicator, sides in indicators.items() -%}
    select
        wide.scheme_key,
        wide.unit_no,
        wide.group_no,
        wide.scope_no,
        wide.year_offset,
        uses.item_order,
        {{ base_no('uses', 'wide') }} as base_no,
        {% for side in ['numerator', 'denominator'] -%}
        cast(
            {%- for key, sign in sides[side] %}
            {{ '-' if sign < 0 else ('+' if not loop.first else '') }} wide.m_{{ key }}
            {%- else %} 1
            {%- endfor %} as decimal(24, 8)
        ) as {{ side }}
        {{- ',' if not loop.last }}
        {% endfor %}
    from wide
    inner join uses
        on
            wide.group_no = uses.group_no
            and uses.indicator = '{{ indicator }}'
            and (wide.year_offset = 0 or wide.year_offset = uses.base_year_offset)
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    scheme_key,
    unit_no,
    group_no,
    scope_no,
    year_offset,
    item_order,
    base_no,
    numerator,
    denominator,
    case
        when denominator > 0
            then cast(numerator as double) / nullif(cast(denominator as double), cast(0 as double))
    end as indicator_value
from sides
