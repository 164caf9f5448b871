-- The score of each unit on each indicator, unrounded but for the ninth decimal, and what a missing value counts as.
-- Names, weights and bases stand in int_mu_uses and int_mu_bases: here are the numbers of the unit alone.
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
        uses.score_kind,
        uses.weight_points,
        uses.cap_ratio,
        uses.floor_ratio,
        uses.low_score,
        uses.high_score,
        case when uses.better = 'lower' then -observed.indicator_value else observed.indicator_value end as ranked_value,
        cast(band.band_points as double) as band_points,
        -- 1 for the best of the scope and 0 for the worst; all equal counts as best.
        case
            when uses.score_kind <> 'minmax' then null
            when bases.max_value = bases.min_value then cast(1 as double)
            when uses.better = 'lower'
                then (bases.max_value - observed.indicator_value)
                / nullif(bases.max_value - bases.min_value, cast(0 as double))
            else (observed.indicator_value - bases.min_value)
                / nullif(bases.max_value - bases.min_value, cast(0 as double))
        end as place,
        case
            when {{ base_value_of('uses', 'bases') }} > 0
                then observed.indicator_value / nullif({{ base_value_of('uses', 'bases') }}, cast(0 as double))
        end as quotient
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
            and (band.band_above is null or observed.indicator_value > cast(band.band_above as double))
            and (band.band_upto is null or observed.indicator_value <= cast(band.band_upto as double))
            and observed.indicator_value is not null
    where observed.year_offset = 0 and uses.is_scored

),

scored as (

    select
        *,
        case
            when indicator_value is null then null
            when score_kind = 'ratio' then case
                when quotient < floor_ratio then floor_ratio
                when quotient > cap_ratio then cap_ratio
                else quotient
            end
            when score_kind = 'ratio_to_max' then quotient
            when score_kind = 'inverse_mean' then case when quotient < 2 then 2 - quotient else 0 * quotient end
            when score_kind = 'minmax' then (low_score + (high_score - low_score) * place) / 100
        end as score_ratio
    from placed

),

pointed as (

    select
        *,
        {{ to_score("case when score_kind = 'bands' then band_points else weight_points * score_ratio end") }} as own_score
    from scored

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
    score_ratio,
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
