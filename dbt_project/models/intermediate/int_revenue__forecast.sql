-- Full-year revenue as it could be foreseen in each month, from what lay before that month only: so every past row is a
-- back-test of its own.
{{ config(meta={'by_period': {
    'column': 'month',
    'follows': {'financials': 'since_year', 'annual_financials': 'since_year', 'enterprise_registry': 'firms'},
    'firms': 'int_registry__begun',
}}) }}
with reported as (

    select
        enterprise_id,
        _period as month,
        cast(substring(_period, 1, 4) as int) as data_year,
        cast(substring(_period, 6, 2) as int) as month_of_year,
        revenue_ytd_wan,
        _is_simulated as is_simulated
    from {{ newest_by(ref('stg_statistics__financials'), ['enterprise_id'], where='revenue_ytd_wan is not null') }}
        as newest
    where length(_period) = 7

),

made as (

    select * from reported
    where {{ is_made('month') }}

),

rules as (

    select
        from_year,
        to_year,
        max(case when rule = 'seasonal_years' then rule_value end) as seasonal_years,
        max(case when rule = 'seasonal_min_years' then rule_value end) as seasonal_min_years
    from {{ parameter('pool_rule') }}
    group by from_year, to_year

),

-- The part of the year's revenue that earlier years had by the same month.
shares as (

    select
        this_month.enterprise_id,
        this_month.month,
        count(*) as seasonal_years,
        percentile_cont(0.5) within group (
            order by cast(before.revenue_ytd_wan as double) / cast(whole.revenue_wan as double)
        ) as median_share
    from made as this_month
    inner join rules
        on {{ in_force('rules', 'this_month.data_year') }}
    inner join reported as before
        on
            this_month.enterprise_id = before.enterprise_id
            and this_month.month_of_year = before.month_of_year
            and before.data_year < this_month.data_year
            and before.data_year >= this_month.data_year - rules.seasonal_years
    inner join {{ ref('int_revenue__yearly') }} as whole
        on before.enterprise_id = whole.enterprise_id and before.data_year = whole.data_year
    where whole.revenue_wan > 0
    group by this_month.enterprise_id, this_month.month, rules.seasonal_min_years
    having count(*) >= rules.seasonal_min_years

),

paced as (

    select
        made.*,
        shares.seasonal_years,
        {{ to_decimal('shares.median_share', 'decimal(18, 8)') }} as seasonal_share,
        -- A firm that began to produce within the year has had fewer months, and has fewer in its year.
        case
            when
                substring(begun.production_begun_month, 1, 4) = substring(made.month, 1, 4)
                and begun.production_begun_month <= made.month
                then cast(substring(begun.production_begun_month, 6, 2) as int)
            else 1
        end as first_month
    from made
    left join shares
        on made.enterprise_id = shares.enterprise_id and made.month = shares.month
    left join {{ ref('int_registry__begun') }} as begun
        on made.enterprise_id = begun.enterprise_id

)

select
    paced.enterprise_id,
    paced.month,
    paced.data_year,
    paced.month_of_year,
    paced.revenue_ytd_wan,
    case
        when paced.month_of_year = 12 then 'whole_year'
        when paced.seasonal_share > 0 then 'seasonal'
        else 'linear'
    end as forecast_method,
    paced.seasonal_share,
    cast(coalesce(paced.seasonal_years, 0) as int) as seasonal_years,
    case
        when paced.month_of_year = 12 then paced.revenue_ytd_wan
        when paced.seasonal_share > 0
            then cast(round({{ safe_divide('paced.revenue_ytd_wan', 'paced.seasonal_share') }}, 2) as decimal(24, 8))
        else cast(round(
            {{ safe_divide(
                'paced.revenue_ytd_wan * (13 - paced.first_month)', 'paced.month_of_year - paced.first_month + 1'
            ) }}, 2
        ) as decimal(24, 8))
    end as forecast_wan,
    actual.revenue_wan as actual_wan,
    paced.is_simulated
from paced
left join {{ ref('int_revenue__yearly') }} as actual
    on paced.enterprise_id = actual.enterprise_id and paced.data_year = actual.data_year
