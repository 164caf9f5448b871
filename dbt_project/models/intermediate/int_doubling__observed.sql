-- Cumulative values that the doubling is measured on, one row per area, indicator, price basis and period, in 亿元.
-- Real values are the base year's own, carried forward by the published real growth of the same scope.
with nominal_value_added as (

    select
        area_code,
        'manufacturing_value_added' as indicator,
        '全部' as scope,
        frequency,
        period,
        cast(substring(period, 1, 4) as int) as data_year,
        substring(period, 5, 2) as part,
        manufacturing_yi as value_yi,
        manufacturing_real_growth_pct as real_growth_pct,
        -- Levels may be compared when one file holds both, or when both are of one maturity.
        maturity as vintage,
        file_id,
        is_simulated
    from {{ ref('int_gdp__accounts') }}
    where manufacturing_yi is not null

),

base as (

    select
        value_added.*,
        rule.base_year
    from nominal_value_added as value_added
    inner join {{ ref('int_doubling__rules') }} as rule
        on value_added.area_code = rule.area_code
    where value_added.data_year = rule.base_year

),

-- The chain is broken for good where a year's growth is not published: a count of links tells a whole chain.
chained as (

    select
        value_added.area_code,
        value_added.indicator,
        value_added.scope,
        value_added.frequency,
        value_added.period,
        value_added.data_year,
        value_added.part,
        value_added.is_simulated,
        base.value_yi as base_value_yi,
        value_added.data_year - base.base_year as links_needed,
        count(value_added.real_growth_pct) over links as links_found,
        exp(sum(ln(1 + cast(value_added.real_growth_pct as double) / 100)) over links) as chain
    from nominal_value_added as value_added
    inner join base
        on
            value_added.area_code = base.area_code
            and value_added.frequency = base.frequency
            and value_added.part = base.part
    where value_added.data_year > base.base_year
    window links as (
        partition by value_added.area_code, value_added.frequency, value_added.part
        order by value_added.data_year
        rows between unbounded preceding and current row
    )

),

real_value_added as (

    select
        area_code,
        indicator,
        scope,
        frequency,
        period,
        data_year,
        part,
        case
            when links_found = links_needed
                then {{ to_decimal('cast(base_value_yi as double) * chain', 'decimal(24, 8)') }}
        end as value_yi,
        is_simulated
    from chained

    union all

    select
        area_code,
        indicator,
        scope,
        frequency,
        period,
        data_year,
        part,
        value_yi,
        is_simulated
    from base

),

-- 规上 manufacturing revenue as the firms reported it for the year: our own monitoring figure, not a published one.
revenue as (

    select
        enterprises.area_code,
        enterprises.data_year,
        sum(annual.revenue_wan) as revenue_wan,
        bool_or(annual._is_simulated) as is_simulated
    from {{ ref('stg_statistics__annual_financials') }} as annual
    inner join {{ ref('int_enterprise__yearly') }} as enterprises
        on
            annual.enterprise_id = enterprises.enterprise_id
            and annual._period = cast(enterprises.data_year as string)
    where enterprises.scale = 'above' and enterprises.is_manufacturing
    group by enterprises.area_code, enterprises.data_year

),

city_revenue as (

    select
        coalesce(area.parent_area_code, revenue.area_code) as area_code,
        revenue.data_year,
        sum(revenue.revenue_wan) as revenue_wan,
        bool_or(revenue.is_simulated) as is_simulated
    from revenue
    inner join {{ ref('dim_area') }} as area
        on revenue.area_code = area.area_code
    group by coalesce(area.parent_area_code, revenue.area_code), revenue.data_year

),

-- The same since January, by the monthly form: one row a month, and a quarter's row at its end.
monthly_revenue as (

    select
        firms.city_code as area_code,
        firms.month,
        sum(firms.revenue_wan) as revenue_wan,
        bool_or(firms.is_simulated) as is_simulated
    from {{ ref('int_operation__firms') }} as firms
    inner join {{ ref('dim_industry') }} as industry
        on substring(firms.industry_code, 1, 2) = industry.industry_code and industry.is_manufacturing
    where firms.period_kind = 'cumulative' and firms.revenue_wan is not null
    group by firms.city_code, firms.month

),

revenue_by_part as (

    select
        area_code,
        'month' as frequency,
        month as period,
        substring(month, 5, 3) as part,
        revenue_wan,
        is_simulated
    from monthly_revenue

    union all

    select
        area_code,
        'quarter' as frequency,
        {{ quarter_of('month') }} as period,
        substring({{ quarter_of('month') }}, 5, 2) as part,
        revenue_wan,
        is_simulated
    from monthly_revenue
    where substring(month, 6, 2) in ('03', '06', '09', '12')

)

select
    area_code,
    indicator,
    scope,
    'nominal' as price_basis,
    frequency,
    period,
    data_year,
    part,
    value_yi,
    vintage,
    file_id,
    is_simulated
from nominal_value_added

union all

select
    area_code,
    indicator,
    scope,
    'real' as price_basis,
    frequency,
    period,
    data_year,
    part,
    value_yi,
    cast(null as string) as vintage,
    cast(null as string) as file_id,
    is_simulated
from real_value_added
where value_yi is not null

union all

select
    area_code,
    'manufacturing_revenue' as indicator,
    '规上' as scope,
    'nominal' as price_basis,
    'year' as frequency,
    cast(data_year as string) as period,
    data_year,
    '' as part,
    cast(revenue_wan * 0.0001 as decimal(24, 8)) as value_yi,
    '本部门监测数' as vintage,
    cast(null as string) as file_id,
    is_simulated
from city_revenue

union all

select
    area_code,
    'manufacturing_revenue' as indicator,
    '规上' as scope,
    'nominal' as price_basis,
    frequency,
    period,
    cast(substring(period, 1, 4) as int) as data_year,
    part,
    cast(revenue_wan * 0.0001 as decimal(24, 8)) as value_yi,
    '本部门监测数' as vintage,
    cast(null as string) as file_id,
    is_simulated
from revenue_by_part
