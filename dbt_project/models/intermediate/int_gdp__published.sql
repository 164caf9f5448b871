-- Published figures turned into one row per area and period. An indicator that was published several times (预计数,
-- 初步核算, …) counts in its most mature version; equal maturity: the newest received, then the source's name.
with figures as (

    select
        figures.area_code,
        figures.area_name,
        figures.indicator,
        figures.kind,
        figures.value,
        figures.unit,
        figures.source,
        maturity.maturity,
        coalesce(maturity.maturity, figures.vintage) as stated_maturity,
        coalesce(maturity.maturity_rank, 0) as maturity_rank,
        figures._received_at,
        figures._is_simulated,
        case
            when figures.period_kind = 'year' then 'year'
            else 'quarter'
        end as frequency,
        case
            when figures.period_kind = 'year' then figures._period
            else concat_ws(
                '', substring(figures._period, 1, 4), 'Q', cast(cast(substring(figures._period, 6, 2) as int) / 3 as int)
            )
        end as period,
        case
            when figures.indicator like '地区生产总值%' and figures.kind = 'level' then 'gdp_yi'
            when figures.indicator = '工业增加值' and figures.kind = 'level' then 'industry_yi'
            when figures.indicator = '制造业增加值' and figures.kind = 'level' then 'manufacturing_yi'
            when figures.indicator = '工业增加值占GDP比重' then 'industry_share_pct'
            when figures.indicator = '制造业增加值占GDP比重' then 'share_pct'
        end as item
    from {{ ref('stg_public__published_figures') }} as figures
    left join {{ parameter('data_maturity') }} as maturity
        on figures.vintage = maturity.vintage
    where
        figures.period_kind = 'year'
        or (figures.period_kind = 'cumulative' and substring(figures._period, 6, 2) in ('03', '06', '09', '12'))

),

-- A level in another unit than 亿元 is converted, never guessed; one in an unknown unit does not count.
in_yi as (

    select
        *,
        case
            when kind = 'level' and unit = '亿元' then value
            when kind = 'level' and unit = '万元' then cast(value * 0.0001 as decimal(24, 8))
            when kind = 'share_pct' and unit = '%' then value
        end as amount
    from figures
    where item is not null

),

newest as (

    select *
    from in_yi
    where amount is not null
    qualify
        row_number() over (
            partition by area_code, frequency, period, item
            order by maturity_rank desc, _received_at desc, source desc, amount desc
        ) = 1

)

select
    area_code,
    max(area_name) as area_name,
    frequency,
    period,
    max(case when item = 'gdp_yi' then amount end) as gdp_yi,
    max(case when item = 'industry_yi' then amount end) as industry_yi,
    max(case when item = 'manufacturing_yi' then amount end) as manufacturing_yi,
    -- Levels of two vintages make no share: a census may have restated the one and not the other.
    max(case when item = 'manufacturing_yi' then stated_maturity end)
    = max(case when item = 'gdp_yi' then stated_maturity end) as is_manufacturing_of_one_vintage,
    max(case when item = 'industry_yi' then stated_maturity end)
    = max(case when item = 'gdp_yi' then stated_maturity end) as is_industry_of_one_vintage,
    cast(max(case when item = 'industry_share_pct' then amount end) as decimal(9, 4)) as industry_share_pct,
    cast(max(case when item = 'share_pct' then amount end) as decimal(9, 4)) as share_pct,
    max(case when item = 'share_pct' then source end) as share_source,
    max_by(maturity, concat_ws('', lpad(cast(maturity_rank as string), 3, '0'), maturity)) as maturity,
    max(_received_at) as received_at,
    bool_or(_is_simulated) as is_simulated
from newest
group by area_code, frequency, period
