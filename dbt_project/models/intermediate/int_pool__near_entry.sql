-- 临近入规: sales near or above the threshold, or named by a county as about to enter; outside the library only.
with by_sales as (

    select *
    from {{ ref('int_pool__outside') }}
    where sales_ttm_wan >= near_entry_floor_wan

),

by_list as (

    select listed.*
    from {{ ref('int_cultivation__listed') }} as listed
    left join {{ ref('int_library__members') }} as members
        on listed.month = members.month and listed.enterprise_id = members.enterprise_id
    where
        listed.cultivation_kind = '拟入规'
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
        case
            when by_sales.sales_ttm_wan >= by_sales.entry_threshold_wan then '应入未入'
            when by_sales.sales_ttm_wan is not null then '临近入规'
        end,
        case when by_list.member_id is not null then '列入拟入规名单' end
    ) as reason,
    concat_ws(
        '；',
        (
            '截至'
            || by_sales.sales_month
            || '近12个月销售收入'
            || {{ wan_text('by_sales.sales_ttm_wan') }}
            || '（'
            || by_sales.basis_text
            || '）'
        ),
        (
            by_list.list_month
            || '拟入规名单'
            || coalesce((
                '，预计全年营业收入'
                || {{ wan_text('by_list.expected_revenue_wan') }}
            ), '')
        )
    ) as evidence,
    by_sales.sales_ttm_wan as decisive_wan,
    coalesce(by_sales.is_simulated, false) or coalesce(by_list.is_simulated, false) as is_simulated
from by_sales
full outer join by_list
    on by_sales.month = by_list.month and by_sales.enterprise_id = by_list.member_id
