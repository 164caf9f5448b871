select
    area_code,
    area_name,
    area_short_name,
    area_level,
    parent_area_code,
    display_order,
    is_reporting_unit,
    is_fictitious
from {{ parameter('area') }}
