-- Output, revenue and profit of the reporting firms by unit and by industry or chain, against the same firms' own
-- figures of last year. These are our monitoring figures; growth of 增加值 stands beside them only as published.
{{ config(meta={'by_period': {
    'column': 'period',
    'follows': {
        'industrial_output': 'next', 'financials': 'next', 'enterprise_registry': 'since', 'industry_growth': 'same',
        'published_figures': 'same',
    },
}}) }}
-- Stopped firms of the library by the month's own register; without one nothing is known.
with status_of_firms as (

    select
        registry.month,
        registry.reporting_unit_code,
        unit.city_code,
        substring(registry.industry_code, 1, 2) as division_code,
        registry.industry_code,
        registry.operating_status
    from {{ ref('int_registry__monthly') }} as registry
    inner join {{ ref('int_reporting_unit__city') }} as unit
        on registry.reporting_unit_code = unit.reporting_unit_code
    where registry.is_in_library

),

chained as (

    select distinct
        status_of_firms.industry_code,
        chain.chain_code
    from status_of_firms
    inner join {{ parameter('industry_chain') }} as chain
        on substring(status_of_firms.industry_code, 1, length(chain.industry_prefix)) = chain.industry_prefix

),

stopped_by_group as (

    select month, reporting_unit_code, city_code, 'total' as breakdown, 'all' as breakdown_code, operating_status
    from status_of_firms
    union all
    select month, reporting_unit_code, city_code, 'industry' as breakdown, division_code as breakdown_code, operating_status
    from status_of_firms
    union all
    select
        status_of_firms.month,
        status_of_firms.reporting_unit_code,
        status_of_firms.city_code,
        'chain' as breakdown,
        chained.chain_code as breakdown_code,
        status_of_firms.operating_status
    from status_of_firms
    inner join chained
        on status_of_firms.industry_code = chained.industry_code

),

stopped as (

    select
        reporting_unit_code as area_code,
        month,
        breakdown,
        breakdown_code,
        count(case when operating_status = '停产' then 1 end) as stopped_enterprises
    from stopped_by_group
    group by reporting_unit_code, month, breakdown, breakdown_code

    union all

    select
        city_code as area_code,
        month,
        breakdown,
        breakdown_code,
        count(case when operating_status = '停产' then 1 end) as stopped_enterprises
    from stopped_by_group
    group by city_code, month, breakdown, breakdown_code

),

city as (

    select
        area_code,
        period,
        period_kind,
        output_last_year_wan,
        revenue_last_year_wan
    from {{ ref('int_operation__grouped') }}
    where area_code = city_code and breakdown = 'total'

)

select
    sums.area_code as reporting_unit_code,
    coalesce(area.area_name, '未匹配名录') as reporting_unit_name,
    sums.period,
    sums.period_kind,
    sums.breakdown,
    sums.breakdown_code,
    sums.breakdown_name,
    sums.reporting_enterprises,
    cast(sums.output_wan as decimal(24, 8)) as output_wan,
    cast(sums.output_compared_wan as decimal(24, 8)) as output_compared_wan,
    cast(sums.output_last_year_wan as decimal(24, 8)) as output_last_year_wan,
    {{ growth_over('sums.output_compared_wan', 'sums.output_last_year_wan') }} as output_growth_pct,
    case
        when city.output_last_year_wan > 0
            then {{ safe_divide(
                '100 * (sums.output_compared_wan - sums.output_last_year_wan)', 'city.output_last_year_wan', 'decimal(24, 8)'
            ) }}
    end as output_pull_pp,
    cast(sums.revenue_wan as decimal(24, 8)) as revenue_wan,
    cast(sums.revenue_compared_wan as decimal(24, 8)) as revenue_compared_wan,
    cast(sums.revenue_last_year_wan as decimal(24, 8)) as revenue_last_year_wan,
    {{ growth_over('sums.revenue_compared_wan', 'sums.revenue_last_year_wan') }} as revenue_growth_pct,
    case
        when city.revenue_last_year_wan > 0
            then {{ safe_divide(
                '100 * (sums.revenue_compared_wan - sums.revenue_last_year_wan)', 'city.revenue_last_year_wan',
                'decimal(24, 8)'
            ) }}
    end as revenue_pull_pp,
    cast(sums.profit_wan as decimal(24, 8)) as profit_wan,
    cast(sums.profit_compared_wan as decimal(24, 8)) as profit_compared_wan,
    cast(sums.profit_last_year_wan as decimal(24, 8)) as profit_last_year_wan,
    {{ growth_over('sums.profit_compared_wan', 'sums.profit_last_year_wan') }} as profit_growth_pct,
    case
        when sums.profit_last_year_wan < 0 and sums.profit_compared_wan >= 0 then '扭亏'
        when sums.profit_last_year_wan < 0 and sums.profit_compared_wan < sums.profit_last_year_wan then '增亏'
        when sums.profit_last_year_wan < 0 and sums.profit_compared_wan > sums.profit_last_year_wan then '减亏'
        when sums.profit_last_year_wan < 0 then '亏损持平'
        when sums.profit_compared_wan < 0 then '转亏'
        when sums.profit_compared_wan > sums.profit_last_year_wan then '增盈'
        when sums.profit_compared_wan < sums.profit_last_year_wan then '减盈'
        when sums.profit_compared_wan is not null then '持平'
    end as profit_change,
    {{ pct('sums.growing_enterprises', 'sums.compared_enterprises') }} as growing_pct,
    {{ pct('sums.declining_enterprises', 'sums.compared_enterprises') }} as declining_pct,
    sums.loss_enterprises,
    {{ pct('sums.loss_enterprises', 'sums.profit_enterprises') }} as loss_pct,
    stopped.stopped_enterprises,
    pullers.pulling_up,
    pullers.pulling_down,
    growth.growth_pct as value_added_growth_pct,
    growth.source as value_added_source,
    '本部门监测数' as figure_basis,
    '产业链对应：' || chain_setters.set_by as set_by,
    sums.is_simulated or coalesce(growth.is_simulated, false) as is_simulated
from {{ ref('int_operation__grouped') }} as sums
left join (
    select
        chain_code,
        max(set_by) as set_by
    from {{ parameter('industry_chain') }}
    group by chain_code
) as chain_setters
    on case when sums.breakdown = 'chain' then sums.breakdown_code end = chain_setters.chain_code
left join city
    on sums.city_code = city.area_code and sums.period = city.period and sums.period_kind = city.period_kind
left join {{ ref('dim_area') }} as area
    on sums.area_code = area.area_code
left join stopped
    on
        sums.area_code = stopped.area_code
        and sums.period = stopped.month
        and sums.breakdown = stopped.breakdown
        and sums.breakdown_code = stopped.breakdown_code
left join {{ ref('int_operation__pullers') }} as pullers
    on
        sums.area_code = pullers.area_code
        and sums.period = pullers.period
        and sums.period_kind = pullers.period_kind
        and sums.breakdown = pullers.breakdown
        and sums.breakdown_code = pullers.breakdown_code
left join {{ ref('int_growth__published') }} as growth
    on
        case when sums.breakdown = 'total' then sums.area_code end = growth.area_code
        and sums.period = growth.period
        and sums.period_kind = growth.period_kind
        and growth.indicator = '规模以上工业增加值'
