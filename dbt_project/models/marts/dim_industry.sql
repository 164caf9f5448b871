select
    industry_code,
    industry_name,
    section_code,
    section_name,
    is_manufacturing
from {{ parameter('industry') }}
