-- Who is in the library in each month, with the reporting unit that answers for the firm in that month.
select
    months.month,
    months.month_index,
    months.data_year,
    months.is_registered,
    spells.enterprise_id,
    spells.library_entry_month,
    spells.library_entry_route,
    spells.library_exit_month,
    spells.exit_class,
    states.enterprise_name,
    states.reporting_unit_code,
    states.operating_status,
    spells.is_simulated
from {{ ref('int_library__spells') }} as spells
inner join {{ ref('int_month__spine') }} as months
    on
        months.month >= spells.library_entry_month
        and (spells.library_exit_month is null or months.month < spells.library_exit_month)
inner join {{ ref('int_enterprise__states') }} as states
    on
        spells.enterprise_id = states.enterprise_id
        and months.month >= states.from_month
        and months.month < states.until_month
