-- What a firm's value is measured against: statistics over the firms that have a value, one row per group, indicator
-- and scope of the base. Means and totals over decimals, so that the order of rows never matters.
{{ config(meta={'by_scheme': 'scheme_key'}) }}
with observed as (

    select
        observed.scheme_key,
        observed.group_no,
        observed.item_order,
        observed.base_no,
        uses.base_stat,
        uses.stat_times,
        observed.indicator_value,
        observed.numerator,
        observed.denominator
    from {{ ref('int_mu_values') }} as observed
    inner join {{ ref('int_mu_uses') }} as uses
        on
            observed.group_no = uses.group_no
            and observed.item_order = uses.item_order
            and observed.year_offset = uses.base_year_offset
    where {{ is_made('observed.scheme_key') }} and uses.base_stat is not null and observed.indicator_value is not null

),

summarised as (

    select
        group_no,
        item_order,
        base_no,
        max(scheme_key) as scheme_key,
        max(base_stat) as base_stat,
        max(stat_times) as stat_times,
        count(*) as observed_units,
        sum(case when base_stat = 'mean' then {{ to_decimal('indicator_value', 'decimal(38, 18)') }} end) as value_sum,
        sum(case when base_stat = 'pooled_mean' then numerator end) as numerator_sum,
        sum(case when base_stat = 'pooled_mean' then denominator end) as denominator_sum,
        percentile_cont(0.5) within group (order by case when base_stat = 'median' then indicator_value end)
            as median_value,
        percentile_cont(0.9) within group (order by case when base_stat = 'p90' then indicator_value end) as p90_value,
        max(indicator_value) as max_value,
        min(indicator_value) as min_value
    from observed
    group by group_no, item_order, base_no

)

select
    scheme_key,
    group_no,
    item_order,
    base_no,
    observed_units,
    stat_times * case base_stat
        when 'mean' then cast(value_sum as double) / observed_units
        when 'pooled_mean'
            then cast(numerator_sum as double) / nullif(cast(denominator_sum as double), cast(0 as double))
        when 'median' then median_value
        when 'p90' then p90_value
        when 'max' then max_value
    end as base_value,
    max_value,
    min_value
from summarised
