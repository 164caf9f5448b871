-- The library year by year against the plan: gross and net differ, and the plan needs the net.
with rules as (

    select
        from_year,
        to_year,
        max(case when rule = 'annual_counts_for_previous_year' then rule_value end) as annual_counts_for_previous_year,
        max(case when rule = 'annual_counts_for_previous_year' then set_by end) as set_by
    from {{ parameter('pool_rule') }}
    group by from_year, to_year

),

monthly as (

    select
        movement.month,
        movement.reporting_unit_code,
        movement.reporting_unit_name,
        movement.entered_annual,
        movement.entered_gross,
        movement.exited_gross,
        movement.moved_in,
        movement.moved_away,
        movement.net_change,
        movement.is_simulated,
        cast(substring(movement.month, 1, 4) as int) as data_year,
        rules.annual_counts_for_previous_year,
        rules.set_by
    from {{ ref('mart_library_movement') }} as movement
    left join rules
        on {{ in_force('rules', year_of('movement.month')) }}

),

yearly as (

    select
        reporting_unit_code,
        reporting_unit_name,
        data_year,
        max(month) as newest_month,
        sum(entered_gross) as entered_gross,
        sum(exited_gross) as exited_gross,
        sum(moved_in - moved_away) as moved_net,
        sum(net_change) as net_change,
        max(set_by) as rule_set_by,
        bool_or(is_simulated) as is_simulated
    from monthly
    group by reporting_unit_code, reporting_unit_name, data_year

),

new_firms as (

    select
        reporting_unit_code,
        cast(
            data_year - case when coalesce(annual_counts_for_previous_year, 0) = 1 then shares.is_annual else 0 end as int
        ) as counted_year,
        sum(
            case when shares.is_annual = 1 then entered_annual else entered_gross - entered_annual end
        ) as new_for_year
    from monthly
    cross join (select 1 as is_annual union all select 0) as shares
    group by
        reporting_unit_code,
        cast(
            data_year - case when coalesce(annual_counts_for_previous_year, 0) = 1 then shares.is_annual else 0 end as int
        )

),

planned as (

    select
        yearly.reporting_unit_code,
        yearly.reporting_unit_name,
        yearly.data_year,
        yearly.newest_month,
        ends.stock,
        yearly.entered_gross,
        new_firms.new_for_year,
        yearly.exited_gross,
        yearly.moved_net,
        yearly.net_change,
        plans.target_id,
        plans.planned_stock,
        plans.base_stock,
        plans.planned_gross_per_year,
        {{ month_number('yearly.newest_month') }} - {{ month_number('plans.base_month') }} as elapsed_months,
        {{ month_number('plans.plan_end_month') }} - {{ month_number('plans.base_month') }} as plan_months,
        yearly.rule_set_by,
        plans.set_by as plan_set_by,
        yearly.is_simulated
    from yearly
    inner join {{ ref('mart_library_movement') }} as ends
        on yearly.reporting_unit_code = ends.reporting_unit_code and yearly.newest_month = ends.month
    left join new_firms
        on yearly.reporting_unit_code = new_firms.reporting_unit_code and yearly.data_year = new_firms.counted_year
    left join {{ parameter('library_plan') }} as plans
        on yearly.reporting_unit_code = plans.reporting_unit_code

)

select
    reporting_unit_code,
    reporting_unit_name,
    data_year,
    newest_month,
    stock,
    cast(entered_gross as bigint) as entered_gross,
    cast(coalesce(new_for_year, 0) as bigint) as new_for_year,
    cast(exited_gross as bigint) as exited_gross,
    cast(moved_net as bigint) as moved_net,
    cast(net_change as bigint) as net_change,
    target_id,
    planned_stock,
    case
        when elapsed_months >= 0
            then cast(base_stock + {{ safe_divide('(planned_stock - base_stock) * elapsed_months', 'plan_months') }} as decimal(18, 4))
    end as path_stock,
    case
        when elapsed_months >= 0
            then cast(
                stock - base_stock - {{ safe_divide('(planned_stock - base_stock) * elapsed_months', 'plan_months') }}
                as decimal(18, 4)
            )
    end as gap_to_path_firms,
    case
        when elapsed_months < plan_months
            then cast({{ safe_divide('(planned_stock - stock) * 12', 'plan_months - elapsed_months') }} as decimal(18, 4))
    end as needed_net_per_year,
    -- What the stated yearly number of new firms would reach by the end if not one left.
    cast(base_stock + {{ safe_divide('planned_gross_per_year * plan_months', '12') }} as decimal(18, 4)) as planned_gross_reaches,
    case
        when target_id is null then null
        when stock >= planned_stock then 'met'
        when elapsed_months >= plan_months then 'missed'
        when elapsed_months < 0 then 'before_start'
        when
            stock - base_stock >= {{ safe_divide('(planned_stock - base_stock) * elapsed_months', 'plan_months') }}
            then 'on_path'
        else 'behind'
    end as status,
    concat_ws('；', plan_set_by, case when rule_set_by <> coalesce(plan_set_by, '') then rule_set_by end) as set_by,
    is_simulated
from planned
