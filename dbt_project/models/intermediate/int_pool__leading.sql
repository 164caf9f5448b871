-- 优势: last year's revenue above the rule's floor, named by the highest band of the programme that it exceeds.
with above as (

    select
        months.month,
        revenue.data_year,
        revenue.entity,
        revenue.member_id,
        revenue.enterprise_id,
        revenue.enterprise_name,
        revenue.reporting_unit_code,
        revenue.revenue_wan,
        revenue.legal_persons,
        revenue.is_simulated
    from {{ ref('int_pool__months') }} as months
    inner join {{ ref('int_revenue__entities') }} as revenue
        on months.data_year - 1 = revenue.data_year and revenue.revenue_wan > 10000 * months.leading_floor_yi
    left join {{ ref('int_library__members') }} as members
        on months.month = members.month and revenue.enterprise_id = members.enterprise_id
    where revenue.entity = 'group' or members.enterprise_id is not null

)

select
    above.month,
    above.member_id,
    above.enterprise_id,
    above.entity,
    above.enterprise_name,
    above.reporting_unit_code,
    ('营业收入超' || cast(cast(bands.lower_yi as int) as string) || '亿元') as reason,
    (
        cast(above.data_year as string)
        || '年营业收入'
        || {{ wan_text('above.revenue_wan') }}
        || (case
            when above.entity = 'group'
                then ('（在库成员' || cast(above.legal_persons as string) || '户法人单位合计，未抵消内部交易）')
            else ''
        end)
    ) as evidence,
    above.revenue_wan as decisive_wan,
    bands.set_by as band_set_by,
    above.is_simulated
from above
inner join {{ parameter('scale_band') }} as bands
    on
        bands.band_set = 'disjoint'
        and above.revenue_wan > 10000 * bands.lower_yi
        and {{ in_force('bands', 'above.data_year') }}
qualify row_number() over (partition by above.month, above.member_id order by bands.lower_yi desc) = 1
