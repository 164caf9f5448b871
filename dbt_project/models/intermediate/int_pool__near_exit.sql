-- 临退: firms in the library that may fall out of it, with the revenue of the last three years and this year's forecast.
with judged as (

    select
        members.month,
        members.data_year,
        members.enterprise_id,
        members.enterprise_name,
        members.reporting_unit_code,
        members.operating_status,
        one_ago.revenue_wan as revenue_1y_ago_wan,
        two_ago.revenue_wan as revenue_2y_ago_wan,
        three_ago.revenue_wan as revenue_3y_ago_wan,
        months.accounts_month,
        forecast.forecast_wan,
        forecast.backtest_error_pct,
        months.near_exit_revenue_wan,
        months.near_exit_forecast_wan,
        (
            members.is_simulated
            or coalesce(one_ago.is_simulated, false)
            or coalesce(forecast.is_simulated, false)
        ) as is_simulated
    from {{ ref('int_library__members') }} as members
    inner join {{ ref('int_pool__months') }} as months
        on members.month = months.month
    left join {{ ref('int_revenue__yearly') }} as one_ago
        on members.enterprise_id = one_ago.enterprise_id and members.data_year - 1 = one_ago.data_year
    left join {{ ref('int_revenue__yearly') }} as two_ago
        on members.enterprise_id = two_ago.enterprise_id and members.data_year - 2 = two_ago.data_year
    left join {{ ref('int_revenue__yearly') }} as three_ago
        on members.enterprise_id = three_ago.enterprise_id and members.data_year - 3 = three_ago.data_year
    left join {{ ref('mart_revenue_forecast') }} as forecast
        on members.enterprise_id = forecast.enterprise_id and months.accounts_month = forecast.month

)

select
    month,
    enterprise_id as member_id,
    enterprise_id,
    enterprise_name,
    reporting_unit_code,
    concat_ws(
        '；',
        case when revenue_1y_ago_wan < near_exit_revenue_wan then '上年营业收入临近退规' end,
        case when forecast_wan < near_exit_forecast_wan then '预计当年营业收入跌破规模标准' end,
        case when operating_status in ('停产', '半停产') then operating_status end
    ) as reason,
    concat_ws(
        '；',
        (
            '近三年营业收入：'
            || cast(data_year - 3 as string)
            || '年'
            || coalesce({{ wan_text('revenue_3y_ago_wan') }}, '无数')
            || '、'
            || cast(data_year - 2 as string)
            || '年'
            || coalesce({{ wan_text('revenue_2y_ago_wan') }}, '无数')
            || '、'
            || cast(data_year - 1 as string)
            || '年'
            || coalesce({{ wan_text('revenue_1y_ago_wan') }}, '无数')
        ),
        (
            '按'
            || accounts_month
            || '累计预计全年'
            || {{ wan_text('forecast_wan') }}
            || coalesce((
                '（往年同月预计平均误差'
                || cast(cast(round(backtest_error_pct, 1) as decimal(20, 1)) as string)
                || '%）'
            ), '（无往年误差可比）')
        )
    ) as evidence,
    coalesce(forecast_wan, revenue_1y_ago_wan) as decisive_wan,
    revenue_1y_ago_wan,
    revenue_2y_ago_wan,
    revenue_3y_ago_wan,
    forecast_wan,
    backtest_error_pct,
    is_simulated
from judged
where
    revenue_1y_ago_wan < near_exit_revenue_wan
    or forecast_wan < near_exit_forecast_wan
    or operating_status in ('停产', '半停产')
