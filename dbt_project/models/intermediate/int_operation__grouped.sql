-- Sums of each group: its reporting unit and the city, by total, by industry, by chain. Every group is a union of cells
-- (a unit's firms of one industry), so the firms are added up once into cells and the cells into groups.
{{ config(meta={'by_period': {
    'column': 'period',
    'follows': {'industrial_output': 'next', 'financials': 'next', 'enterprise_registry': 'since'},
}}) }}
{%- set sums = [
    'reporting_enterprises', 'output_wan', 'output_compared_wan', 'output_last_year_wan', 'revenue_wan',
    'revenue_compared_wan', 'revenue_last_year_wan', 'profit_wan', 'profit_compared_wan', 'profit_last_year_wan',
    'compared_enterprises', 'growing_enterprises', 'declining_enterprises', 'profit_enterprises', 'loss_enterprises'
] %}
with cells as (

    select
        month as period,
        period_kind,
        reporting_unit_code,
        city_code,
        industry_code,
        count(*) as reporting_enterprises,
        {%- for figure in ['output_wan', 'revenue_wan', 'profit_wan'] %}
        {%- set last_year = figure.replace('_wan', '_last_year_wan') %}
        sum({{ figure }}) as {{ figure }},
        sum(case when {{ last_year }} is not null then {{ figure }} end) as {{ figure.replace('_wan', '_compared_wan') }},
        sum(case when {{ figure }} is not null then {{ last_year }} end) as {{ last_year }},
        {%- endfor %}
        count(case when output_wan is not null and output_last_year_wan is not null then 1 end) as compared_enterprises,
        count(case when output_wan > output_last_year_wan then 1 end) as growing_enterprises,
        count(case when output_wan < output_last_year_wan then 1 end) as declining_enterprises,
        count(profit_wan) as profit_enterprises,
        count(case when profit_wan < 0 then 1 end) as loss_enterprises,
        bool_or(is_simulated) as is_simulated
    from {{ ref('int_operation__firms') }}
    group by month, period_kind, reporting_unit_code, city_code, industry_code

),

grouped as (

    {{ operation_groups('cells') }}

)

select
    area_code,
    period,
    period_kind,
    breakdown,
    breakdown_code,
    max(breakdown_name) as breakdown_name,
    max(city_code) as city_code,
    {%- for figure in sums %}
    cast(sum({{ figure }}) as {{ 'decimal(24, 8)' if figure.endswith('_wan') else 'bigint' }}) as {{ figure }},
    {%- endfor %}
    bool_or(is_simulated) as is_simulated
from grouped
group by area_code, period, period_kind, breakdown, breakdown_code
