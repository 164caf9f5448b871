-- A lease between two firms of one unit moves no land: what the holder's own area already holds counts once. One row
-- per holder whose land figure is drawn from the parcels, with what to add to it.
{{ config(meta={'by_scheme': 'scheme_key'}) }}
with parcels as (

    select
        units.scheme_key,
        units.unit_no,
        parcel.parcel_no,
        max(case when parcel.tenure = 'own' then units.firm_no end) as firm_no,
        sum(case when parcel.tenure = 'own' then parcel.area_mu else 0 end) as own_mu,
        sum(case when parcel.tenure = 'leased_out' then parcel.area_mu else 0 end) as leased_out_mu,
        sum(case when parcel.tenure = 'leased_in' and holder.unit_no is not null then parcel.area_mu else 0 end)
            as leased_inside_mu
    from {{ ref('int_mu_units') }} as units
    inner join {{ parameter('scheme') }} as scheme
        on units.scheme = scheme.scheme
    inner join {{ ref('int_land_parcels__yearly') }} as parcel
        on units.enterprise_id = parcel.enterprise_id and units.data_year = parcel.data_year
    left join {{ ref('int_mu_units') }} as holder
        on
            units.unit_no = holder.unit_no
            and nullif(parcel.holder_id, parcel.enterprise_id) = holder.enterprise_id
    where {{ is_made('units.scheme_key') }} and (scheme.is_land_merged or scheme.is_group_consolidated)
    group by units.scheme_key, units.unit_no, parcel.parcel_no

),

parts as (

    select
        scheme_key,
        max(measure_key) as measure_key,
        sum(case when measure_part = 'land_leased_in_mu' then coefficient else 0 end) as leased_in,
        sum(case when measure_part = 'land_leased_out_mu' then coefficient else 0 end) as leased_out
    from {{ ref('int_mu_parts') }}
    where measure = 'land_mu'
    group by scheme_key

),

inside as (

    select
        parcels.scheme_key,
        parcels.unit_no,
        parcels.firm_no,
        parts.measure_key,
        cast(
            sum(
                parts.leased_in * -parcels.leased_inside_mu
                + parts.leased_out * -least(parcels.leased_out_mu, parcels.leased_inside_mu)
            ) as decimal(24, 8)
        ) as measure_value
    from parcels
    inner join parts
        on parcels.scheme_key = parts.scheme_key
    where parcels.own_mu > 0 and parcels.leased_inside_mu > 0
    group by parcels.scheme_key, parcels.unit_no, parcels.firm_no, parts.measure_key

)

select
    inside.scheme_key,
    inside.unit_no,
    inside.firm_no,
    inside.measure_key,
    inside.measure_value
from inside
inner join {{ ref('int_mu_figures') }} as figure
    on inside.firm_no = figure.firm_no and inside.measure_key = figure.measure_key
inner join {{ ref('int_mu_units') }} as units
    on inside.firm_no = units.firm_no
inner join {{ ref('int_mu_origins') }} as origin
    on units.data_year = origin.data_year and figure.origin_no = origin.origin_no
where origin.figure_source = 'administrative'
