-- The score of each unit on each indicator, unrounded but for the ninth decimal, and what a missing value counts as.
-- Names, weights and bases stand in int_mu_uses and int_mu_bases: here are the numbers of the unit alone.
{{ config(meta={'by_scheme': 'scheme_key'}) }}
with placed as (

    select
        observed.scheme_key,
        observed.unit_no,
        observed.group_no,
        observed.item_order,
        observed.scope_no,
        observed.base_no,
        observed.numerator,
        observed.denominator,
        observed.indicator_value,
        uses.missing_rule,
        case when uses.better = 'lower' then -observed.indicator_value else observed.indicator_value end as ranked_value,
        case
            when observed.indicator_value is null then null
            when uses.score_kind = 'bands' then cast(band.band_points as double)
            else uses.weight_points * {{ score_ratio('observed', 'uses', 'bases') }}
        end as points
    from {{ ref('int_mu_values') }} as observed
    inner join {{ ref('int_mu_uses') }} as uses
        on observed.group_no = uses.group_no and observed.item_order = uses.item_order
    left join {{ ref('int_mu_bases') }} as bases
        on
            observed.group_no = bases.group_no
            and observed.item_order = bases.item_order
            and observed.base_no = bases.base_no
    left join {{ parameter('scheme_band') }} as band
        on
            uses.scheme = band.scheme
            and uses.scheme_group = band.scheme_group
            and uses.indicator = band.indicator
            and observed.indicator_value > coalesce(cast(band.band_above as double), cast('-infinity' as double))
            and observed.indicator_value <= coalesce(cast(band.band_upto as double), cast('infinity' as double))
    where {{ is_made('observed.scheme_key') }} and observed.year_offset = 0 and uses.is_scored

),

pointed as (

    select
        *,
        {{ to_score('points') }} as own_score
    from placed

),

ranked as (

    select
        *,
        rank() over (partition by group_no, item_order, scope_no order by ranked_value desc nulls last) as item_rank,
        sum(own_score) over (partition by group_no, item_order, scope_no) as scope_score,
        count(own_score) over (partition by group_no, item_order, scope_no) as scope_scored
    from pointed

)

select
    scheme_key,
    unit_no,
    group_no,
    item_order,
    scope_no,
    base_no,
    numerator,
    denominator,
    indicator_value,
    case
        when indicator_value is not null then coalesce(own_score, 0)
        -- A missing value counts as the mean of the scores of those that have one.
        when missing_rule = 'mean_score' then coalesce({{ to_score(
            'cast(scope_score as double) / nullif(cast(scope_scored as double), cast(0 as double))'
        ) }}, 0)
        when missing_rule = 'zero' then 0
    end as item_score,
    case when indicator_value is not null then item_rank end as item_rank
from ranked
