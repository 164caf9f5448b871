-- The ladder of cultivation, rung by rung and year by year: holders at the year's end, new, renewed, lapsed, and how
-- many of the new ones came up from a lower rung.
with placed as (

    select
        held.*,
        case when levels.level = 'unit' then held.reporting_unit_code else {{ city_of('held.reporting_unit_code') }} end
            as place_code
    from {{ ref('int_ladder__held') }} as held
    cross join (select 'unit' as level union all select 'city') as levels
    where
        held.reporting_unit_code is not null
        and (levels.level = 'unit' or held.reporting_unit_code <> {{ city_of('held.reporting_unit_code') }})

),

grid as (

    select
        places.data_year,
        places.place_code,
        places.is_simulated,
        rungs.rung_no,
        rungs.rung,
        rungs.set_by
    from (
        select
            data_year,
            place_code,
            bool_or(is_simulated) as is_simulated
        from placed
        group by data_year, place_code
    ) as places
    inner join (
        select
            from_year,
            to_year,
            rung_no,
            max(rung) as rung,
            max(set_by) as set_by
        from {{ parameter('cultivation_ladder') }}
        group by from_year, to_year, rung_no
    ) as rungs
        on {{ in_force('rungs', 'places.data_year') }}

)

select
    grid.data_year,
    grid.place_code as reporting_unit_code,
    max(units.area_name) as reporting_unit_name,
    grid.rung_no,
    max(grid.rung) as rung,
    count(case when placed.is_held then 1 end) as holders,
    count(case when placed.is_new then 1 end) as newly_granted,
    count(case when placed.is_renewed then 1 end) as renewed,
    count(case when placed.is_lapsed then 1 end) as lapsed,
    count(case when placed.is_new and placed.came_from_rung_no is not null then 1 end) as moved_up,
    max(grid.set_by) as set_by,
    bool_or(grid.is_simulated) as is_simulated
from grid
left join placed
    on grid.data_year = placed.data_year and grid.place_code = placed.place_code and grid.rung_no = placed.rung_no
left join {{ ref('dim_area') }} as units
    on grid.place_code = units.area_code
group by grid.data_year, grid.place_code, grid.rung_no
