-- The state of each enterprise in a data year: its last month on the register of that year. A firm that the year's
-- register does not know has no row, so that nobody is evaluated on another year's address.
{{ config(meta={'by_period': {'column': 'data_year', 'follows': 'year'}}) }}
with last_month as (

    select
        *,
        cast(substring(month, 1, 4) as int) as data_year
    from {{ ref('int_registry__monthly') }}
    where {{ is_made('substring(month, 1, 4)') }}
    qualify row_number() over (partition by enterprise_id, substring(month, 1, 4) order by month desc) = 1

)

select
    last_month.enterprise_id,
    last_month.data_year,
    last_month.enterprise_name,
    last_month.area_code,
    last_month.reporting_unit_code,
    substring(last_month.industry_code, 1, 2) as industry_code,
    case when last_month.is_in_library then 'above' else 'below' end as scale,
    last_month.operating_status,
    last_month.is_public_utility,
    -- Full years from the start of production (or, unknown, of business) to the end of the data year.
    last_month.data_year - year(coalesce(last_month.production_started_on, last_month.opened_on)) as years_in_production,
    industry.is_manufacturing,
    last_month.is_simulated
from last_month
left join {{ ref('dim_industry') }} as industry
    on substring(last_month.industry_code, 1, 2) = industry.industry_code
