-- The items behind each total, for every firm that shares it. A view: it joins names and bases to the numbers of
-- int_mu_items, millions of rows that would repeat a few hundred texts.
select
    uses.scheme,
    uses.data_year,
    uses.scheme_group,
    members.rank_scope,
    units.enterprise_id,
    uses.indicator,
    uses.indicator_title,
    uses.unit,
    items.numerator,
    items.denominator,
    {{ to_decimal('items.indicator_value', 'decimal(38, 12)') }} as value,
    {{ to_decimal(base_value_of('uses', 'bases'), 'decimal(38, 12)') }} as base_value,
    {{ to_decimal('bases.min_value', 'decimal(38, 12)') }} as scope_min_value,
    {{ to_decimal('bases.max_value', 'decimal(38, 12)') }} as scope_max_value,
    cast(uses.weight as decimal(18, 9)) as weight,
    uses.score_kind,
    {{ to_decimal(
        'case when items.indicator_value is not null then ' ~ score_ratio('items', 'uses', 'bases') ~ ' end',
        'decimal(38, 12)'
    ) }} as ratio,
    items.item_score,
    items.item_rank,
    items.indicator_value is null as is_missing,
    uses.missing_rule,
    case
        when items.indicator_value is null then null
        when uses.score_kind not in ('ratio', 'ratio_to_max', 'inverse_mean') then null
        when {{ base_value_of('uses', 'bases') }} is null then 'base-missing'
        when {{ base_value_of('uses', 'bases') }} <= 0 then 'base-not-positive'
    end as item_issue,
    uses.is_binding
from {{ ref('int_mu_items') }} as items
inner join {{ ref('int_mu_uses') }} as uses
    on items.group_no = uses.group_no and items.item_order = uses.item_order
inner join {{ ref('int_mu_members') }} as members
    on items.unit_no = members.unit_no
inner join {{ ref('int_mu_units') }} as units
    on items.unit_no = units.unit_no
left join {{ ref('int_mu_bases') }} as bases
    on
        items.group_no = bases.group_no
        and items.item_order = bases.item_order
        and items.base_no = bases.base_no
where uses.pass_no = 0 and (uses.entity = 'enterprise' or units.firm_no = units.unit_no)
