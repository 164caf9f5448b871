-- 入规奖励: nobody applies; the list is drawn from the register. Where each reward stands at the newest register month.
with judged as (

    select
        *,
        (
            coalesce(is_first_entry, true)
            and coalesce(library_entry_route, '') <> 'restored'
            and spell_no = 1
        ) as is_entitled,
        months_in_library >= keep_months as is_kept,
        library_exit_month is not null as has_left
    from {{ ref('int_reward__entitled') }}

),

stated as (

    select
        *,
        case
            when recovered_wan > 0 and recovered_wan >= paid_wan then 'recovered'
            when not is_entitled then 'excluded'
            when paid_wan >= reward_wan and reward_decision = 'recover' then 'recover_due'
            when paid_wan >= reward_wan and reward_decision = 'keep' then 'settled'
            when paid_wan >= reward_wan and has_left and not is_kept and is_exit_to_be_decided then 'paid'
            when paid_wan >= reward_wan and has_left and not is_kept then 'recover_due'
            when paid_wan >= reward_wan and stopped_month is not null then 'recover_due'
            when paid_wan >= reward_wan and is_kept then 'settled'
            when paid_wan >= reward_wan then 'observing'
            when has_left and not is_kept then 'excluded'
            when as_of_index > due_index then 'overdue'
            else 'due'
        end as reward_state
    from judged

)

select
    enterprise_id,
    library_entry_month,
    reward_kind,
    enterprise_name,
    reporting_unit_code,
    payer_code,
    library_entry_route,
    entry_approved_on,
    as_of_month,
    reward_state,
    concat_ws(
        '；',
        case
            when is_entitled then null
            when library_entry_route = 'restored' then '恢复纳入，不是首次入规'
            when spell_no > 1 then '以前入过库，不是首次入规'
            else '名录注明不是首次入规（更名、分立、迁入等）'
        end,
        case when is_first_entry is null then '名录未注明是否首次入规，请核实' end,
        case when not is_entitled and paid_wan > recovered_wan then '不符合条件但已拨付' end,
        case when has_left then library_exit_month || '退库（' || library_exit_reason || '），在库' || cast(months_in_library as string) || '个月' end,
        case when is_exit_to_be_decided and not is_kept and reward_decision is null then '迁出或合并，是否追回由人工决定' end,
        case when stopped_month is not null then stopped_month || '停产' end,
        case when half_stopped_month is not null then half_stopped_month || '半停产，是否属正常生产请核实' end,
        case when reward_state = 'excluded' and is_entitled then '未满' || cast(keep_months as string) || '个月已退库，不再兑现' end,
        case when reward_decision is not null then '人工决定：' || case reward_decision when 'recover' then '追回' else '不追回' end
            || coalesce('（' || decided_by || '）', '') end,
        case when entry_approved_on is null then '无批准日期，以入库月份代替' end
    ) as reward_note,
    (
        is_first_entry is null
        or (not is_entitled and paid_wan > recovered_wan)
        or (reward_state = 'paid')
        or (
            reward_state in ('observing', 'settled') and half_stopped_month is not null and reward_decision is null
        )
    ) as is_decision_needed,
    cast(case when is_entitled then reward_wan else 0 end as decimal(24, 8)) as reward_wan,
    paid_wan,
    recovered_wan,
    {{ month_text('due_index') }} as due_month,
    paid_month,
    library_exit_month,
    cast(months_in_library as int) as months_in_library,
    cast(keep_months as int) as keep_months,
    case when reward_state = 'overdue' then cast(as_of_index - due_index as int) end as overdue_months,
    set_by,
    reward_is_simulated as is_simulated
from stated
