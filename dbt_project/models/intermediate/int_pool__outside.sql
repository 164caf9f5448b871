-- Firms that are not in the library, with their sales of the last twelve months: near_entry and high_growth are drawn
-- from them. Legal persons with an industrial code only: 92 opens the codes of sole traders.
select
    months.month,
    months.month_index,
    sales.enterprise_id,
    coalesce(states.enterprise_name, sales.enterprise_name) as enterprise_name,
    states.reporting_unit_code,
    months.sales_month,
    sales.sales_ttm_wan,
    sales.sales_growth_pct,
    case sales.sales_basis when 'declared' then '申报' when 'invoiced' then '开票' else '口径混合，仅供参考' end as basis_text,
    months.entry_threshold_wan,
    months.near_entry_floor_wan,
    months.growth_floor_pct,
    months.growth_sales_floor_wan,
    sales.is_simulated
from {{ ref('int_pool__months') }} as months
inner join {{ ref('int_sales__rolling') }} as sales
    on months.sales_month = sales.month
left join {{ ref('int_enterprise__states') }} as states
    on
        sales.enterprise_id = states.enterprise_id
        and months.month >= states.from_month
        and months.month < states.until_month
inner join {{ ref('dim_industry') }} as industry
    on substring(coalesce(states.industry_code, sales.industry_code), 1, 2) = industry.industry_code
left join {{ ref('int_library__members') }} as members
    on months.month = members.month and sales.enterprise_id = members.enterprise_id
where
    members.enterprise_id is null
    and substring(sales.enterprise_id, 1, 2) <> '92'
    and sales.sales_ttm_wan >= least(months.near_entry_floor_wan, months.growth_sales_floor_wan)
