-- 签约 → 开工 → 投产 → 入规: where each industrial project stands, for how long, and whether it has stalled. The statistics
-- bureau's list and the economy bureau's are kept apart. Growth of investment is published, never computed from this.
with projects as (

    select
        *,
        _period as month,
        case stage
            when '签约' then signed_on
            when '开工' then started_on
            when '投产' then produced_on
            when '入规' then produced_on
        end as stage_since_on
    from {{ identified('investment_projects') }} as listed
    where is_industrial
    qualify
        row_number() over (
            partition by project_no, statistic_basis, _period
            order by _received_at desc, _published_on desc nulls last, _file_id desc, _sheet desc, _row desc
        ) = 1

),

aged as (

    select
        projects.*,
        case
            when projects.stage_since_on is not null
                then {{ month_number('projects.month') }} - {{ month_number_of('projects.stage_since_on') }}
        end as months_in_stage,
        coalesce(enterprise.is_in_library, false) as is_owner_in_library
    from projects
    left join {{ ref('dim_enterprise') }} as enterprise
        on
            projects.enterprise_id = enterprise.enterprise_id
            and {{ holds_in('enterprise', 'projects.month') }}

)

select
    aged.month,
    aged.project_no,
    aged.statistic_basis,
    aged.project_name,
    aged.enterprise_id,
    aged.enterprise_name,
    aged.area_code,
    aged.reporting_unit_code,
    aged.is_tech_upgrade,
    aged.stage,
    aged.stage_since_on,
    cast(aged.months_in_stage as int) as months_in_stage,
    rules.stalled_after_months,
    case
        when aged.stage = '入规' then false
        else aged.months_in_stage > rules.stalled_after_months
    end as is_stalled,
    -- 三库联动: what produces and is not in the library yet is handed over to the near-entry pool.
    (aged.stage = '投产' and not aged.is_owner_in_library) as is_handed_over,
    aged.expected_production_on,
    aged.planned_wan,
    aged.invested_ytd_wan,
    aged.invested_total_wan,
    {{ safe_divide('100 * aged.invested_total_wan', 'aged.planned_wan', 'decimal(24, 8)') }} as invested_pct,
    -- 亿元以上 is at least 1 亿元.
    aged.planned_wan >= 10000 as is_large,
    rules.set_by,
    aged._is_simulated as is_simulated
from aged
left join {{ parameter('project_rule') }} as rules
    on aged.stage = rules.stage and {{ in_force('rules', year_of('aged.month')) }}
