-- The figures of each evaluated unit: those of its firms added up. A lease between two firms of one unit moves no land:
-- what the holder's own area already holds counts once.
with parcels as (

    select
        units.scheme,
        units.data_year,
        units.unit_id,
        parcel.parcel_no,
        max(case when parcel.tenure = 'own' then units.enterprise_id end) as owner_id,
        sum(case when parcel.tenure = 'own' then parcel.area_mu else 0 end) as own_mu,
        sum(case when parcel.tenure = 'leased_out' then parcel.area_mu else 0 end) as leased_out_mu,
        sum(case when parcel.tenure = 'leased_in' and holder.unit_id is not null then parcel.area_mu else 0 end)
            as leased_inside_mu,
        bool_or(parcel.is_simulated) as is_simulated
    from {{ ref('int_mu_units') }} as units
    inner join {{ parameter('scheme') }} as scheme
        on units.scheme = scheme.scheme
    inner join {{ ref('int_land_parcels__yearly') }} as parcel
        on units.enterprise_id = parcel.enterprise_id and units.data_year = parcel.data_year
    left join {{ ref('int_mu_units') }} as holder
        on
            units.scheme = holder.scheme
            and units.data_year = holder.data_year
            and units.unit_id = holder.unit_id
            and parcel.holder_id = holder.enterprise_id
            and parcel.holder_id <> parcel.enterprise_id
    where scheme.is_land_merged or scheme.is_group_consolidated
    group by units.scheme, units.data_year, units.unit_id, parcel.parcel_no

),

inside as (

    select
        parcels.scheme,
        parcels.data_year,
        parcels.owner_id as enterprise_id,
        cast(
            sum(
                coalesce(leased_in.coefficient, 0) * -parcels.leased_inside_mu
                + coalesce(leased_out.coefficient, 0) * -least(parcels.leased_out_mu, parcels.leased_inside_mu)
            ) as decimal(24, 8)
        ) as correction
    from parcels
    left join {{ parameter('scheme_part') }} as leased_in
        on
            parcels.scheme = leased_in.scheme
            and leased_in.measure = 'land_mu'
            and leased_in.measure_part = 'land_leased_in_mu'
    left join {{ parameter('scheme_part') }} as leased_out
        on
            parcels.scheme = leased_out.scheme
            and leased_out.measure = 'land_mu'
            and leased_out.measure_part = 'land_leased_out_mu'
    where parcels.own_mu > 0 and parcels.leased_inside_mu > 0
    group by parcels.scheme, parcels.data_year, parcels.owner_id

)

select
    chosen.scheme,
    chosen.data_year,
    chosen.unit_id,
    chosen.measure,
    cast(
        sum(chosen.measure_value + coalesce(inside.correction, cast(0 as decimal(24, 8)))) as decimal(24, 8)
    ) as measure_value,
    case when min(chosen.figure_source) = max(chosen.figure_source) then min(chosen.figure_source) else 'mixed' end
        as figure_source,
    case when min(chosen.measure_method) = max(chosen.measure_method) then min(chosen.measure_method) else 'mixed' end
        as measure_method,
    max(chosen.data_use) as data_use,
    count(*) as firms,
    bool_or(chosen.is_simulated) as is_simulated
from {{ ref('int_mu_figures') }} as chosen
left join inside
    on
        chosen.scheme = inside.scheme
        and chosen.data_year = inside.data_year
        and chosen.enterprise_id = inside.enterprise_id
        and chosen.measure = 'land_mu'
        and chosen.figure_source = 'administrative'
group by chosen.scheme, chosen.data_year, chosen.unit_id, chosen.measure
