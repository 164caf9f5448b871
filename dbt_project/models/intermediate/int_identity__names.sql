-- Every name that a registered firm has or had, in every county it was registered in. A firm that changed its code is
-- known by its present one.
with last_months as (

    select
        enterprise_id,
        max(last_month) as last_month
    from {{ ref('int_registry__names') }}
    group by enterprise_id

),

told as (

    select
        listed.enterprise_id,
        listed.enterprise_name as known_name,
        listed.area_code,
        listed.last_month = last_months.last_month as is_present,
        listed.is_simulated
    from {{ ref('int_registry__names') }} as listed
    inner join last_months
        on listed.enterprise_id = last_months.enterprise_id

    union all

    select
        enterprise_id,
        part as known_name,
        area_code,
        false as is_present,
        _is_simulated as is_simulated
    from {{ parts_of(
        ref('stg_statistics__enterprise_registry'), ['enterprise_id', 'area_code', '_is_simulated'], 'former_names'
    ) }} as former

),

spelled as (

    select
        {{ plain_text('told.known_name') }} as plain_name,
        coalesce(codes.enterprise_id, told.enterprise_id) as enterprise_id,
        told.area_code,
        told.known_name,
        told.is_present and codes.enterprise_id is null as is_present,
        told.is_simulated
    from told
    left join {{ ref('int_identity__codes') }} as codes
        on told.enterprise_id = codes.former_id

)

select
    plain_name,
    enterprise_id,
    area_code,
    min(known_name) as known_name,
    bool_or(is_present) as is_present,
    bool_or(is_simulated) as is_simulated
from spelled
where plain_name <> '' and area_code <> ''
group by plain_name, enterprise_id, area_code
