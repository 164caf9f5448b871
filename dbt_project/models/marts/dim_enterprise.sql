-- History as intervals: consecutive months with the same attributes are one row (gaps and islands).
with fingerprinted as (

    select
        *,
        md5(concat_ws(
            '|', enterprise_name, coalesce(area_code, ''), coalesce(reporting_unit_code, ''), coalesce(industry_code, ''),
            cast(is_in_library as string), coalesce(library_entry_month, ''), coalesce(library_exit_month, ''),
            coalesce(operating_status, '')
        )) as state
    from {{ ref('int_registry__monthly') }}

),

marked as (

    select
        *,
        case
            when state = lag(state) over (partition by enterprise_id order by month) then 0
            else 1
        end as starts_state
    from fingerprinted

),

numbered as (

    select
        *,
        sum(starts_state) over (
            partition by enterprise_id order by month rows between unbounded preceding and current row
        ) as state_number
    from marked

),

states as (

    select
        enterprise_id,
        state_number,
        min(month) as valid_from_month,
        max(month) as last_month,
        max(enterprise_name) as enterprise_name,
        max(area_code) as area_code,
        max(reporting_unit_code) as reporting_unit_code,
        max(industry_code) as industry_code,
        bool_or(is_in_library) as is_in_library,
        max(library_entry_month) as library_entry_month,
        max(library_exit_month) as library_exit_month,
        max(operating_status) as operating_status,
        bool_or(is_simulated) as is_simulated
    from numbered
    group by enterprise_id, state_number

)

select
    states.enterprise_id,
    states.valid_from_month,
    lead(states.valid_from_month) over (
        partition by states.enterprise_id order by states.state_number
    ) as valid_to_month,
    (
        lead(states.valid_from_month) over (partition by states.enterprise_id order by states.state_number) is null
    ) as is_current,
    states.enterprise_name,
    states.area_code,
    states.reporting_unit_code,
    states.industry_code,
    industry.is_manufacturing,
    states.is_in_library,
    states.library_entry_month,
    states.library_exit_month,
    states.operating_status,
    states.is_simulated
from states
left join {{ ref('dim_industry') }} as industry
    on substring(states.industry_code, 1, 2) = industry.industry_code
