-- The accounts table of the statistics bureau in 亿元. Shares rest on current prices only, so the constant-price
-- columns of the extract are left out here on purpose; real growth is taken as published.
select
    area_code,
    area_name,
    case when length(_period) = 4 then 'year' else 'quarter' end as frequency,
    _period as period,
    cast(gdp_wan * 0.0001 as decimal(24, 8)) as gdp_yi,
    cast(industry_wan * 0.0001 as decimal(24, 8)) as industry_yi,
    cast(manufacturing_wan * 0.0001 as decimal(24, 8)) as manufacturing_yi,
    manufacturing_real_growth_pct,
    data_maturity as maturity,
    _received_at as received_at,
    _file_id as file_id,
    _is_simulated as is_simulated
from {{ ref('stg_statistics__gdp_accounts') }}
-- Two senders may hold one area's accounts (the city and the county): the newest received counts.
qualify
    row_number() over (
        partition by area_code, _period
        order by _received_at desc, _published_on desc nulls last, _file_id desc, _sheet desc, _row desc
    ) = 1
