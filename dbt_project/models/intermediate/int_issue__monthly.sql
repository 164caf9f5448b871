-- Each issue in each monthly list that has it. The number in the list is not stable, so an issue is its firm and its
-- text; telephone numbers that somebody wrote into a text are masked here, once for all.
with listed as (

    select
        ledger._sender as sender,
        ledger._period as month,
        ledger.enterprise_id,
        coalesce(ledger.enterprise_id, '名称:' || {{ plain_text('ledger.enterprise_name') }}) as member_id,
        ledger.enterprise_name,
        ledger.area_name,
        {{ masked('ledger.issue_text') }} as issue_text,
        {{ plain_text(masked('ledger.issue_text')) }} as plain_issue,
        ledger.issue_type,
        {{ masked('ledger.handling_text') }} as handling_text,
        {{ masked('ledger.supporting_officials') }} as supporting_officials,
        ledger.is_resolved,
        ledger.raised_on,
        ledger.platform_no,
        ledger.is_handled_on_site,
        {{ masked('ledger.assigned_to') }} as assigned_to,
        ledger.assigned_on,
        ledger.due_on,
        ledger.supervised_times,
        ledger.closed_on,
        ledger._received_at,
        ledger._file_id,
        ledger._sheet,
        ledger._row,
        ledger._is_simulated as is_simulated
    from {{ identified('issue_ledger') }} as ledger
    where length(ledger._period) = 7

),

keyed as (

    select
        *,
        md5(member_id || '|' || plain_issue) as issue_id
    from listed
    qualify
        row_number() over (
            partition by member_id, plain_issue, month
            order by _received_at desc, _file_id desc, _sheet desc, _row desc
        ) = 1

),

sent as (

    select
        sender,
        month,
        lead(month) over (partition by sender order by month) as next_list_month
    from (select distinct sender, month from listed) as lists

),

followed as (

    select
        keyed.*,
        sent.next_list_month,
        lag(keyed.is_resolved) over (partition by keyed.issue_id order by keyed.month) as was_resolved,
        lag(sent.next_list_month) over (partition by keyed.issue_id order by keyed.month) as expected_month
    from keyed
    inner join sent
        on keyed.sender = sent.sender and keyed.month = sent.month

)

select
    issue_id,
    month,
    sender as sender_code,
    member_id,
    enterprise_id,
    enterprise_name,
    area_name,
    issue_text,
    issue_type,
    handling_text,
    supporting_officials,
    is_resolved,
    raised_on,
    platform_no,
    is_handled_on_site,
    assigned_to,
    assigned_on,
    due_on,
    supervised_times,
    closed_on,
    next_list_month,
    -- Opened when it first appears, and again when it is open after it had been resolved or had left the list.
    case
        when was_resolved is null then 1
        when not is_resolved and (was_resolved or coalesce(expected_month < month, false)) then 1
        else 0
    end as is_opening,
    is_simulated
from followed
