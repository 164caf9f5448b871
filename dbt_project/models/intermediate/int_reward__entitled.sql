-- Every entry into the library for which a reward rule is in force, with what was paid, and how long the firm stayed.
with newest as (

    select
        max(month) as as_of_month,
        max(month_index) as as_of_index
    from {{ ref('int_month__spine') }}
    where is_registered

),

entries as (

    select
        spells.enterprise_id,
        spells.library_entry_month,
        spells.spell_no,
        spells.library_entry_route,
        spells.entry_approved_on,
        coalesce({{ month_of('spells.entry_approved_on') }}, spells.library_entry_month) as approved_month,
        spells.is_first_entry,
        case when spells.library_exit_month <= newest.as_of_month then spells.library_exit_month end as library_exit_month,
        case when spells.library_exit_month <= newest.as_of_month then spells.library_exit_reason end as library_exit_reason,
        coalesce(spells.library_exit_month <= newest.as_of_month and spells.is_decision_needed, false)
            as is_exit_to_be_decided,
        case
            when spells.library_exit_month <= newest.as_of_month
                then {{ month_number('spells.library_exit_month') }} - {{ month_number('spells.library_entry_month') }}
            else newest.as_of_index - {{ month_number('spells.library_entry_month') }} + 1
        end as months_in_library,
        newest.as_of_month,
        newest.as_of_index,
        spells.is_simulated
    from {{ ref('int_library__spells') }} as spells
    cross join newest

),

-- The reporting unit that answers for the firm at its entry pays its county's part.
placed as (

    select
        entries.*,
        states.enterprise_name,
        states.reporting_unit_code
    from entries
    left join {{ ref('int_enterprise__states') }} as states
        on
            entries.enterprise_id = states.enterprise_id
            and entries.library_entry_month >= states.from_month
            and entries.library_entry_month < states.until_month

),

entitled as (

    select
        placed.*,
        rules.area_code as payer_code,
        rules.reward_kind,
        rules.reward_wan,
        rules.keep_months,
        {{ month_number('placed.approved_month') }} + rules.due_after_months as due_index,
        rules.set_by
    from placed
    inner join {{ parameter('reward_rule') }} as rules
        on
            rules.area_code in (placed.reporting_unit_code, {{ city_of('placed.reporting_unit_code') }})
            and placed.library_entry_month >= rules.from_entry_month
            and (rules.to_entry_month is null or placed.library_entry_month <= rules.to_entry_month)
            and rules.reward_wan is not null

),

-- A payment belongs to the entry it names, else to the newest entry before it, else to the first one.
paid as (

    select
        entitled.enterprise_id,
        entitled.library_entry_month,
        entitled.reward_kind,
        payments.payment_kind,
        payments.amount_wan,
        {{ month_of('payments.paid_on') }} as paid_month,
        payments._is_simulated as is_simulated
    from {{ ref('stg_finance__reward_payments') }} as payments
    inner join entitled
        on payments.enterprise_id = entitled.enterprise_id and payments.reward_kind = entitled.reward_kind
    where {{ month_of('payments.paid_on') }} <= entitled.as_of_month
    qualify
        row_number() over (
            partition by payments.payment_no
            order by
                case
                    when payments.library_entry_month = entitled.library_entry_month then 0
                    when entitled.library_entry_month <= {{ month_of('payments.paid_on') }} then 1
                    else 2
                end,
                case when entitled.library_entry_month <= {{ month_of('payments.paid_on') }} then 0 else 1 end,
                entitled.library_entry_month desc
        ) = 1

),

settled_sums as (

    select
        enterprise_id,
        library_entry_month,
        reward_kind,
        sum(case when payment_kind = 'paid' then amount_wan end) as paid_wan,
        sum(case when payment_kind = 'recovered' then amount_wan end) as recovered_wan,
        min(case when payment_kind = 'paid' then paid_month end) as paid_month,
        bool_or(is_simulated) as is_simulated
    from paid
    group by enterprise_id, library_entry_month, reward_kind

),

-- Normal production within the months that the reward asks for, by the monthly register.
stopped as (

    select
        entitled.enterprise_id,
        entitled.library_entry_month,
        entitled.reward_kind,
        min(case when registry.operating_status = '停产' then registry.month end) as stopped_month,
        min(case when registry.operating_status = '半停产' then registry.month end) as half_stopped_month
    from entitled
    inner join {{ ref('int_registry__monthly') }} as registry
        on
            entitled.enterprise_id = registry.enterprise_id
            and registry.month >= entitled.library_entry_month
            and (entitled.library_exit_month is null or registry.month < entitled.library_exit_month)
            and {{ month_number('registry.month') }} - {{ month_number('entitled.library_entry_month') }} < entitled.keep_months
    where registry.operating_status in ('停产', '半停产')
    group by entitled.enterprise_id, entitled.library_entry_month, entitled.reward_kind

)

select
    entitled.*,
    cast(coalesce(sums.paid_wan, 0) as decimal(24, 8)) as paid_wan,
    cast(coalesce(sums.recovered_wan, 0) as decimal(24, 8)) as recovered_wan,
    sums.paid_month,
    stopped.stopped_month,
    stopped.half_stopped_month,
    decisions.reward_decision,
    decisions.decided_by,
    entitled.is_simulated or coalesce(sums.is_simulated, false) as reward_is_simulated
from entitled
left join settled_sums as sums
    on
        entitled.enterprise_id = sums.enterprise_id
        and entitled.library_entry_month = sums.library_entry_month
        and entitled.reward_kind = sums.reward_kind
left join stopped
    on
        entitled.enterprise_id = stopped.enterprise_id
        and entitled.library_entry_month = stopped.library_entry_month
        and entitled.reward_kind = stopped.reward_kind
left join {{ parameter('reward_decision') }} as decisions
    on
        entitled.enterprise_id = decisions.enterprise_id
        and entitled.library_entry_month = decisions.library_entry_month
        and entitled.reward_kind = decisions.reward_kind
