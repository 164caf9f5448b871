-- The ledger month by month and reporting unit by reporting unit: opened, closed, still open and for how long, overdue.
with months as (

    select distinct _period as month
    from {{ ref('stg_county__issue_ledger') }}
    where length(_period) = 7

),

placed as (

    select
        episodes.issue_id,
        episodes.episode_no,
        episodes.opened_month,
        episodes.closed_month,
        episodes.is_vanished,
        coalesce(
            {{ month_of('episodes.due_on') }},
            case
                when rules.issue_due_months is not null
                    then {{ month_text(month_number('episodes.opened_month') ~ ' + rules.issue_due_months') }}
            end
        ) as due_month,
        rules.issue_due_set_by as set_by,
        episodes.is_simulated or ledger.is_simulated as is_simulated,
        case when levels.level = 'unit' then ledger.reporting_unit_code else {{ city_of('ledger.reporting_unit_code') }} end
            as reporting_unit_code
    from {{ ref('int_issue__episodes') }} as episodes
    inner join {{ ref('mart_issue_ledger') }} as ledger
        on episodes.issue_id = ledger.issue_id
    left join {{ parameter('support_rule') }} as rules
        on {{ in_force('rules', year_of('episodes.opened_month')) }}
    cross join (select 'unit' as level union all select 'city') as levels
    where
        ledger.reporting_unit_code is not null
        and (levels.level = 'unit' or ledger.reporting_unit_code <> {{ city_of('ledger.reporting_unit_code') }})

),

aged as (

    select
        months.month,
        placed.*,
        placed.closed_month is null or placed.closed_month > months.month as is_open_then,
        {{ month_number('months.month') }} - {{ month_number('placed.opened_month') }} as months_open
    from months
    inner join placed
        on placed.opened_month <= months.month

)

select
    aged.month,
    aged.reporting_unit_code,
    max(units.area_name) as reporting_unit_name,
    count(case when aged.opened_month = aged.month then 1 end) as opened,
    count(case when aged.opened_month = aged.month and aged.episode_no > 1 then 1 end) as reopened,
    count(case when aged.closed_month = aged.month then 1 end) as closed,
    count(case when aged.closed_month = aged.month and aged.is_vanished then 1 end) as closed_by_vanishing,
    count(case when aged.is_open_then then 1 end) as open_at_end,
    count(case when aged.is_open_then and aged.months_open < 1 then 1 end) as open_under_1_month,
    count(case when aged.is_open_then and aged.months_open between 1 and 3 then 1 end) as open_1_to_3_months,
    count(case when aged.is_open_then and aged.months_open > 3 then 1 end) as open_over_3_months,
    count(case when aged.is_open_then and aged.month > aged.due_month then 1 end) as overdue,
    count(*) as opened_total,
    count(case when not aged.is_open_then then 1 end) as closed_total,
    {{ pct('count(case when not aged.is_open_then then 1 end)', 'count(*)') }} as closure_rate_pct,
    max(aged.set_by) as set_by,
    bool_or(aged.is_simulated) as is_simulated
from aged
left join {{ ref('dim_area') }} as units
    on aged.reporting_unit_code = units.area_code
group by aged.month, aged.reporting_unit_code
