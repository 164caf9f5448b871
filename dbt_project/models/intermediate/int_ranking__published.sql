-- Ranks as somebody published them, never computed here: in the province, in 皖北, in the city.
with stated as (

    select
        growth.area_code,
        growth._period as period,
        growth.period_kind,
        coalesce(alias.indicator, growth.indicator) as indicator,
        '速度' as aspect,
        growth.rank_scope,
        growth.growth_pct as value,
        growth.rank,
        growth.is_tied,
        60 as maturity_rank,
        growth._received_at as received_at,
        concat_ws('', growth._sender, '：', growth._file_name) as source,
        growth._is_simulated as is_simulated
    from {{ ref('stg_statistics__industry_growth') }} as growth
    left join {{ parameter('indicator_alias') }} as alias
        on trim(split_part(split_part(growth.indicator, '(', 1), '（', 1)) = alias.indicator_alias
    where growth.rank is not null and growth.rank_scope <> '无'

    union all

    select
        figures.area_code,
        figures._period as period,
        figures.period_kind,
        coalesce(alias.indicator, figures.indicator) as indicator,
        figures.aspect,
        figures.rank_scope,
        cast(null as decimal(24, 8)) as value,
        cast(figures.value as bigint) as rank,
        cast(null as boolean) as is_tied,
        figures.maturity_rank,
        figures._received_at as received_at,
        figures.source,
        figures._is_simulated as is_simulated
    from (
        select
            published.area_code,
            published._period,
            published.period_kind,
            replace(substring(published.indicator, 1, length(published.indicator) - 4), '增速', '') as indicator,
            case when published.indicator like '%增速%' then '速度' else '总量' end as aspect,
            substring(published.indicator, length(published.indicator) - 3, 2) as rank_scope,
            published.value,
            published.source,
            coalesce(maturity.maturity_rank, 0) as maturity_rank,
            published._received_at,
            published._is_simulated
        from {{ ref('stg_public__published_figures') }} as published
        left join {{ parameter('data_maturity') }} as maturity
            on published.vintage = maturity.vintage
        where
            published.kind = 'rank'
            and (
                published.indicator like '%全省位次'
                or published.indicator like '%皖北位次'
                or published.indicator like '%全市位次'
            )
    ) as figures
    left join {{ parameter('indicator_alias') }} as alias
        on figures.indicator = alias.indicator_alias

)

select
    stated.area_code,
    stated.period,
    stated.period_kind,
    stated.indicator,
    stated.aspect,
    stated.rank_scope,
    case when stated.aspect = '速度' then coalesce(stated.value, growth.growth_pct) end as value,
    stated.rank,
    stated.is_tied,
    stated.source,
    stated.is_simulated
from stated
left join {{ ref('int_growth__published') }} as growth
    on
        stated.area_code = growth.area_code
        and stated.period = growth.period
        and stated.period_kind = growth.period_kind
        and stated.indicator = growth.indicator
qualify
    row_number() over (
        partition by
            stated.area_code, stated.period, stated.period_kind, stated.indicator, stated.aspect, stated.rank_scope
        order by stated.is_simulated asc, stated.maturity_rank desc, stated.received_at desc, stated.source desc, stated.rank asc
    ) = 1
