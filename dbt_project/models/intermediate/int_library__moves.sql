-- What changes the number of firms in the library: entries, exits and moves between reporting units, for each
-- reporting unit and for the city, where moves inside it cancel out.
with places as (

    select
        members.month_index,
        members.month,
        members.enterprise_id,
        members.library_entry_month,
        members.library_entry_route,
        members.library_exit_month,
        members.exit_class,
        members.is_simulated,
        case when levels.level = 'unit' then members.reporting_unit_code else {{ city_of('members.reporting_unit_code') }} end
            as reporting_unit_code
    from {{ ref('int_library__members') }} as members
    cross join (select 'unit' as level union all select 'city') as levels
    where
        members.is_registered
        and (levels.level = 'unit' or members.reporting_unit_code <> {{ city_of('members.reporting_unit_code') }})

),

first_month as (

    select min(month_index) as month_index from {{ ref('int_month__spine') }}

)

select
    places.month_index,
    places.reporting_unit_code,
    'stock' as move,
    places.enterprise_id,
    places.is_simulated
from places

union all

select
    places.month_index,
    places.reporting_unit_code,
    'entered_' || coalesce(places.library_entry_route, 'unstated') as move,
    places.enterprise_id,
    places.is_simulated
from places
where places.month = places.library_entry_month

union all

select
    places.month_index + 1 as month_index,
    places.reporting_unit_code,
    'exited_' || places.exit_class as move,
    places.enterprise_id,
    places.is_simulated
from places
where {{ month_number('places.library_exit_month') }} = places.month_index + 1

union all

select
    places.month_index,
    places.reporting_unit_code,
    'moved_in' as move,
    places.enterprise_id,
    places.is_simulated
from places
inner join first_month
    on places.month_index > first_month.month_index
left join places as before
    on
        places.enterprise_id = before.enterprise_id
        and places.library_entry_month = before.library_entry_month
        and places.month_index - 1 = before.month_index
        and places.reporting_unit_code = before.reporting_unit_code
where places.month > places.library_entry_month and before.enterprise_id is null

union all

select
    places.month_index + 1 as month_index,
    places.reporting_unit_code,
    'moved_away' as move,
    places.enterprise_id,
    places.is_simulated
from places
inner join (select max(month_index) as month_index from places) as last_month
    on places.month_index < last_month.month_index
left join places as after
    on
        places.enterprise_id = after.enterprise_id
        and places.library_entry_month = after.library_entry_month
        and places.month_index + 1 = after.month_index
        and places.reporting_unit_code = after.reporting_unit_code
where
    coalesce({{ month_number('places.library_exit_month') }} > places.month_index + 1, true)
    and after.enterprise_id is null
