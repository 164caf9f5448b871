-- 即将投产: projects on the ground that are due to produce soon, from the counties' lists and from the project register;
-- the owner may have no code yet. One row per owner (or per project without an owner's code).
with listed as (

    select
        listed.month,
        months.month_index,
        months.pending_within_months,
        coalesce(listed.enterprise_id, projects.enterprise_id) as enterprise_id,
        listed.member_id,
        listed.enterprise_name,
        listed.project_no,
        coalesce(nullif(listed.project_name, '无'), projects.project_name) as project_name,
        listed.reporting_unit_code,
        {{ month_of('coalesce(listed.expected_production_on, projects.expected_production_on)') }} as expected_month,
        (listed.list_month || '即将投产名单') as origin,
        1 as preference,
        listed.is_simulated
    from {{ ref('int_cultivation__listed') }} as listed
    inner join {{ ref('int_pool__months') }} as months
        on listed.month = months.month
    left join (
        select
            project_no,
            enterprise_id,
            project_name,
            expected_production_on
        from {{ identified('investment_projects') }} as listed
        where project_no is not null
        qualify
            row_number() over (
                partition by project_no order by _period desc, _received_at desc, statistic_basis, _file_id desc, _row
            ) = 1
    ) as projects
        on listed.project_no = projects.project_no
    where listed.cultivation_kind = '已落地即将投产' and listed.is_landed

),

registered as (

    select
        projects.month,
        months.month_index,
        months.pending_within_months,
        projects.enterprise_id,
        ('项目:' || projects.project_no) as member_id,
        coalesce(projects.enterprise_name, projects.project_name) as enterprise_name,
        projects.project_no,
        projects.project_name,
        coalesce(projects.reporting_unit_code, projects.area_code) as reporting_unit_code,
        {{ month_of('projects.expected_production_on') }} as expected_month,
        (projects._period || '项目库（' || projects.statistic_basis || '）') as origin,
        2 as preference,
        projects._is_simulated as is_simulated
    from {{ carried(identified('investment_projects'), 12) }} as projects
    inner join {{ ref('int_pool__months') }} as months
        on
            projects.month = months.month
            and months.month_index - {{ month_number('projects._period') }} <= months.carry_months
    where
        projects.is_industrial
        and not projects.is_tech_upgrade
        and projects.stage = '开工'
        and projects.produced_on is null
        and projects.expected_production_on is not null
        and {{ month_of('projects.expected_production_on') }} >= projects.month

),

due as (

    select
        candidates.month,
        candidates.preference,
        coalesce(candidates.enterprise_id, candidates.member_id) as member_id,
        candidates.enterprise_id,
        candidates.enterprise_name,
        candidates.project_no,
        candidates.project_name,
        candidates.reporting_unit_code,
        candidates.expected_month,
        candidates.origin,
        candidates.is_simulated
    from (select * from listed union all select * from registered) as candidates
    left join {{ ref('int_library__members') }} as members
        on candidates.month = members.month and candidates.enterprise_id = members.enterprise_id
    where
        -- A further project of a firm in the library brings no new firm.
        (candidates.preference = 1 or members.enterprise_id is null)
        and (
            candidates.expected_month is null
            or {{ month_number('candidates.expected_month') }} - candidates.month_index <= candidates.pending_within_months
        )

)

select
    month,
    member_id,
    enterprise_id,
    enterprise_name,
    reporting_unit_code,
    case
        when expected_month < month then '已过预计投产时间'
        when enterprise_id is null then '即将投产（尚无代码）'
        else '即将投产'
    end as reason,
    concat_ws(
        '；',
        ('项目：' || project_name),
        ('预计' || expected_month || '投产'),
        origin
    ) as evidence,
    cast(null as decimal(24, 8)) as decisive_wan,
    is_simulated
from due
qualify
    row_number() over (
        partition by month, member_id
        order by preference, expected_month nulls last, project_no nulls last, project_name nulls last, origin
    ) = 1
