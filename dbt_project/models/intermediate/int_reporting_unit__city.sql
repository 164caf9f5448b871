-- The reporting units (属管), each with the county (属地) it lies in and the city they add up to.
select
    unit.area_code as reporting_unit_code,
    case when unit.area_level = 'zone' then unit.parent_area_code else unit.area_code end as county_code,
    case when unit.area_level = 'zone' then parent.parent_area_code else unit.parent_area_code end as city_code
from {{ ref('dim_area') }} as unit
left join {{ ref('dim_area') }} as parent
    on unit.parent_area_code = parent.area_code
where unit.is_reporting_unit
