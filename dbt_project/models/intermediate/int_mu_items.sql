-- The score of each firm on each indicator, unrounded but for the ninth decimal, and what a missing value counts as.
with measured as (

    select
        observed.scheme,
        observed.scheme_group,
        observed.data_year,
        observed.unit_id,
        observed.rank_scope,
        observed.indicator,
        observed.numerator,
        observed.denominator,
        observed.indicator_value,
        observed.is_simulated,
        uses.item_order,
        uses.weight,
        uses.missing_rule,
        uses.score_kind,
        uses.ratio_cap,
        uses.ratio_floor,
        uses.score_low,
        uses.score_high,
        indicator.better,
        case
            when uses.base_given is not null then cast(uses.base_given as double)
            when uses.score_kind <> 'minmax' then bases.base_value
        end as base_value,
        bases.max_value,
        bases.min_value,
        band.band_points
    from {{ ref('int_mu_values') }} as observed
    inner join {{ parameter('scheme_indicator') }} as uses
        on
            observed.scheme = uses.scheme
            and observed.scheme_group = uses.scheme_group
            and observed.indicator = uses.indicator
    inner join {{ parameter('evaluation_indicator') }} as indicator
        on observed.indicator = indicator.indicator
    left join {{ ref('int_mu_bases') }} as bases
        on
            observed.scheme = bases.scheme
            and observed.scheme_group = bases.scheme_group
            and observed.indicator = bases.indicator
            and {{ base_scope('uses', 'observed') }} = bases.base_scope
    left join {{ parameter('scheme_band') }} as band
        on
            observed.scheme = band.scheme
            and observed.scheme_group = band.scheme_group
            and observed.indicator = band.indicator
            and (band.band_above is null or observed.indicator_value > cast(band.band_above as double))
            and (band.band_upto is null or observed.indicator_value <= cast(band.band_upto as double))
            and observed.indicator_value is not null
    where observed.year_offset = 0 and uses.is_scored

),

placed as (

    select
        *,
        case
            when indicator_value is null then null
            when score_kind not in ('ratio', 'ratio_to_max', 'inverse_mean') then null
            when base_value is null then 'base-missing'
            when base_value <= 0 then 'base-not-positive'
        end as item_issue,
        -- 1 for the best of the scope and 0 for the worst; all equal counts as best.
        case
            when max_value = min_value then cast(1 as double)
            when better = 'lower' then (max_value - indicator_value) / nullif(max_value - min_value, cast(0 as double))
            else (indicator_value - min_value) / nullif(max_value - min_value, cast(0 as double))
        end as place,
        case when base_value > 0 then indicator_value / nullif(base_value, cast(0 as double)) end as quotient
    from measured

),

scored as (

    select
        *,
        case
            when indicator_value is null then null
            when score_kind = 'ratio' then case
                when quotient < cast(ratio_floor as double) then cast(ratio_floor as double)
                when quotient > cast(ratio_cap as double) then cast(ratio_cap as double)
                else quotient
            end
            when score_kind = 'ratio_to_max' then quotient
            when score_kind = 'inverse_mean' then case when quotient < 2 then 2 - quotient else 0 * quotient end
            when score_kind = 'minmax'
                then (cast(score_low as double) + (cast(score_high as double) - cast(score_low as double)) * place) / 100
        end as score_ratio
    from placed

),

pointed as (

    select
        *,
        case when score_kind = 'bands' then cast(band_points as double) else cast(weight as double) * score_ratio end
            as points
    from scored

),

itemised as (

    select
        *,
        {{ to_score('points') }} as own_score,
        -- What a missing value looks up the mean by: a condition beside the keys would compare all with all.
        case when indicator_value is null then indicator end as missing_indicator
    from pointed

),

scope_means as (

    select
        scheme,
        scheme_group,
        rank_scope,
        indicator,
        {{ to_score('cast(sum(own_score) as double) / count(own_score)') }} as mean_score
    from itemised
    where missing_rule = 'mean_score' and own_score is not null
    group by scheme, scheme_group, rank_scope, indicator

)

select
    itemised.scheme,
    itemised.scheme_group,
    itemised.data_year,
    itemised.unit_id,
    itemised.rank_scope,
    itemised.indicator,
    itemised.item_order,
    itemised.numerator,
    itemised.denominator,
    itemised.indicator_value,
    itemised.base_value,
    itemised.max_value,
    itemised.min_value,
    itemised.weight,
    itemised.score_kind,
    itemised.score_ratio,
    case
        when itemised.indicator_value is not null then coalesce(itemised.own_score, 0)
        when itemised.missing_rule = 'mean_score' then coalesce(scope_means.mean_score, 0)
        when itemised.missing_rule = 'zero' then 0
    end as item_score,
    case
        when itemised.indicator_value is not null
            then rank() over (
                partition by itemised.scheme, itemised.scheme_group, itemised.rank_scope, itemised.indicator
                order by
                    case when itemised.better = 'lower' then -itemised.indicator_value else itemised.indicator_value end
                    desc nulls last
            )
    end as item_rank,
    itemised.indicator_value is null as is_missing,
    itemised.missing_rule,
    itemised.item_issue,
    itemised.is_simulated
from itemised
left join scope_means
    on
        itemised.scheme = scope_means.scheme
        and itemised.scheme_group = scope_means.scheme_group
        and itemised.rank_scope = scope_means.rank_scope
        and itemised.missing_indicator = scope_means.indicator
