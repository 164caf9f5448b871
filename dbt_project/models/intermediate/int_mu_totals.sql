-- Base score, adjustment and total of each unit, and whether it takes part in the grading.
{{ config(meta={'by_scheme': 'scheme_key'}) }}
with summed as (

    select
        unit_no,
        max(scheme_key) as scheme_key,
        max(group_no) as group_no,
        max(scope_no) as scope_no,
        coalesce(sum(item_score), 0) as items_score
    from {{ ref('int_mu_items') }}
    where {{ is_made('scheme_key') }}
    group by unit_no

),

-- Missing items that change more than their own score.
gaps as (

    select
        items.unit_no,
        sum(case when uses.missing_rule = 'reweight' then uses.weight end) as weight_absent,
        min(case when uses.missing_rule = 'ungraded' then items.item_order end) as ungraded_item_order
    from {{ ref('int_mu_items') }} as items
    inner join {{ ref('int_mu_uses') }} as uses
        on items.group_no = uses.group_no and items.item_order = uses.item_order
    where items.indicator_value is null and uses.missing_rule in ('reweight', 'ungraded')
    group by items.unit_no

),

-- A year of which no figure has come in yet has nobody to grade: all would tie at nothing, in the best class.
reported as (

    select distinct scheme_key
    from {{ ref('int_mu_items') }}
    where indicator_value is not null

),

weights as (

    select
        group_no,
        sum(weight) as weight_all
    from {{ ref('int_mu_uses') }}
    where is_scored
    group by group_no

),

points as (

    select
        unit_no,
        sum(case when adjustment_kind = 'bonus' then adjustment_points else 0 end) as bonus,
        sum(case when adjustment_kind = 'deduction' then adjustment_points else 0 end) as deduction
    from {{ ref('int_mu_adjustments') }}
    where adjustment_kind in ('bonus', 'deduction')
    group by unit_no

),

ungraded as (

    select *
    from {{ ref('int_mu_rules__met') }}
    where rule_kind = 'ungraded'
    qualify row_number() over (partition by unit_no order by rule_no) = 1

),

groups as (

    select
        groups.group_key * 2 + passes.pass_no as group_no,
        groups.max_bonus,
        groups.max_deduction,
        scheme.score_decimals
    from {{ parameter('scheme_group') }} as groups
    inner join {{ parameter('scheme') }} as scheme
        on groups.scheme = scheme.scheme
    cross join (select distinct pass_no from {{ ref('int_mu_uses') }}) as passes

),

adjusted as (

    select
        summed.scheme_key,
        summed.unit_no,
        summed.group_no,
        summed.scope_no,
        case
            when coalesce(gaps.weight_absent, 0) = 0 then cast(summed.items_score as decimal(24, 9))
            else coalesce({{ to_score(
                'cast(summed.items_score as double) * cast(weights.weight_all as double)'
                ~ ' / nullif(cast(weights.weight_all - gaps.weight_absent as double), cast(0 as double))'
            ) }}, 0)
        end as base_score,
        cast(
            least(coalesce(points.bonus, 0), coalesce(groups.max_bonus, points.bonus, 0))
            - least(coalesce(points.deduction, 0), coalesce(groups.max_deduction, points.deduction, 0))
            as decimal(24, 9)
        ) as adjustment_points,
        groups.score_decimals,
        gaps.ungraded_item_order
    from summed
    inner join groups
        on summed.group_no = groups.group_no
    inner join weights
        on summed.group_no = weights.group_no
    left join gaps
        on summed.unit_no = gaps.unit_no
    left join points
        on summed.unit_no = points.unit_no

)

select
    adjusted.scheme_key,
    adjusted.unit_no,
    adjusted.group_no,
    adjusted.scope_no,
    adjusted.base_score,
    adjusted.adjustment_points,
    {{ round_by('(adjusted.base_score + adjusted.adjustment_points)', 'adjusted.score_decimals') }} as total_score,
    ungraded.rule_no is null and adjusted.ungraded_item_order is null and reported.scheme_key is not null as is_graded,
    case
        when ungraded.rule_no is not null then ungraded.ungraded_class
        when adjusted.ungraded_item_order is not null or reported.scheme_key is null then 'T'
    end as ungraded_class,
    ungraded.managed_as,
    case
        when ungraded.rule_no is not null then ungraded.rule_reason
        when reported.scheme_key is null then '尚未收到本年度任何指标数据，不参评'
        when adjusted.ungraded_item_order is not null then '缺少' || uses.indicator_title || '数据，不参评'
    end as ungraded_reason
from adjusted
left join reported
    on adjusted.scheme_key = reported.scheme_key
left join ungraded
    on adjusted.unit_no = ungraded.unit_no
left join {{ ref('int_mu_uses') }} as uses
    on adjusted.group_no = uses.group_no and adjusted.ungraded_item_order = uses.item_order
