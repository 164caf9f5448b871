-- Each stay of a firm in the library, as the newest register that shows it tells it. The register shows the latest
-- stay only, so earlier ones are kept from earlier months.
with shown as (

    select
        enterprise_id,
        _period as month,
        _sender as sender,
        library_entry_month,
        library_entry_route,
        entry_approved_on,
        is_first_entry,
        library_exit_month,
        library_exit_reason,
        _is_simulated as is_simulated
    from {{ newest_by(
        ref('stg_statistics__enterprise_registry'), ['enterprise_id'],
        where='library_entry_month is not null and library_entry_month <= listed._period'
    ) }} as newest

),

newest as (

    select *
    from shown
    qualify row_number() over (partition by enterprise_id, library_entry_month order by month desc) = 1

),

followed as (

    select
        *,
        lead(library_entry_month) over (
            partition by enterprise_id order by month, library_entry_month
        ) as next_entry_month
    from newest

),

-- An entry month that a later register moved back was a slip, not another stay.
stays as (

    select *
    from followed
    where next_entry_month is null or next_entry_month > month or library_exit_month <= next_entry_month

),

-- A firm that its sender's next register no longer has is taken to have left then.
sent as (

    select distinct
        _sender as sender,
        _period as month
    from {{ ref('stg_statistics__enterprise_registry') }}
    where library_entry_month is not null

),

next_sent as (

    select
        stays.enterprise_id,
        stays.library_entry_month,
        min(sent.month) as next_month
    from stays
    inner join sent
        on stays.sender = sent.sender and sent.month > stays.month
    where stays.library_exit_month is null
    group by stays.enterprise_id, stays.library_entry_month

),

ended as (

    select
        stays.*,
        case
            when stays.library_exit_month is not null
                then least(stays.library_exit_month, coalesce(stays.next_entry_month, stays.library_exit_month))
            else least(
                coalesce(next_sent.next_month, stays.next_entry_month),
                coalesce(stays.next_entry_month, next_sent.next_month)
            )
        end as exit_month,
        stays.library_exit_month is null as is_exit_unstated
    from stays
    left join next_sent
        on
            stays.enterprise_id = next_sent.enterprise_id
            and stays.library_entry_month = next_sent.library_entry_month

),

reasoned as (

    select
        ended.*,
        reason.exit_class,
        reason.is_decision_needed
    from ended
    left join {{ parameter('exit_reason') }} as reason
        on
            ended.library_exit_reason like ('%' || reason.keyword || '%')
            and {{ in_force('reason', year_of('ended.exit_month')) }}
    qualify
        row_number() over (
            partition by ended.enterprise_id, ended.library_entry_month
            order by reason.match_order nulls last, reason.keyword nulls last
        ) = 1

)

select
    enterprise_id,
    library_entry_month,
    cast(row_number() over (partition by enterprise_id order by library_entry_month) as int) as spell_no,
    library_entry_route,
    entry_approved_on,
    is_first_entry,
    exit_month as library_exit_month,
    case
        when exit_month is null then null
        when is_exit_unstated then '名录中不再出现（日期推定）'
        else coalesce(library_exit_reason, '未注明')
    end as library_exit_reason,
    case
        when exit_month is null then null
        else coalesce(case when not is_exit_unstated then exit_class end, 'other')
    end as exit_class,
    exit_month is not null and coalesce(is_decision_needed, false) as is_decision_needed,
    exit_month is not null and is_exit_unstated as is_exit_inferred,
    is_simulated
from reasoned
where exit_month is null or exit_month > library_entry_month
