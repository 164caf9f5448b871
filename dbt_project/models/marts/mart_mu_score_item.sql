-- The items behind each total, for every firm that shares it.
select
    items.scheme,
    items.data_year,
    items.scheme_group,
    items.rank_scope,
    units.enterprise_id,
    items.indicator,
    indicator.indicator_title,
    indicator.unit,
    items.numerator,
    items.denominator,
    cast(items.indicator_value as decimal(38, 12)) as value,
    cast(items.base_value as decimal(38, 12)) as base_value,
    cast(items.min_value as decimal(38, 12)) as scope_min_value,
    cast(items.max_value as decimal(38, 12)) as scope_max_value,
    cast(items.weight as decimal(18, 9)) as weight,
    items.score_kind,
    cast(items.score_ratio as decimal(38, 12)) as ratio,
    items.item_score,
    items.item_rank,
    items.is_missing,
    items.missing_rule,
    items.item_issue,
    scheme.is_binding
from {{ ref('int_mu_items') }} as items
inner join {{ parameter('scheme') }} as scheme
    on items.scheme = scheme.scheme
inner join {{ parameter('evaluation_indicator') }} as indicator
    on items.indicator = indicator.indicator
inner join {{ ref('int_mu_units') }} as units
    on
        items.scheme = units.scheme
        and items.data_year = units.data_year
        and items.unit_id = units.unit_id
        and units.year_offset = 0
where scheme.entity = 'enterprise' or units.enterprise_id = units.unit_id
