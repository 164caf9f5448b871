-- Growth as somebody published it: the statistics bureau's monthly table and public bulletins. Never computed here.
with stated as (

    select
        growth.area_code,
        alias.indicator,
        growth._period as period,
        growth.period_kind,
        growth.growth_pct,
        concat_ws('', growth._sender, '：', growth._file_name) as source,
        'industry_growth' as source_kind,
        60 as maturity_rank,
        growth._received_at as received_at,
        growth._is_simulated as is_simulated
    from {{ ref('stg_statistics__industry_growth') }} as growth
    inner join {{ parameter('indicator_alias') }} as alias
        on trim(split_part(split_part(growth.indicator, '(', 1), '（', 1)) = alias.indicator_alias
    where growth.growth_pct is not null

    union all

    -- The province's figure stands beside the city's own.
    select
        area.parent_area_code as area_code,
        alias.indicator,
        growth._period as period,
        growth.period_kind,
        growth.province_growth_pct as growth_pct,
        concat_ws('', growth._sender, '：', growth._file_name) as source,
        'industry_growth' as source_kind,
        60 as maturity_rank,
        growth._received_at as received_at,
        growth._is_simulated as is_simulated
    from {{ ref('stg_statistics__industry_growth') }} as growth
    inner join {{ parameter('indicator_alias') }} as alias
        on trim(split_part(split_part(growth.indicator, '(', 1), '（', 1)) = alias.indicator_alias
    inner join {{ ref('dim_area') }} as area
        on growth.area_code = area.area_code and area.area_level = 'city'
    where growth.province_growth_pct is not null and area.parent_area_code is not null

    union all

    select
        figures.area_code,
        alias.indicator,
        figures._period as period,
        figures.period_kind,
        figures.value as growth_pct,
        figures.source,
        'published_figures' as source_kind,
        coalesce(maturity.maturity_rank, 0) as maturity_rank,
        figures._received_at as received_at,
        figures._is_simulated as is_simulated
    from {{ ref('stg_public__published_figures') }} as figures
    inner join {{ parameter('indicator_alias') }} as alias
        on trim(split_part(split_part(figures.indicator, '(', 1), '（', 1)) = alias.indicator_alias
    left join {{ parameter('data_maturity') }} as maturity
        on figures.vintage = maturity.vintage
    where figures.kind = 'yoy_pct' and figures.unit = '%'

)

select
    area_code,
    indicator,
    period,
    period_kind,
    growth_pct,
    source_kind,
    source,
    is_simulated
from stated
-- A real figure goes before a simulated one, then the more mature, then the newest received.
qualify
    row_number() over (
        partition by area_code, indicator, period, period_kind
        order by is_simulated asc, maturity_rank desc, received_at desc, source_kind asc, source desc, growth_pct desc
    ) = 1
