-- How many firms (and groups) have a revenue in each band; two sets: as the document words them, and disjoint ones.
{# Counted in the sums, not asked in the join: a bound may be open, and an OR there compares all with all. -#}
{% set in_band -%}
    (grid.lower_yi is null or entities.revenue_wan > 10000 * grid.lower_yi)
    and (grid.upper_yi is null or entities.revenue_wan <= 10000 * grid.upper_yi)
{%- endset -%}
with entities as (

    select
        revenue.data_year,
        revenue.entity,
        revenue.member_id,
        revenue.revenue_wan,
        revenue.is_simulated,
        case when levels.level = 'unit' then revenue.reporting_unit_code else {{ city_of('revenue.reporting_unit_code') }} end
            as reporting_unit_code
    from {{ ref('int_revenue__entities') }} as revenue
    cross join (select 'unit' as level union all select 'city') as levels
    where levels.level = 'unit' or revenue.reporting_unit_code <> {{ city_of('revenue.reporting_unit_code') }}

),

grid as (

    select
        places.data_year,
        places.reporting_unit_code,
        places.is_simulated,
        kinds.entity,
        bands.band_set,
        bands.band,
        bands.band_title,
        bands.lower_yi,
        bands.upper_yi,
        bands.target_id,
        bands.band_order,
        bands.set_by,
        bands.set_note
    from (
        select
            data_year,
            reporting_unit_code,
            bool_or(is_simulated) as is_simulated
        from entities
        group by data_year, reporting_unit_code
    ) as places
    inner join {{ parameter('scale_band') }} as bands
        on {{ in_force('bands', 'places.data_year') }}
    cross join (select 'legal_person' as entity union all select 'group') as kinds

)

select
    grid.data_year,
    grid.reporting_unit_code,
    max(units.area_name) as reporting_unit_name,
    grid.entity,
    grid.band_set,
    grid.band,
    max(grid.band_title) as band_title,
    max(grid.band_order) as band_order,
    count(case when {{ in_band }} then entities.member_id end) as enterprises,
    cast(sum(case when {{ in_band }} then entities.revenue_wan end) as decimal(24, 8)) as band_revenue_wan,
    max(case when {{ city_of('grid.reporting_unit_code') }} = grid.reporting_unit_code then grid.target_id end) as target_id,
    max(case when {{ city_of('grid.reporting_unit_code') }} = grid.reporting_unit_code then targets.comparator end)
        as comparator,
    max(case when {{ city_of('grid.reporting_unit_code') }} = grid.reporting_unit_code then targets.target_value end)
        as target_value,
    max(case when {{ city_of('grid.reporting_unit_code') }} = grid.reporting_unit_code then targets.target_upper end)
        as target_upper,
    max(grid.set_by) as set_by,
    max(grid.set_note) as set_note,
    bool_or(grid.is_simulated) as is_simulated
from grid
left join entities
    on
        grid.data_year = entities.data_year
        and grid.reporting_unit_code = entities.reporting_unit_code
        and grid.entity = entities.entity
left join {{ ref('dim_area') }} as units
    on grid.reporting_unit_code = units.area_code
left join {{ parameter('target') }} as targets
    on grid.target_id = targets.target_id
group by
    grid.data_year, grid.reporting_unit_code, grid.entity, grid.band_set, grid.band
