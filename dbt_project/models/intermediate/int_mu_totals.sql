-- Base score, adjustment and total of each unit, and whether it takes part in the grading.
with summed as (

    select
        items.scheme,
        items.scheme_group,
        items.data_year,
        items.unit_id,
        items.rank_scope,
        coalesce(sum(items.item_score), 0) as items_score,
        sum(items.weight) as weight_all,
        sum(case when items.is_missing and items.missing_rule = 'reweight' then 0 else items.weight end) as weight_present,
        min(case when items.is_missing and items.missing_rule = 'ungraded' then items.item_order end)
            as ungraded_item_order,
        bool_or(items.is_simulated) as is_simulated
    from {{ ref('int_mu_items') }} as items
    group by items.scheme, items.scheme_group, items.data_year, items.unit_id, items.rank_scope

),

points as (

    select
        scheme,
        unit_id,
        sum(case when adjustment_kind = 'bonus' then adjustment_points else 0 end) as bonus,
        sum(case when adjustment_kind = 'deduction' then adjustment_points else 0 end) as deduction,
        bool_or(is_simulated) as is_simulated
    from {{ ref('int_mu_adjustments') }}
    where adjustment_kind in ('bonus', 'deduction')
    group by scheme, unit_id

),

ungraded as (

    select *
    from {{ ref('int_mu_rules__met') }}
    where rule_kind = 'ungraded'
    qualify row_number() over (partition by scheme, scheme_group, unit_id order by rule_no) = 1

),

adjusted as (

    select
        summed.*,
        case
            when summed.weight_present = summed.weight_all then cast(summed.items_score as decimal(24, 9))
            else coalesce({{ to_score(
                'cast(summed.items_score as double) * cast(summed.weight_all as double)'
                ~ ' / nullif(cast(summed.weight_present as double), cast(0 as double))'
            ) }}, 0)
        end as base_score,
        cast(
            least(coalesce(points.bonus, 0), coalesce(groups.max_bonus, points.bonus, 0))
            - least(coalesce(points.deduction, 0), coalesce(groups.max_deduction, points.deduction, 0))
            as decimal(24, 9)
        ) as adjustment_points,
        scheme.score_decimals,
        coalesce(summed.is_simulated or points.is_simulated, summed.is_simulated) as rests_on_simulated
    from summed
    inner join {{ parameter('scheme') }} as scheme
        on summed.scheme = scheme.scheme
    inner join {{ parameter('scheme_group') }} as groups
        on summed.scheme = groups.scheme and summed.scheme_group = groups.scheme_group
    left join points
        on summed.scheme = points.scheme and summed.unit_id = points.unit_id

)

select
    adjusted.scheme,
    adjusted.scheme_group,
    adjusted.data_year,
    adjusted.unit_id,
    adjusted.rank_scope,
    adjusted.base_score,
    adjusted.adjustment_points,
    {{ round_by('(adjusted.base_score + adjusted.adjustment_points)', 'adjusted.score_decimals') }} as total_score,
    case when ungraded.rule_no is null and adjusted.ungraded_item_order is null then 'graded' else 'ungraded' end
        as score_status,
    case
        when ungraded.rule_no is not null then ungraded.ungraded_class
        when adjusted.ungraded_item_order is not null then 'T'
    end as ungraded_class,
    ungraded.managed_as,
    case
        when ungraded.rule_no is not null then ungraded.rule_reason
        when adjusted.ungraded_item_order is not null then concat('缺少', indicator.indicator_title, '数据，不参评')
    end as ungraded_reason,
    adjusted.rests_on_simulated
from adjusted
left join ungraded
    on
        adjusted.scheme = ungraded.scheme
        and adjusted.scheme_group = ungraded.scheme_group
        and adjusted.unit_id = ungraded.unit_id
left join {{ parameter('scheme_indicator') }} as uses
    on
        adjusted.scheme = uses.scheme
        and adjusted.scheme_group = uses.scheme_group
        and adjusted.ungraded_item_order = uses.item_order
left join {{ parameter('evaluation_indicator') }} as indicator
    on uses.indicator = indicator.indicator
