-- Each firm once for every group it counts in: its reporting unit and the city, by total, by industry, by chain.
{{ config(meta={'by_period': {
    'column': 'period',
    'follows': {'industrial_output': 'next', 'financials': 'next', 'enterprise_registry': 'since'},
}}) }}
with chains as (

    select distinct
        firms.industry_code,
        chain.chain_code,
        chain.chain_name
    from (
        select distinct industry_code from {{ ref('int_operation__firms') }} where industry_code is not null
    ) as firms
    inner join {{ parameter('industry_chain') }} as chain
        on substring(firms.industry_code, 1, length(chain.industry_prefix)) = chain.industry_prefix

),

broken_down as (

    select
        firms.*,
        'total' as breakdown,
        'all' as breakdown_code,
        '全部工业' as breakdown_name
    from {{ ref('int_operation__firms') }} as firms

    union all

    select
        firms.*,
        'industry' as breakdown,
        coalesce(substring(firms.industry_code, 1, 2), 'unmatched') as breakdown_code,
        coalesce(industry.industry_name, '未匹配名录') as breakdown_name
    from {{ ref('int_operation__firms') }} as firms
    left join {{ ref('dim_industry') }} as industry
        on substring(firms.industry_code, 1, 2) = industry.industry_code

    union all

    select
        firms.*,
        'chain' as breakdown,
        chains.chain_code as breakdown_code,
        chains.chain_name as breakdown_name
    from {{ ref('int_operation__firms') }} as firms
    inner join chains
        on firms.industry_code = chains.industry_code

),

placed as (

    select *, reporting_unit_code as area_code from broken_down

    union all

    select *, city_code as area_code from broken_down

)

select
    area_code,
    month as period,
    period_kind,
    breakdown,
    breakdown_code,
    breakdown_name,
    enterprise_id,
    enterprise_name,
    city_code,
    output_wan,
    output_last_year_wan,
    revenue_wan,
    revenue_last_year_wan,
    profit_wan,
    profit_last_year_wan,
    is_simulated
from placed
