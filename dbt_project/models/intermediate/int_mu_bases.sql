-- What a firm's value is measured against: statistics over the firms that have a value, one row per scheme, group,
-- indicator and scope of the base. Means and totals over decimals, so that the order of rows never matters.
with observed as (

    select
        uses.scheme,
        uses.scheme_group,
        uses.indicator,
        {{ base_scope('uses', 'observed') }} as base_scope,
        uses.base_stat,
        uses.base_times,
        observed.indicator_value,
        observed.numerator,
        observed.denominator
    from {{ ref('int_mu_values') }} as observed
    inner join {{ parameter('scheme_indicator') }} as uses
        on
            observed.scheme = uses.scheme
            and observed.scheme_group = uses.scheme_group
            and observed.indicator = uses.indicator
            and observed.year_offset = uses.base_year_offset
    where uses.base_stat is not null and observed.indicator_value is not null

),

summarised as (

    select
        scheme,
        scheme_group,
        indicator,
        base_scope,
        max(base_stat) as base_stat,
        max(base_times) as base_times,
        count(*) as observed_units,
        cast(sum(cast(indicator_value as decimal(38, 18))) as double) / count(*) as mean_value,
        cast(sum(numerator) as double) / nullif(cast(sum(denominator) as double), cast(0 as double)) as pooled_value,
        percentile_cont(0.5) within group (order by case when base_stat = 'median' then indicator_value end)
            as median_value,
        percentile_cont(0.9) within group (order by case when base_stat = 'p90' then indicator_value end) as p90_value,
        max(indicator_value) as max_value,
        min(indicator_value) as min_value
    from observed
    group by scheme, scheme_group, indicator, base_scope

)

select
    scheme,
    scheme_group,
    indicator,
    base_scope,
    observed_units,
    cast(base_times as double) * case base_stat
        when 'mean' then mean_value
        when 'pooled_mean' then pooled_value
        when 'median' then median_value
        when 'p90' then p90_value
        when 'max' then max_value
    end as base_value,
    max_value,
    min_value
from summarised
