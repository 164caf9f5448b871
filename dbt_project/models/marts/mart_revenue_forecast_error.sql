-- The back-test: for each month of the year, how far the forecasts of past years lay from what the year brought.
with tested as (

    select
        forecast_method,
        month_of_year,
        data_year,
        count(*) as cases,
        sum(abs(forecast_wan - actual_wan)) as absolute_error_wan,
        sum(forecast_wan - actual_wan) as error_wan,
        sum(actual_wan) as actual_wan,
        bool_or(is_simulated) as is_simulated
    from {{ ref('int_revenue__forecast') }}
    where forecast_method <> 'whole_year' and actual_wan is not null
    group by forecast_method, month_of_year, data_year

)

select
    forecast_method,
    month_of_year,
    data_year,
    cast(cases as bigint) as cases,
    {{ pct('absolute_error_wan', 'actual_wan') }} as mean_error_pct,
    {{ pct('error_wan', 'actual_wan') }} as bias_pct,
    is_simulated
from tested
