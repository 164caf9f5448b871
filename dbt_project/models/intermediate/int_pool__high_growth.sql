-- 高成长: outside the library, sales of the last twelve months grown by the rule's rate over the twelve before, on one
-- basis; or named so by a county.
with by_sales as (

    select *
    from {{ ref('int_pool__outside') }}
    where sales_growth_pct >= growth_floor_pct and sales_ttm_wan >= growth_sales_floor_wan

),

by_list as (

    select listed.*
    from {{ ref('int_cultivation__listed') }} as listed
    left join {{ ref('int_library__members') }} as members
        on listed.month = members.month and listed.enterprise_id = members.enterprise_id
    where
        listed.cultivation_kind = '高成长'
        and members.enterprise_id is null
        and coalesce(substring(listed.enterprise_id, 1, 2), '') <> '92'
    qualify
        row_number() over (
            partition by listed.month, listed.member_id
            order by listed.list_month desc, listed.reporting_unit_code, listed.enterprise_name, listed.project_name
        ) = 1

)

select
    coalesce(by_sales.month, by_list.month) as month,
    coalesce(by_sales.enterprise_id, by_list.member_id) as member_id,
    coalesce(by_sales.enterprise_id, by_list.enterprise_id) as enterprise_id,
    coalesce(by_sales.enterprise_name, by_list.enterprise_name) as enterprise_name,
    coalesce(by_sales.reporting_unit_code, by_list.reporting_unit_code) as reporting_unit_code,
    concat_ws(
        '；',
        case when by_sales.enterprise_id is not null then '销售收入高增长' end,
        case when by_list.member_id is not null then '列入高成长名单' end
    ) as reason,
    concat_ws(
        '；',
        (
            '截至'
            || by_sales.sales_month
            || '近12个月销售收入'
            || {{ wan_text('by_sales.sales_ttm_wan') }}
            || '，比前12个月增长'
            || cast(cast(round(by_sales.sales_growth_pct, 1) as decimal(20, 1)) as string)
            || '%'
            || '（'
            || by_sales.basis_text
            || '）'
        ),
        (by_list.list_month || '高成长名单')
    ) as evidence,
    by_sales.sales_ttm_wan as decisive_wan,
    coalesce(by_sales.is_simulated, false) or coalesce(by_list.is_simulated, false) as is_simulated
from by_sales
full outer join by_list
    on by_sales.month = by_list.month and by_sales.enterprise_id = by_list.member_id
