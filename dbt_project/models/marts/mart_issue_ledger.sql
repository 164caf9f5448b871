-- 包保企业问题台账: one row per issue with where it stands, since when, who has it and whether it is overdue.
with newest as (

    select max(_period) as as_of_month
    from {{ ref('stg_county__issue_ledger') }}
    where length(_period) = 7

),

latest as (

    select *
    from {{ ref('int_issue__monthly') }}
    qualify row_number() over (partition by issue_id order by month desc) = 1

),

episodes as (

    select
        *,
        min(opened_month) over (partition by issue_id) as first_seen_month,
        max(case when episode_no = 1 and is_opening_stated then 1 else 0 end) over (partition by issue_id) as first_is_stated,
        max(episode_no) over (partition by issue_id) - 1 as reopened_times
    from {{ ref('int_issue__episodes') }}
    qualify row_number() over (partition by issue_id order by episode_no desc) = 1

),

units as (

    select
        area_code,
        area_name,
        area_short_name
    from {{ ref('dim_area') }}
    where is_reporting_unit

),

-- By either name.
named as (

    select area_code, area_name as name from units
    union
    select area_code, area_short_name as name from units

),

joined as (

    select
        latest.*,
        episodes.first_seen_month,
        episodes.first_is_stated,
        episodes.opened_month,
        episodes.closed_month,
        episodes.is_closing_stated,
        episodes.is_vanished,
        episodes.reopened_times,
        coalesce(by_sender.area_code, by_name.area_code, states.reporting_unit_code) as reporting_unit_code,
        newest.as_of_month,
        rules.issue_due_months,
        rules.issue_due_set_by,
        coalesce(
            {{ month_of('latest.due_on') }},
            case
                when rules.issue_due_months is not null
                    then {{ month_text(month_number('episodes.opened_month') ~ ' + rules.issue_due_months') }}
            end
        ) as due_month
    from latest
    inner join episodes
        on latest.issue_id = episodes.issue_id
    cross join newest
    left join units as by_sender
        on latest.sender_code = by_sender.area_code
    left join named as by_name
        on latest.area_name = by_name.name
    left join {{ ref('int_enterprise__states') }} as states
        on
            latest.enterprise_id = states.enterprise_id
            and latest.month >= states.from_month
            and latest.month < states.until_month
    left join {{ parameter('support_rule') }} as rules
        on {{ in_force('rules', year_of('episodes.opened_month')) }}

)

select
    issue_id,
    enterprise_id,
    enterprise_name,
    reporting_unit_code,
    issue_text,
    issue_type,
    handling_text,
    case
        when closed_month is not null and is_vanished then '清单中消失'
        when closed_month is not null and coalesce(is_handled_on_site, false) then '现场办结'
        when closed_month is not null then '销号'
        when coalesce(supervised_times, 0) > 0 then '督办'
        when assigned_on is not null or assigned_to is not null then '交办'
        when platform_no is not null then '录入平台'
        else '待录入或交办'
    end as issue_state,
    closed_month is null as is_open,
    first_seen_month,
    case when first_is_stated = 1 then '表内日期' else '日期推定' end as first_seen_basis,
    closed_month,
    case when closed_month is null then null when is_closing_stated then '表内日期' else '日期推定' end as closed_basis,
    reopened_times > 0 as is_reopened,
    cast(reopened_times as int) as reopened_times,
    case when reopened_times > 0 then opened_month end as reopened_month,
    month as last_listed_month,
    as_of_month,
    cast(
        {{ month_number('coalesce(closed_month, as_of_month)') }} - {{ month_number('opened_month') }} as int
    ) as months_open,
    assigned_to,
    supporting_officials,
    assigned_on,
    due_month,
    case when due_on is not null then '表内日期' else issue_due_set_by end as due_basis,
    coalesce(coalesce(closed_month, as_of_month) > due_month, false) as is_overdue,
    supervised_times,
    platform_no,
    is_handled_on_site,
    -- Who set the time allowed: the sender in the form, else the rule.
    case when due_on is not null then '报送单位' else issue_due_set_by end as set_by,
    is_simulated
from joined
