-- The library month by month: who came by which route, who left for which reason, gross, net and the stock.
with counted as (

    select
        month_index,
        reporting_unit_code,
        count(case when move = 'stock' then 1 end) as stock,
        count(case when move = 'entered_annual' then 1 end) as entered_annual,
        count(case when move = 'entered_monthly' then 1 end) as entered_monthly,
        count(case when move = 'entered_restored' then 1 end) as entered_restored,
        count(case when move = 'entered_unstated' then 1 end) as entered_unstated,
        count(case when move = 'exited_below_scale' then 1 end) as exited_below_scale,
        count(case when move = 'exited_stopped' then 1 end) as exited_stopped,
        count(case when move = 'exited_closed' then 1 end) as exited_closed,
        count(case when move = 'exited_moved_out' then 1 end) as exited_moved_out,
        count(case when move = 'exited_merged' then 1 end) as exited_merged,
        count(case when move = 'exited_other' then 1 end) as exited_other,
        count(case when move = 'moved_in' then 1 end) as moved_in,
        count(case when move = 'moved_away' then 1 end) as moved_away,
        bool_or(is_simulated) as is_simulated
    from {{ ref('int_library__moves') }}
    group by month_index, reporting_unit_code

),

-- Every unit in every month, so that a month without a move is a row and not a gap.
grid as (

    select
        months.month,
        months.month_index,
        units.reporting_unit_code,
        units.is_simulated
    from {{ ref('int_month__spine') }} as months
    cross join (
        select
            reporting_unit_code,
            bool_or(is_simulated) as is_simulated
        from counted
        group by reporting_unit_code
    ) as units
    where months.is_registered

),

-- What that month's own register listed, where it has been received.
listed as (

    select
        registry.month,
        case when levels.level = 'unit' then registry.reporting_unit_code else {{ city_of('registry.reporting_unit_code') }} end
            as reporting_unit_code,
        count(*) as stock_listed
    from {{ ref('int_registry__monthly') }} as registry
    cross join (select 'unit' as level union all select 'city') as levels
    where
        registry.is_in_library
        and (levels.level = 'unit' or registry.reporting_unit_code <> {{ city_of('registry.reporting_unit_code') }})
    group by
        registry.month,
        case when levels.level = 'unit' then registry.reporting_unit_code else {{ city_of('registry.reporting_unit_code') }} end

),

filled as (

    select
        grid.month,
        grid.month_index,
        grid.reporting_unit_code,
        {% for move in [
            'stock', 'entered_annual', 'entered_monthly', 'entered_restored', 'entered_unstated', 'exited_below_scale',
            'exited_stopped', 'exited_closed', 'exited_moved_out', 'exited_merged', 'exited_other', 'moved_in', 'moved_away'
        ] -%}
        coalesce(counted.{{ move }}, 0) as {{ move }},
        {% endfor -%}
        listed.stock_listed,
        grid.is_simulated
    from grid
    left join counted
        on grid.month_index = counted.month_index and grid.reporting_unit_code = counted.reporting_unit_code
    left join listed
        on grid.month = listed.month and grid.reporting_unit_code = listed.reporting_unit_code

)

select
    filled.month,
    filled.reporting_unit_code,
    units.area_name as reporting_unit_name,
    lag(filled.stock) over (partition by filled.reporting_unit_code order by filled.month_index) as stock_before,
    filled.entered_annual,
    filled.entered_monthly,
    filled.entered_restored,
    filled.entered_unstated,
    filled.entered_annual + filled.entered_monthly + filled.entered_restored + filled.entered_unstated as entered_gross,
    filled.exited_below_scale,
    filled.exited_stopped,
    filled.exited_closed,
    filled.exited_moved_out,
    filled.exited_merged,
    filled.exited_other,
    (
        filled.exited_below_scale + filled.exited_stopped + filled.exited_closed
        + filled.exited_moved_out + filled.exited_merged + filled.exited_other
    ) as exited_gross,
    filled.moved_in,
    filled.moved_away,
    (
        filled.entered_annual + filled.entered_monthly + filled.entered_restored + filled.entered_unstated
        - filled.exited_below_scale - filled.exited_stopped - filled.exited_closed
        - filled.exited_moved_out - filled.exited_merged - filled.exited_other
        + filled.moved_in - filled.moved_away
    ) as net_change,
    filled.stock,
    filled.stock_listed,
    reasons.set_by,
    filled.is_simulated
from filled
cross join (select '退库归类：' || max(set_by) as set_by from {{ parameter('exit_reason') }}) as reasons
left join {{ ref('dim_area') }} as units
    on filled.reporting_unit_code = units.area_code
