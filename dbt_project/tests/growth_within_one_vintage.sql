-- Nothing is derived across vintages: what is divided or subtracted comes from one file, one publication or one
-- maturity. Looked up again from what was received, not from how the marts are computed.
with levels as (

    select
        area_code,
        period,
        substring(period, 5, 2) as part,
        {{ year_of('period') }} as data_year,
        file_id as publication,
        maturity
    from {{ ref('int_gdp__accounts') }}

),

multiples as (

    select
        doubling.area_code,
        doubling.period,
        doubling.measure as figure,
        this_level.publication,
        this_level.maturity,
        base.publication as base_publication,
        base.maturity as base_maturity
    from {{ ref('mart_doubling') }} as doubling
    inner join levels as this_level
        on doubling.area_code = this_level.area_code and doubling.period = this_level.period
    inner join levels as base
        on
            doubling.area_code = base.area_code
            and doubling.base_year = base.data_year
            and base.part = case
                when doubling.measure = 'ttm' and length(doubling.period) = 6 then 'Q4' else this_level.part
            end
    where
        doubling.indicator = 'manufacturing_value_added'
        and doubling.price_basis = 'nominal'
        and doubling.multiple is not null

),

shares as (

    select
        area_code,
        period,
        {{ year_of('period') }} as data_year,
        substring(period, 5, 2) as part,
        file_id as publication,
        'accounts' as source_kind
    from {{ ref('int_gdp__accounts') }}

    union all

    select
        area_code,
        period,
        {{ year_of('period') }} as data_year,
        substring(period, 5, 2) as part,
        share_source as publication,
        'published' as source_kind
    from {{ ref('int_gdp__published') }}

)

select
    area_code,
    period,
    figure
from multiples
where publication <> base_publication and coalesce(maturity <> base_maturity, true)

union all

select
    mart.area_code,
    mart.period,
    'yoy_pp' as figure
from {{ ref('mart_manufacturing_share') }} as mart
left join shares as now
    on mart.area_code = now.area_code and mart.period = now.period and mart.source_kind = now.source_kind
left join shares as last_year
    on
        mart.area_code = last_year.area_code
        and now.part = last_year.part
        and now.data_year - 1 = last_year.data_year
        and mart.source_kind = last_year.source_kind
where mart.yoy_pp is not null and coalesce(now.publication <> last_year.publication, true)
