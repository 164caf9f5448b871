-- The counties' cultivation lists by month, each in force until the next one; the firm by code, else by its name, else
-- (not registered yet) by its project or the name alone.
with listed_rows as (

    select
        listed.month,
        listed.month_index,
        listed.cultivation_kind,
        coalesce(
            listed.enterprise_id,
            ('项目:' || listed.project_no),
            ('名称:' || {{ plain_text('listed.enterprise_name') }})
        ) as member_id,
        listed.enterprise_id,
        listed.enterprise_name,
        listed.project_no,
        coalesce(listed.project_name, '无') as project_name,
        listed.reporting_unit_code,
        listed.industry_code,
        listed.expected_revenue_wan,
        listed.expected_production_on,
        coalesce(listed.is_landed, true) as is_landed,
        listed._period as list_month,
        listed._received_at,
        listed._file_id,
        listed._row,
        listed._is_simulated as is_simulated
    from {{ carried(identified('cultivation_list'), 12) }} as listed
    inner join {{ ref('int_pool__months') }} as months
        on
            listed.month = months.month
            and months.month_index - {{ month_number('listed._period') }} <= months.carry_months

)

-- Two senders may list one firm: the newest received counts.
select
    month,
    month_index,
    cultivation_kind,
    member_id,
    enterprise_id,
    enterprise_name,
    project_no,
    project_name,
    reporting_unit_code,
    industry_code,
    expected_revenue_wan,
    expected_production_on,
    is_landed,
    list_month,
    is_simulated
from listed_rows
qualify
    row_number() over (
        partition by month, cultivation_kind, member_id, project_name
        order by _received_at desc, _file_id desc, _row desc
    ) = 1
