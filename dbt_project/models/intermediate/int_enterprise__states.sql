-- The history of dim_enterprise as closed spans of months: the first one reaches back, so that a firm that was
-- listed late has a place for the months in which it was in the library already.
select
    enterprise_id,
    case
        when row_number() over (partition by enterprise_id order by valid_from_month) = 1 then '0000-01'
        else valid_from_month
    end as from_month,
    coalesce(valid_to_month, '9999-12') as until_month,
    valid_from_month as first_listed_month,
    enterprise_name,
    area_code,
    reporting_unit_code,
    industry_code,
    operating_status,
    is_simulated
from {{ ref('dim_enterprise') }}
