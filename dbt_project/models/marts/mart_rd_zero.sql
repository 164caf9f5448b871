-- 研发费用“清零”与“双十强”: firms of the library without R&D, and the ten largest by amount and by intensity.
with ranked as (

    select
        rd.*,
        row_number() over (
            partition by city_code, data_year order by rd_wan desc nulls last, enterprise_id asc
        ) as place_by_amount,
        row_number() over (
            partition by city_code, data_year order by rd_intensity_pct desc nulls last, enterprise_id asc
        ) as place_by_intensity
    from {{ ref('int_rd__yearly') }} as rd

),

listed as (

    select *, 'zero' as list_kind, cast(null as bigint) as place from ranked where rd_state <> 'reported'

    union all

    select *, 'top_amount' as list_kind, place_by_amount as place
    from ranked
    where place_by_amount <= 10 and rd_wan > 0

    union all

    select *, 'top_intensity' as list_kind, place_by_intensity as place
    from ranked
    where place_by_intensity <= 10 and rd_intensity_pct > 0

)

select
    data_year,
    list_kind,
    enterprise_id,
    enterprise_name,
    reporting_unit_code,
    area_code,
    cast(place as int) as list_place,
    rd_wan,
    revenue_wan,
    rd_intensity_pct,
    rd_state,
    is_simulated
from listed
