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

),

-- Names that a firm no longer has, those of its former codes included.
former as (

    select
        names.enterprise_id,
        {{ joined_texts('names.known_name') }} as former_names
    from {{ ref('int_identity__names') }} as names
    left join (
        select distinct enterprise_id, plain_name
        from {{ ref('int_identity__names') }}
        where is_present
    ) as present
        on names.enterprise_id = present.enterprise_id and names.plain_name = present.plain_name
    where present.enterprise_id is null
    group by names.enterprise_id

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
    former.former_names,
    states.is_simulated
from states
left join former
    on states.enterprise_id = former.enterprise_id
left join {{ ref('dim_industry') }} as industry
    on substring(states.industry_code, 1, 2) = industry.industry_code
