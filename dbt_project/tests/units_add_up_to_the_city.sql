-- The reporting units are disjoint: with the firms that no register knows they add up to the city.
with units as (

    select
        grouped.city_code,
        grouped.period,
        grouped.period_kind,
        sum(grouped.reporting_enterprises) as firms,
        sum(grouped.output_wan) as output_wan
    from {{ ref('int_operation__grouped') }} as grouped
    where grouped.breakdown = 'total' and grouped.area_code <> grouped.city_code
    group by grouped.city_code, grouped.period, grouped.period_kind

)

select
    units.*,
    mart.reporting_enterprises,
    mart.output_wan as city_output_wan
from units
inner join {{ ref('mart_operation_monthly') }} as mart
    on
        units.city_code = mart.reporting_unit_code
        and units.period = mart.period
        and units.period_kind = mart.period_kind
        and mart.breakdown = 'total'
where units.firms <> mart.reporting_enterprises or units.output_wan <> mart.output_wan
