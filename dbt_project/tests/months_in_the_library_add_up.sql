-- Months in the library are calendar months, the month of entry counts and that of leaving does not; and no reward is
-- settled before its months are full, nor claimed back after, unless somebody decided so.
select
    rewards.enterprise_id,
    rewards.library_entry_month,
    rewards.reward_kind,
    rewards.reward_state,
    rewards.months_in_library
from {{ ref('mart_entry_reward') }} as rewards
left join {{ parameter('reward_decision') }} as decisions
    on
        rewards.enterprise_id = decisions.enterprise_id
        and rewards.library_entry_month = decisions.library_entry_month
        and rewards.reward_kind = decisions.reward_kind
cross join (select min(month) as first_month from {{ ref('int_month__spine') }}) as spine
left join {{ ref('int_library__members') }} as members
    on
        rewards.enterprise_id = members.enterprise_id
        and rewards.library_entry_month = members.library_entry_month
        and members.month <= rewards.as_of_month
group by
    rewards.enterprise_id, rewards.library_entry_month, rewards.reward_kind, rewards.reward_state,
    rewards.months_in_library, rewards.keep_months, rewards.reward_note, rewards.library_exit_month, rewards.as_of_month,
    spine.first_month, decisions.reward_decision
having
    rewards.months_in_library <> coalesce(
        {{ month_number('rewards.library_exit_month') }}, {{ month_number('rewards.as_of_month') }} + 1
    ) - {{ month_number('rewards.library_entry_month') }}
    -- Month by month, for entries that the registers at hand reach back to.
    or (rewards.library_entry_month >= spine.first_month and count(members.month) <> rewards.months_in_library)
    or (
        decisions.reward_decision is null
        and (
            (rewards.reward_state = 'settled' and rewards.months_in_library < rewards.keep_months)
            or (
                rewards.reward_state = 'recover_due'
                and rewards.months_in_library >= rewards.keep_months
                and coalesce(rewards.reward_note, '') not like '%停产%'
            )
        )
    )
