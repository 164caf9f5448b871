-- Rank, initial class by cumulative shares, and final class after rules and approved changes. Where a scheme lets
-- firms changed by a rule give up their place, the others are ranked a second time without them.
with graded as (

    select scheme, scheme_group, unit_id, rank_scope, total_score
    from {{ ref('int_mu_totals') }}
    where score_status = 'graded'

),

first_ranking as (

    select * from {{ tiered('graded') }} as tiers

),

first_rules as (

    select * from {{ ruled('first_ranking') }} as rules

),

displaced as (

    select
        first_ranking.scheme,
        first_ranking.scheme_group,
        first_ranking.unit_id
    from first_ranking
    inner join first_rules
        on
            first_ranking.scheme = first_rules.scheme
            and first_ranking.scheme_group = first_rules.scheme_group
            and first_ranking.unit_id = first_rules.unit_id
    inner join {{ parameter('scheme_group') }} as groups
        on first_ranking.scheme = groups.scheme and first_ranking.scheme_group = groups.scheme_group
    where not groups.is_place_held and first_ranking.tier_no <> first_rules.ruled_tier_no

),

remaining as (

    select graded.*
    from graded
    left join displaced
        on
            graded.scheme = displaced.scheme
            and graded.scheme_group = displaced.scheme_group
            and graded.unit_id = displaced.unit_id
    where displaced.unit_id is null

),

second_ranking as (

    select * from {{ tiered('remaining') }} as tiers

),

ranking as (

    select
        first_ranking.scheme,
        first_ranking.scheme_group,
        first_ranking.unit_id,
        second_ranking.place,
        coalesce(second_ranking.participants, others.participants, 0) as participants,
        coalesce(second_ranking.tier_no, first_ranking.tier_no) as tier_no
    from first_ranking
    inner join graded
        on
            first_ranking.scheme = graded.scheme
            and first_ranking.scheme_group = graded.scheme_group
            and first_ranking.unit_id = graded.unit_id
    left join second_ranking
        on
            first_ranking.scheme = second_ranking.scheme
            and first_ranking.scheme_group = second_ranking.scheme_group
            and first_ranking.unit_id = second_ranking.unit_id
    left join (
        select
            scheme,
            scheme_group,
            rank_scope,
            count(*) as participants
        from remaining
        group by scheme, scheme_group, rank_scope
    ) as others
        on
            graded.scheme = others.scheme
            and graded.scheme_group = others.scheme_group
            and graded.rank_scope = others.rank_scope

),

second_rules as (

    select * from {{ ruled('ranking') }} as rules

),

class_changes as (

    select *
    from {{ ref('int_mu_adjustments') }}
    where adjustment_kind = 'class_change' and class_to is not null
    qualify
        row_number() over (
            partition by scheme, unit_id
            order by approved_on desc nulls last, adjustment_flag asc, class_to asc, adjustment_reason asc
        ) = 1

)

select
    totals.scheme,
    totals.scheme_group,
    totals.data_year,
    totals.unit_id,
    totals.rank_scope,
    totals.base_score,
    totals.adjustment_points,
    totals.total_score,
    ranking.place,
    ranking.participants,
    totals.score_status,
    initial_tier.tier_class as initial_class,
    coalesce(class_changes.class_to, ruled_tier.tier_class, totals.ungraded_class) as final_class,
    nullif(concat_ws(
        '；',
        totals.ungraded_reason,
        nullif(second_rules.rule_reason, ''),
        case
            when class_changes.class_to is not null
                then concat(
                    '经', class_changes.approved_by, '批准调为', class_changes.class_to, '：', class_changes.adjustment_reason
                )
        end
    ), '') as class_reason,
    totals.managed_as,
    bool_or(totals.rests_on_simulated) over (
        partition by totals.scheme, totals.scheme_group, totals.rank_scope
    ) as is_simulated
from {{ ref('int_mu_totals') }} as totals
left join ranking
    on
        totals.scheme = ranking.scheme
        and totals.scheme_group = ranking.scheme_group
        and totals.unit_id = ranking.unit_id
left join second_rules
    on
        totals.scheme = second_rules.scheme
        and totals.scheme_group = second_rules.scheme_group
        and totals.unit_id = second_rules.unit_id
left join {{ parameter('scheme_tier') }} as initial_tier
    on
        ranking.scheme = initial_tier.scheme
        and ranking.scheme_group = initial_tier.scheme_group
        and ranking.tier_no = initial_tier.tier_no
left join {{ parameter('scheme_tier') }} as ruled_tier
    on
        second_rules.scheme = ruled_tier.scheme
        and second_rules.scheme_group = ruled_tier.scheme_group
        and second_rules.ruled_tier_no = ruled_tier.tier_no
left join class_changes
    on totals.scheme = class_changes.scheme and totals.unit_id = class_changes.unit_id
