-- From opening to closing: an issue that was opened again has several. Closed in the first month that says so; an open
-- issue that the sender's next list leaves out is taken as closed then, and said to be inferred.
with numbered as (

    select
        *,
        sum(is_opening) over (
            partition by issue_id order by month rows between unbounded preceding and current row
        ) as episode_no
    from {{ ref('int_issue__monthly') }}

),

last_rows as (

    select
        issue_id,
        episode_no,
        next_list_month,
        is_resolved,
        raised_on,
        closed_on,
        due_on
    from numbered
    qualify row_number() over (partition by issue_id, episode_no order by month desc) = 1

),

spans as (

    select
        issue_id,
        episode_no,
        min(month) as first_listed_month,
        min(case when is_resolved then month end) as resolved_month,
        bool_or(is_simulated) as is_simulated
    from numbered
    group by issue_id, episode_no

)

select
    spans.issue_id,
    cast(spans.episode_no as int) as episode_no,
    case
        when {{ month_of('last_rows.raised_on') }} <= spans.first_listed_month and spans.episode_no = 1
            then {{ month_of('last_rows.raised_on') }}
        else spans.first_listed_month
    end as opened_month,
    coalesce({{ month_of('last_rows.raised_on') }} <= spans.first_listed_month and spans.episode_no = 1, false)
        as is_opening_stated,
    case
        when spans.resolved_month is not null then coalesce({{ month_of('last_rows.closed_on') }}, spans.resolved_month)
        when not last_rows.is_resolved then last_rows.next_list_month
    end as closed_month,
    spans.resolved_month is not null and last_rows.closed_on is not null as is_closing_stated,
    spans.resolved_month is null and last_rows.next_list_month is not null as is_vanished,
    last_rows.due_on,
    spans.is_simulated
from spans
inner join last_rows
    on spans.issue_id = last_rows.issue_id and spans.episode_no = last_rows.episode_no
