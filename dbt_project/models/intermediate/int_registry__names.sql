-- The names under which each year's registers list a firm, once a year in place of every month.
{{ config(meta={'by_period': {'column': 'data_year', 'follows': {'enterprise_registry': 'year'}}}) }}
select
    enterprise_id,
    cast(substring(month, 1, 4) as int) as data_year,
    enterprise_name,
    coalesce(area_code, '') as area_code,
    max(month) as last_month,
    bool_or(is_simulated) as is_simulated
from {{ ref('int_registry__monthly') }}
where {{ is_made('substring(month, 1, 4)') }}
group by enterprise_id, substring(month, 1, 4), enterprise_name, coalesce(area_code, '')
