-- Everything a target may be measured by, as named series: one row per series, area and period, unrounded.
-- parameters/target_source says which target looks at which series.
with reported as (

    select
        concat_ws('', 'reported:', target_id) as series,
        area_code,
        _period as period,
        cast(actual_value as decimal(38, 12)) as observed_value,
        -- A date is reported as the number yyyymmdd.
        case
            when unit in ('date', '日期')
                then try_cast(
                    concat_ws(
                        '-',
                        substring(cast(cast(actual_value as bigint) as string), 1, 4),
                        substring(cast(cast(actual_value as bigint) as string), 5, 2),
                        substring(cast(cast(actual_value as bigint) as string), 7, 2)
                    ) as date
                )
        end as observed_on,
        unit,
        '牵头单位报送' as origin,
        _is_simulated as is_simulated
    from {{ newest_by(ref('stg_bureau__target_actuals'), ['target_id', 'area_code']) }} as newest

),

-- Entries and net change since January, only where every month since then is known.
movement as (

    select
        reporting_unit_code as area_code,
        month,
        stock,
        count(*) over since_january = cast(substring(month, 6, 2) as int) as is_whole,
        sum(entered_gross) over since_january as gross,
        sum(net_change) over since_january as net,
        is_simulated
    from {{ ref('mart_library_movement') }}
    window since_january as (
        partition by reporting_unit_code, substring(month, 1, 4)
        order by month
        rows between unbounded preceding and current row
    )

),

library as (

    select area_code, month, 'library:stock' as series, stock as firms, is_simulated from movement
    union all
    select area_code, month, 'library:gross' as series, gross as firms, is_simulated from movement where is_whole
    union all
    select area_code, month, 'library:net' as series, net as firms, is_simulated from movement where is_whole

),

published_counts as (

    select
        figures.area_code,
        figures._period as period,
        concat_ws('', 'count:', alias.indicator) as series,
        figures.value,
        figures.source,
        figures._is_simulated as is_simulated
    from {{ ref('stg_public__published_figures') }} as figures
    inner join {{ parameter('indicator_alias') }} as alias
        on trim(split_part(split_part(figures.indicator, '(', 1), '（', 1)) = alias.indicator_alias
    left join {{ parameter('data_maturity') }} as maturity
        on figures.vintage = maturity.vintage
    where figures.kind = 'count'
    qualify
        row_number() over (
            partition by figures.area_code, figures._period, alias.indicator
            order by coalesce(maturity.maturity_rank, 0) desc, figures._received_at desc, figures.source desc, figures.value desc
        ) = 1

),

rd_zero as (

    select
        city_code as area_code,
        cast(data_year as string) as period,
        count(case when rd_state = 'zero' then 1 end) as firms,
        bool_or(is_simulated) as is_simulated
    from {{ ref('int_rd__yearly') }}
    where city_code is not null
    group by city_code, data_year

),

-- A target that hangs on items of a work plan: how many are done, and when the last of them was.
plan_items as (

    select
        concat_ws('', 'work_plan:', item.target_id) as series,
        area.area_code,
        plan.month as period,
        count(case when plan.work_state = '已完成' then 1 end) as done,
        count(plan.work_state) as reported,
        count(plan.finished_on) as dated,
        max(plan.finished_on) as finished_on,
        bool_or(plan.is_simulated) as is_simulated
    from {{ parameter('target_work_item') }} as item
    inner join {{ parameter('target') }} as target
        on item.target_id = target.target_id
    inner join {{ parameter('target_area') }} as area
        on target.area = area.area
    inner join {{ ref('mart_work_plan') }} as plan
        on item.programme = plan.programme and item.work_item_no = plan.work_item_no
    group by item.target_id, area.area_code, plan.month

)

select
    series,
    area_code,
    period,
    observed_value,
    observed_on,
    cast(null as double) as own_path,
    unit,
    origin,
    is_simulated
from reported
union all
select
    series,
    area_code,
    month as period,
    cast(firms as decimal(38, 12)) as observed_value,
    cast(null as date) as observed_on,
    cast(null as double) as own_path,
    '家' as unit,
    '企业名录计数' as origin,
    is_simulated
from library
union all
select
    concat_ws('', 'scale_band:', band) as series,
    reporting_unit_code as area_code,
    cast(data_year as string) as period,
    cast(enterprises as decimal(38, 12)) as observed_value,
    cast(null as date) as observed_on,
    cast(null as double) as own_path,
    '家' as unit,
    '企业营业收入分档' as origin,
    is_simulated
from {{ ref('mart_scale_band') }}
where entity = 'legal_person'
union all
select
    series,
    area_code,
    period,
    cast(value as decimal(38, 12)) as observed_value,
    cast(null as date) as observed_on,
    cast(null as double) as own_path,
    '家' as unit,
    source as origin,
    is_simulated
from published_counts
union all
select
    concat_ws('', 'growth:', indicator) as series,
    area_code,
    period,
    cast(growth_pct as decimal(38, 12)) as observed_value,
    cast(null as date) as observed_on,
    cast(null as double) as own_path,
    '%' as unit,
    source as origin,
    is_simulated
from {{ ref('int_growth__published') }}
where period_kind in ('cumulative', 'year')
union all
select
    'share:manufacturing' as series,
    area_code,
    period,
    case
        when status = 'computed' then {{ safe_divide('100 * manufacturing_yi', 'gdp_yi') }}
        else cast(share_pct as decimal(38, 12))
    end as observed_value,
    cast(null as date) as observed_on,
    cast(null as double) as own_path,
    '%' as unit,
    case source_kind when 'accounts' then '地区生产总值核算' else '公开发布数' end as origin,
    is_simulated
from {{ ref('mart_manufacturing_share') }}
where share_pct is not null
union all
select
    concat_ws(':', 'doubling', indicator, price_basis) as series,
    area_code,
    period,
    cast(multiple as decimal(38, 12)) as observed_value,
    cast(null as date) as observed_on,
    cast(geometric_path as double) as own_path,
    '倍' as unit,
    '制造业五年倍增表' as origin,
    is_simulated
from {{ ref('mart_doubling') }}
where measure = 'ytd' and multiple is not null
union all
select
    concat_ws('', 'obligation:', obligation_id) as series,
    reporting_unit_code as area_code,
    period,
    cast(held as decimal(38, 12)) as observed_value,
    cast(null as date) as observed_on,
    cast(null as double) as own_path,
    '次' as unit,
    '服务活动开展情况' as origin,
    is_simulated
from {{ ref('mart_obligation') }}
where held is not null and status <> 'incomplete'
union all
select
    'issues:open' as series,
    reporting_unit_code as area_code,
    month as period,
    cast(open_at_end as decimal(38, 12)) as observed_value,
    cast(null as date) as observed_on,
    cast(null as double) as own_path,
    '件' as unit,
    '包保企业问题清单' as origin,
    is_simulated
from {{ ref('mart_issue_summary') }}
union all
select
    'rd:zero' as series,
    area_code,
    period,
    cast(firms as decimal(38, 12)) as observed_value,
    cast(null as date) as observed_on,
    cast(null as double) as own_path,
    '家' as unit,
    '企业研究开发活动情况' as origin,
    is_simulated
from rd_zero
union all
select
    series,
    area_code,
    period,
    cast(done as decimal(38, 12)) as observed_value,
    case when dated = reported then finished_on end as observed_on,
    cast(null as double) as own_path,
    '项' as unit,
    '月度重点工作' as origin,
    is_simulated
from plan_items
where reported > 0
