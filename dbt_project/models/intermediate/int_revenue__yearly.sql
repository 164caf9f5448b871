-- A firm's revenue of a whole year: the annual report, else the cumulative figure of December.
with reported as (

    select
        enterprise_id,
        cast(_period as int) as data_year,
        revenue_wan,
        '年报' as revenue_source,
        1 as preference,
        _received_at,
        _published_on,
        _file_id,
        _sheet,
        _row,
        _is_simulated
    from {{ ref('stg_statistics__annual_financials') }}
    where length(_period) = 4 and revenue_wan is not null

    union all

    select
        enterprise_id,
        cast(substring(_period, 1, 4) as int) as data_year,
        revenue_ytd_wan as revenue_wan,
        '12月累计' as revenue_source,
        2 as preference,
        _received_at,
        _published_on,
        _file_id,
        _sheet,
        _row,
        _is_simulated
    from {{ ref('stg_statistics__financials') }}
    where _period like '____-12' and revenue_ytd_wan is not null

)

select
    enterprise_id,
    data_year,
    revenue_wan,
    revenue_source,
    _is_simulated as is_simulated
from reported
qualify
    row_number() over (
        partition by enterprise_id, data_year
        order by
            preference, _received_at desc, _published_on desc nulls last, _file_id desc, _sheet desc, _row desc
    ) = 1
