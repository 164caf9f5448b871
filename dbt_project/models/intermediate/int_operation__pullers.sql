-- The three firms that pull each group's output up most, and the three that pull it down most. Who is among the first
-- three of a group is so in its cell (a unit's firms of one industry) too, so only these are looked at group by group.
{{ config(meta={'by_period': {
    'column': 'period',
    'follows': {'industrial_output': 'next', 'financials': 'next', 'enterprise_registry': 'since'},
}}) }}
with changes as (

    select
        month as period,
        period_kind,
        reporting_unit_code,
        city_code,
        industry_code,
        enterprise_id,
        coalesce(enterprise_name, enterprise_id) as enterprise_name,
        output_wan - output_last_year_wan as change_wan
    from {{ ref('int_operation__firms') }}
    where output_wan is not null and output_last_year_wan is not null

),

firsts as (

    select *
    from changes
    qualify
        row_number() over (
            partition by period, period_kind, reporting_unit_code, city_code, industry_code, change_wan > 0
            order by abs(change_wan) desc nulls last, enterprise_id asc
        ) <= 3

),

grouped as (

    {{ operation_groups('firsts') }}

),

placed as (

    select
        *,
        row_number() over (
            partition by area_code, period, period_kind, breakdown, breakdown_code, change_wan > 0
            order by abs(change_wan) desc nulls last, enterprise_id asc
        ) as place
    from grouped

)

select
    area_code,
    period,
    period_kind,
    breakdown,
    breakdown_code,
    concat_ws(
        '、',
        max(case when place = 1 and change_wan > 0 then enterprise_name end),
        max(case when place = 2 and change_wan > 0 then enterprise_name end),
        max(case when place = 3 and change_wan > 0 then enterprise_name end)
    ) as pulling_up,
    concat_ws(
        '、',
        max(case when place = 1 and change_wan < 0 then enterprise_name end),
        max(case when place = 2 and change_wan < 0 then enterprise_name end),
        max(case when place = 3 and change_wan < 0 then enterprise_name end)
    ) as pulling_down
from placed
group by area_code, period, period_kind, breakdown, breakdown_code
