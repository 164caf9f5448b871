-- Rank, initial class by cumulative shares, and final class after rules and approved changes. Where a scheme lets
-- firms changed by a rule give up their place, the others are ranked a second time without them.
{{ config(meta={'by_scheme': 'scheme_key'}) }}
with bounds as (

    select
        groups.group_key * 2 + passes.pass_no as group_no,
        groups.tie,
        groups.is_place_held,
        tier.tier_no,
        tier.tier_class,
        coalesce(
            lag(tier.upto_hundredths) over (
                partition by groups.scheme, groups.scheme_group, passes.pass_no order by tier.tier_no
            ), -1
        ) as above_hundredths,
        tier.upto_hundredths
    from {{ parameter('scheme_group') }} as groups
    inner join {{ parameter('scheme_tier') }} as tier
        on groups.scheme = tier.scheme and groups.scheme_group = tier.scheme_group
    cross join (select distinct pass_no from {{ ref('int_mu_uses') }}) as passes

),

graded as (

    select group_no, scope_no, unit_no, total_score
    from {{ ref('int_mu_totals') }}
    where is_graded and {{ is_made('scheme_key') }}

),

first_ranking as (

    select * from {{ tiered('graded', 'bounds') }} as tiers

),

first_rules as (

    select * from {{ ruled('first_ranking') }} as rules

),

-- Groups in which a firm that a rule moved gives up its place.
yielding as (

    select distinct group_no
    from bounds
    where not is_place_held

),

remaining as (

    select graded.*
    from graded
    inner join yielding
        on graded.group_no = yielding.group_no
    inner join first_ranking
        on graded.unit_no = first_ranking.unit_no
    left join first_rules
        on graded.unit_no = first_rules.unit_no
    where first_rules.unit_no is null or first_rules.ruled_tier_no = first_ranking.tier_no

),

second_ranking as (

    select * from {{ tiered('remaining', 'bounds') }} as tiers

),

others as (

    select
        group_no,
        scope_no,
        count(*) as participants
    from remaining
    group by group_no, scope_no

),

ranking as (

    select
        first_ranking.unit_no,
        case when yielding.group_no is null then first_ranking.place else second_ranking.place end as place,
        case when yielding.group_no is null then first_ranking.participants else coalesce(others.participants, 0) end
            as participants,
        coalesce(second_ranking.tier_no, first_ranking.tier_no) as tier_no
    from first_ranking
    left join yielding
        on first_ranking.group_no = yielding.group_no
    left join second_ranking
        on first_ranking.unit_no = second_ranking.unit_no
    left join others
        on first_ranking.group_no = others.group_no and first_ranking.scope_no = others.scope_no

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
            partition by unit_no
            order by approved_on desc nulls last, adjustment_flag asc, class_to asc, adjustment_reason asc
        ) = 1

),

-- A ranking rests on simulated data as soon as one figure or adjustment in it does.
scored_parts as (

    select distinct
        uses.group_no,
        measure.measure_key
    from {{ ref('int_mu_uses') }} as uses
    inner join {{ parameter('evaluation_indicator_part') }} as part
        on uses.indicator = part.indicator
    inner join {{ parameter('evaluation_measure') }} as measure
        on part.measure = measure.measure
    where uses.is_scored

),

simulated as (

    select
        totals.group_no,
        totals.scope_no
    from {{ ref('int_mu_figures') }} as figure
    inner join {{ ref('int_mu_totals') }} as totals
        on figure.unit_no = totals.unit_no
    inner join scored_parts
        on totals.group_no = scored_parts.group_no and figure.measure_key = scored_parts.measure_key
    where figure.origin_no % 2 = 1
    group by totals.group_no, totals.scope_no

    union

    select
        totals.group_no,
        totals.scope_no
    from {{ ref('int_mu_adjustments') }} as adjustment
    inner join {{ ref('int_mu_totals') }} as totals
        on adjustment.unit_no = totals.unit_no
    where adjustment.adjustment_kind in ('bonus', 'deduction') and adjustment.is_simulated

)

select
    totals.scheme_key,
    totals.unit_no,
    totals.group_no,
    totals.scope_no,
    totals.base_score,
    totals.adjustment_points,
    totals.total_score,
    ranking.place,
    ranking.participants,
    case when totals.is_graded then 'graded' else 'ungraded' end as score_status,
    initial_tier.tier_class as initial_class,
    coalesce(class_changes.class_to, ruled_tier.tier_class, initial_tier.tier_class, totals.ungraded_class) as final_class,
    nullif(concat_ws(
        '；',
        totals.ungraded_reason,
        nullif(second_rules.rule_reason, ''),
        case
            when class_changes.class_to is not null
                then concat_ws(
                    '', '经', coalesce(class_changes.approved_by, ''), '批准调为', class_changes.class_to, '：',
                    coalesce(class_changes.adjustment_reason, '')
                )
        end
    ), '') as class_reason,
    totals.managed_as,
    simulated.group_no is not null as is_simulated
from {{ ref('int_mu_totals') }} as totals
left join ranking
    on totals.unit_no = ranking.unit_no
left join second_rules
    on totals.unit_no = second_rules.unit_no
left join bounds as initial_tier
    on totals.group_no = initial_tier.group_no and ranking.tier_no = initial_tier.tier_no
left join bounds as ruled_tier
    on totals.group_no = ruled_tier.group_no and second_rules.ruled_tier_no = ruled_tier.tier_no
left join class_changes
    on totals.unit_no = class_changes.unit_no
left join simulated
    on totals.group_no = simulated.group_no and totals.scope_no = simulated.scope_no
where {{ is_made('totals.scheme_key') }}
