-- Land by parcel and user, with firms identified and each tenant linked to who holds the ground: as stated, else the one
-- firm that lets it, else the one firm that owns the parcel, else the landlord of the tenant's plant on it.
with parcels as (

    select * from {{ identified('land_parcels') }} as land

),

lessors as (

    select
        _period,
        parcel_no,
        min(enterprise_id) as lessor_id
    from parcels
    where tenure = 'leased_out' and enterprise_id is not null
    group by _period, parcel_no
    having count(distinct enterprise_id) = 1

),

owners as (

    select
        _period,
        parcel_no,
        min(enterprise_id) as owner_id
    from parcels
    where
        tenure = 'own'
        and enterprise_id is not null
        and (holder_id is null or holder_id = enterprise_id)
    group by _period, parcel_no
    having count(distinct enterprise_id) = 1

),

landlords as (

    select
        _period,
        parcel_no,
        tenant_id,
        min(landlord_id) as landlord_id
    from {{ identified('plant_leases') }} as leases
    where parcel_no is not null and tenant_id is not null and landlord_id is not null
    group by _period, parcel_no, tenant_id
    having count(distinct landlord_id) = 1

)

select
    parcels.parcel_no,
    parcels.enterprise_id,
    parcels.enterprise_name,
    case
        when parcels.holder_id is not null then parcels.holder_id
        when parcels.tenure = 'leased_in' then coalesce(lessors.lessor_id, owners.owner_id, landlords.landlord_id)
    end as holder_id,
    case
        when parcels.holder_id is not null then 'stated'
        when parcels.tenure <> 'leased_in' then null
        when lessors.lessor_id is not null then 'lessor'
        when owners.owner_id is not null then 'owner'
        when landlords.landlord_id is not null then 'landlord'
    end as holder_basis,
    parcels.area_mu,
    parcels.tenure,
    parcels._period,
    parcels._period_kind,
    parcels._published_on,
    parcels._received_at,
    parcels._sender,
    parcels._file_id,
    parcels._file_name,
    parcels._sheet,
    parcels._row,
    parcels._is_simulated
from parcels
left join lessors
    on parcels._period = lessors._period and parcels.parcel_no = lessors.parcel_no
left join owners
    on parcels._period = owners._period and parcels.parcel_no = owners.parcel_no
left join landlords
    on
        parcels._period = landlords._period
        and parcels.parcel_no = landlords.parcel_no
        and parcels.enterprise_id = landlords.tenant_id
