-- How each group of a scheme uses its indicators, once for each pass of the scoring. Parameters as doubles, as the
-- arithmetic of scores wants them.
select
    scheme.scheme_key,
    groups.group_key * 2 + passes.pass_no as group_no,
    uses.item_order,
    passes.pass_no,
    scheme.scheme,
    scheme.data_year,
    scheme.entity,
    scheme.is_binding,
    uses.scheme_group,
    uses.indicator,
    indicator.indicator_title,
    indicator.unit,
    indicator.better,
    uses.is_scored,
    uses.weight,
    uses.missing_rule,
    uses.score_kind,
    uses.base_stat,
    uses.base_year_offset,
    uses.base_over,
    cast(uses.weight as double) as weight_points,
    cast(uses.base_given as double) as given_base,
    cast(uses.base_times as double) as stat_times,
    cast(uses.ratio_cap as double) as cap_ratio,
    cast(uses.ratio_floor as double) as floor_ratio,
    cast(uses.score_low as double) as low_score,
    cast(uses.score_high as double) as high_score
from {{ parameter('scheme_indicator') }} as uses
inner join {{ parameter('scheme') }} as scheme
    on uses.scheme = scheme.scheme
inner join {{ parameter('scheme_group') }} as groups
    on uses.scheme = groups.scheme and uses.scheme_group = groups.scheme_group
inner join {{ parameter('evaluation_indicator') }} as indicator
    on uses.indicator = indicator.indicator
cross join (
    select 0 as pass_no
    union all
    select 1 as pass_no
) as passes
