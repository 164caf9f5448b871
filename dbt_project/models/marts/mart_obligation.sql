-- What has to be held each month, quarter or year, and what was. A unit that sent no report for the whole period is
-- not known to have held nothing, nor is one that left out a month of it; one that reported all and held none missed it.
with rules as (

    select * from {{ parameter('obligation_rule') }}

),

units as (

    select reporting_unit_code, city_code from {{ ref('int_reporting_unit__city') }}

),

-- Who is bound: the city as a whole, or each unit; a unit's report counts for itself and for its city.
bound as (

    select
        rules.obligation_id,
        units.reporting_unit_code as bound_code,
        units.reporting_unit_code as reporter_code
    from rules
    cross join units
    where rules.applies_to = 'each_unit'

    union all

    select
        rules.obligation_id,
        units.city_code as bound_code,
        units.reporting_unit_code as reporter_code
    from rules
    cross join units
    where rules.applies_to = 'city'

    union all

    select distinct
        rules.obligation_id,
        units.city_code as bound_code,
        units.city_code as reporter_code
    from rules
    cross join units
    where rules.applies_to = 'city'

),

activities as (

    select
        reporting_unit_code,
        activity_kind,
        activity_title,
        activity_category,
        held_on,
        substring(cast(held_on as string), 1, 7) as month,
        _period as reported_month,
        _is_simulated as is_simulated
    from {{ ref('stg_county__activity_log') }}

),

reports as (

    select
        reporting_unit_code,
        reported_month as month,
        bool_or(is_simulated) as is_simulated
    from activities
    group by reporting_unit_code, reported_month

),

-- The months that anybody reported are the calendar.
periods as (

    select distinct
        rules.obligation_id,
        reports.month,
        case rules.frequency
            when 'month' then reports.month
            when 'quarter' then {{ quarter_of('reports.month') }}
            else substring(reports.month, 1, 4)
        end as period
    from rules
    cross join (select distinct month from reports) as reports
    where
        reports.month >= rules.from_month
        and (rules.until_month is null or reports.month <= rules.until_month)

),

reported as (

    select
        bound.obligation_id,
        bound.bound_code,
        periods.period,
        count(distinct reports.month) as months_reported,
        bool_or(reports.is_simulated) as is_simulated
    from bound
    inner join periods
        on bound.obligation_id = periods.obligation_id
    left join reports
        on bound.reporter_code = reports.reporting_unit_code and periods.month = reports.month
    group by bound.obligation_id, bound.bound_code, periods.period

),

held as (

    select
        bound.obligation_id,
        bound.bound_code,
        periods.period,
        -- The rule's way of counting: times, or different categories.
        count(distinct case when rules.counts_by = 'categories' then activities.activity_category
            else concat_ws('|', activities.activity_title, cast(activities.held_on as string)) end) as held
    from bound
    inner join rules
        on bound.obligation_id = rules.obligation_id
    inner join activities
        on bound.reporter_code = activities.reporting_unit_code and rules.activity_kind = activities.activity_kind
    inner join periods
        on bound.obligation_id = periods.obligation_id and activities.month = periods.month
    group by bound.obligation_id, bound.bound_code, periods.period

),

judged as (

    select
        reported.bound_code as reporting_unit_code,
        reported.period,
        rules.*,
        case when reported.months_reported > 0 then coalesce(held.held, 0) end as held,
        reported.months_reported,
        case rules.frequency when 'month' then 1 when 'quarter' then 3 else 12 end as months_in_period,
        {{ last_month('reported.period') }} > newest.month as is_running,
        coalesce(reported.is_simulated, false) as is_simulated
    from reported
    inner join rules
        on reported.obligation_id = rules.obligation_id
    cross join (select max(month) as month from reports) as newest
    left join held
        on
            reported.obligation_id = held.obligation_id
            and reported.bound_code = held.bound_code
            and reported.period = held.period

)

select
    judged.reporting_unit_code,
    area.area_name as reporting_unit_name,
    judged.period,
    judged.frequency,
    judged.obligation_id,
    judged.obligation,
    judged.required,
    cast(judged.held as bigint) as held,
    judged.counts_by,
    judged.months_reported,
    case
        when judged.held is null then 'no_data'
        when judged.held >= judged.required then 'met'
        when judged.is_running then 'pending'
        when judged.months_reported < judged.months_in_period then 'incomplete'
        else 'missed'
    end as status,
    case
        when judged.held is null then 'grey'
        when judged.held >= judged.required then 'green'
        when judged.is_running then 'yellow'
        when judged.months_reported < judged.months_in_period then 'grey'
        else 'red'
    end as light,
    judged.target_id,
    judged.source_doc,
    judged.source_clause,
    judged.set_by,
    judged.set_note,
    judged.is_simulated
from judged
left join {{ ref('dim_area') }} as area
    on judged.reporting_unit_code = area.area_code
