-- The stock of the library at the end of each month, and entries and exits since January, by reporting unit and city.
-- A month whose register names nobody in the library tells nothing, so it has no row.
with firms as (

    select
        registry.month,
        unit.reporting_unit_code,
        unit.city_code,
        registry.is_in_library,
        substring(registry.library_entry_month, 1, 4) = substring(registry.month, 1, 4)
        and registry.library_entry_month <= registry.month as has_entered,
        substring(registry.library_exit_month, 1, 4) = substring(registry.month, 1, 4)
        and registry.library_exit_month <= registry.month as has_left,
        registry.is_simulated
    from {{ ref('int_registry__monthly') }} as registry
    inner join {{ ref('int_reporting_unit__city') }} as unit
        on registry.reporting_unit_code = unit.reporting_unit_code

),

placed as (

    select month, reporting_unit_code as area_code, is_in_library, has_entered, has_left, is_simulated from firms

    union all

    select month, city_code as area_code, is_in_library, has_entered, has_left, is_simulated from firms

)

select
    area_code,
    month,
    count(case when is_in_library then 1 end) as library_stock,
    count(case when has_entered then 1 end) as entered_ytd,
    count(case when has_left then 1 end) as exited_ytd,
    bool_or(is_simulated) as is_simulated
from placed
group by area_code, month
having count(case when is_in_library then 1 end) > 0
