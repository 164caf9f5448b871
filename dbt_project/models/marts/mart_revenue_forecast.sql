-- The forecast of each firm's revenue of the year, with the error that the same method made in the same month of all
-- earlier years beside it.
with tested as (

    select
        forecast_method,
        month_of_year,
        data_year,
        abs(forecast_wan - actual_wan) as absolute_error_wan,
        actual_wan
    from {{ ref('int_revenue__forecast') }}
    where forecast_method <> 'whole_year' and actual_wan is not null

),

by_year as (

    select
        forecast_method,
        month_of_year,
        data_year,
        count(*) as cases,
        sum(absolute_error_wan) as absolute_error_wan,
        sum(actual_wan) as actual_wan
    from tested
    group by forecast_method, month_of_year, data_year

),

asked as (

    select distinct
        forecast_method,
        month_of_year,
        data_year
    from {{ ref('int_revenue__forecast') }}

),

earlier as (

    select
        asked.forecast_method,
        asked.month_of_year,
        asked.data_year,
        sum(by_year.cases) as cases,
        sum(by_year.absolute_error_wan) as absolute_error_wan,
        sum(by_year.actual_wan) as actual_wan
    from asked
    inner join by_year
        on
            asked.forecast_method = by_year.forecast_method
            and asked.month_of_year = by_year.month_of_year
            and by_year.data_year < asked.data_year
    group by asked.forecast_method, asked.month_of_year, asked.data_year

)

select
    forecast.enterprise_id,
    forecast.month,
    states.enterprise_name,
    states.reporting_unit_code,
    forecast.revenue_ytd_wan,
    forecast.forecast_method,
    forecast.seasonal_share,
    forecast.seasonal_years,
    forecast.forecast_wan,
    {{ pct('earlier.absolute_error_wan', 'earlier.actual_wan') }} as backtest_error_pct,
    cast(coalesce(earlier.cases, 0) as bigint) as backtest_cases,
    forecast.actual_wan,
    cast(100 * {{ safe_divide('forecast.forecast_wan - forecast.actual_wan', 'forecast.actual_wan') }} as decimal(18, 4))
        as forecast_deviation_pct,
    rules.set_by,
    forecast.is_simulated
from {{ ref('int_revenue__forecast') }} as forecast
left join {{ ref('int_enterprise__states') }} as states
    on
        forecast.enterprise_id = states.enterprise_id
        and forecast.month >= states.from_month
        and forecast.month < states.until_month
left join (
    select
        from_year,
        to_year,
        max(set_by) as set_by
    from {{ parameter('pool_rule') }}
    where rule = 'seasonal_years'
    group by from_year, to_year
) as rules
    on {{ in_force('rules', 'forecast.data_year') }}
left join earlier
    on
        forecast.forecast_method = earlier.forecast_method
        and forecast.month_of_year = earlier.month_of_year
        and forecast.data_year = earlier.data_year
