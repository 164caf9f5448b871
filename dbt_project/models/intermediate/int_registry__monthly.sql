-- One row per enterprise and month. Two senders may report one firm in one month (a county and the bureau):
-- the newest received counts.
{{ config(meta={'by_period': {'column': 'month', 'follows': {'enterprise_registry': 'same'}}}) }}
select
    enterprise_id,
    _period as month,
    enterprise_name,
    area_code,
    reporting_unit_code,
    township,
    industry_code,
    opened_on,
    production_started_on,
    library_entry_month,
    library_entry_route,
    library_exit_month,
    library_exit_reason,
    is_first_entry,
    (
        library_entry_month is not null
        and library_entry_month <= _period
        and (library_exit_month is null or library_exit_month > _period)
    ) as is_in_library,
    operating_status,
    coalesce(is_public_utility, false) as is_public_utility,
    _is_simulated as is_simulated
from {{ newest_by(ref('stg_statistics__enterprise_registry'), ['enterprise_id']) }} as newest
where {{ is_made('_period') }}
