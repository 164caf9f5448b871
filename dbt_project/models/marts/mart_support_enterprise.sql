-- Firms that somebody must answer for, all firms of the library and of near_entry, and how many officials do.
with scope as (

    select
        month,
        enterprise_id as member_id,
        enterprise_name,
        reporting_unit_code,
        '规上' as scope_kind,
        1 as preference,
        is_simulated
    from {{ ref('int_library__members') }}
    where is_registered

    union all

    select
        month,
        member_id,
        enterprise_name,
        reporting_unit_code,
        '临近入规' as scope_kind,
        2 as preference,
        is_simulated
    from {{ ref('int_pool__near_entry') }}
    where month <= (select max(month) from {{ ref('int_registry__monthly') }})

),

rules as (

    select
        from_year,
        to_year,
        set_by
    from {{ parameter('support_rule') }}

)

select
    scope.month,
    scope.member_id,
    scope.enterprise_name,
    scope.reporting_unit_code,
    scope.scope_kind,
    count(assigned.official_name) as officials,
    count(case when assigned.is_rank_eligible then 1 end) as eligible_officials,
    count(assigned.official_name) > 0 as is_covered,
    case when scope.scope_kind = '规上' then rules.set_by else rules.set_by || '；临近入规：' || pools.set_by end as set_by,
    scope.is_simulated or coalesce(bool_or(assigned.is_simulated), false) as is_simulated
from (
    select *
    from scope
    qualify row_number() over (partition by month, member_id order by preference, enterprise_name) = 1
) as scope
inner join rules
    on {{ in_force('rules', year_of('scope.month')) }}
left join {{ parameter('pool_rule_set') }} as pools
    on pools.pool = 'near_entry' and {{ in_force('pools', year_of('scope.month')) }}
left join {{ ref('int_support__assigned') }} as assigned
    on scope.month = assigned.month and scope.member_id = assigned.member_id
group by
    scope.month, scope.member_id, scope.enterprise_name, scope.reporting_unit_code, scope.scope_kind, rules.set_by,
    pools.set_by, scope.is_simulated
