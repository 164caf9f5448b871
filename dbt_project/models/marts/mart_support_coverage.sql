-- 包保 by month, reporting unit and city: firms in scope, covered and not; officials below, at and above two firms each.
with firms as (

    select
        scope.month,
        case when levels.level = 'unit' then scope.reporting_unit_code else {{ city_of('scope.reporting_unit_code') }} end
            as reporting_unit_code,
        count(*) as in_scope,
        count(case when scope.scope_kind = '规上' then 1 end) as in_scope_library,
        count(case when scope.scope_kind = '临近入规' then 1 end) as in_scope_near_entry,
        count(case when scope.is_covered then 1 end) as covered,
        count(case when not scope.is_covered then 1 end) as uncovered,
        count(case when scope.is_covered and scope.eligible_officials = 0 then 1 end) as covered_by_ineligible_only,
        bool_or(scope.is_simulated) as is_simulated
    from {{ ref('mart_support_enterprise') }} as scope
    cross join (select 'unit' as level union all select 'city') as levels
    where
        scope.reporting_unit_code is not null
        and (levels.level = 'unit' or scope.reporting_unit_code <> {{ city_of('scope.reporting_unit_code') }})
    group by
        scope.month,
        case when levels.level = 'unit' then scope.reporting_unit_code else {{ city_of('scope.reporting_unit_code') }} end

),

-- An official whose firms lie in two units counts in both, in the city once.
officials as (

    select distinct
        assigned.month,
        case when levels.level = 'unit' then scope.reporting_unit_code else {{ city_of('scope.reporting_unit_code') }} end
            as reporting_unit_code,
        assigned.official_name,
        assigned.official_unit,
        loads.load_state,
        loads.is_rank_eligible
    from {{ ref('int_support__assigned') }} as assigned
    inner join {{ ref('mart_support_enterprise') }} as scope
        on assigned.month = scope.month and assigned.member_id = scope.member_id
    inner join {{ ref('mart_support_official') }} as loads
        on
            assigned.month = loads.month
            and assigned.official_name = loads.official_name
            and assigned.official_unit = loads.official_unit
    cross join (select 'unit' as level union all select 'city') as levels
    where
        scope.reporting_unit_code is not null
        and (levels.level = 'unit' or scope.reporting_unit_code <> {{ city_of('scope.reporting_unit_code') }})

),

loads as (

    select
        month,
        reporting_unit_code,
        count(*) as officials,
        count(case when load_state = 'under' then 1 end) as officials_under,
        count(case when load_state = 'exact' then 1 end) as officials_exact,
        count(case when load_state = 'over' then 1 end) as officials_over,
        count(case when not is_rank_eligible then 1 end) as officials_ineligible
    from officials
    group by month, reporting_unit_code

)

select
    firms.month,
    firms.reporting_unit_code,
    units.area_name as reporting_unit_name,
    firms.in_scope,
    firms.in_scope_library,
    firms.in_scope_near_entry,
    firms.covered,
    firms.uncovered,
    {{ pct('firms.covered', 'firms.in_scope') }} as coverage_pct,
    firms.covered_by_ineligible_only,
    cast(ceil({{ safe_divide('firms.in_scope', 'rules.firms_per_official') }}) as bigint) as officials_needed,
    coalesce(loads.officials, 0) as officials,
    coalesce(loads.officials_under, 0) as officials_under,
    coalesce(loads.officials_exact, 0) as officials_exact,
    coalesce(loads.officials_over, 0) as officials_over,
    coalesce(loads.officials_ineligible, 0) as officials_ineligible,
    rules.set_by || '；临近入规：' || pools.set_by as set_by,
    firms.is_simulated
from firms
inner join {{ parameter('support_rule') }} as rules
    on {{ in_force('rules', year_of('firms.month')) }}
left join {{ parameter('pool_rule_set') }} as pools
    on pools.pool = 'near_entry' and {{ in_force('pools', year_of('firms.month')) }}
left join loads
    on firms.month = loads.month and firms.reporting_unit_code = loads.reporting_unit_code
left join {{ ref('dim_area') }} as units
    on firms.reporting_unit_code = units.area_code
