-- 退规: left the library within the rule's months and not back; recovering when sales of the last twelve months exceed
-- those of the twelve before.
with left_library as (

    select
        months.month,
        months.sales_month,
        months.recovering_growth_pct,
        spells.enterprise_id,
        spells.library_exit_month,
        spells.library_exit_reason,
        spells.is_simulated
    from {{ ref('int_library__spells') }} as spells
    inner join {{ ref('int_pool__months') }} as months
        on
            spells.library_exit_month <= months.month
            and months.month_index - {{ month_number('spells.library_exit_month') }} < months.exited_within_months
    left join {{ ref('int_library__members') }} as members
        on months.month = members.month and spells.enterprise_id = members.enterprise_id
    where members.enterprise_id is null
    qualify
        row_number() over (
            partition by months.month, spells.enterprise_id order by spells.library_exit_month desc, spells.spell_no desc
        ) = 1

)

select
    left_library.month,
    left_library.enterprise_id as member_id,
    left_library.enterprise_id,
    states.enterprise_name,
    states.reporting_unit_code,
    ('退规：' || left_library.library_exit_reason) as reason,
    concat_ws(
        '；',
        (left_library.library_exit_month || '退库'),
        case
            when sales.sales_ttm_wan is null then '无税务销售数据，好转与否不明'
            else (
                '截至'
                || left_library.sales_month
                || '近12个月销售收入'
                || {{ wan_text('sales.sales_ttm_wan') }}
                || coalesce((
                    case when sales.sales_growth_pct < 0 then '，比前12个月下降' else '，比前12个月增长' end
                    || cast(cast(round(abs(sales.sales_growth_pct), 1) as decimal(20, 1)) as string)
                    || '%'
                ), '，无可比的前12个月')
            )
        end
    ) as evidence,
    sales.sales_ttm_wan as decisive_wan,
    sales.sales_growth_pct > left_library.recovering_growth_pct as is_recovering,
    left_library.is_simulated or coalesce(sales.is_simulated, false) as is_simulated
from left_library
left join {{ ref('int_enterprise__states') }} as states
    on
        left_library.enterprise_id = states.enterprise_id
        and left_library.month >= states.from_month
        and left_library.month < states.until_month
left join {{ ref('int_sales__rolling') }} as sales
    on left_library.enterprise_id = sales.enterprise_id and left_library.sales_month = sales.month
