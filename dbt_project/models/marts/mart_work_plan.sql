-- 月度重点工作: each item of a programme's plan with its state in each monthly report, and in time or not.
with reports as (

    select
        programme,
        work_item_no,
        _period as month,
        work_item,
        lead_unit,
        work_state,
        finished_on,
        progress_note,
        _is_simulated as is_simulated
    from {{ newest_by(ref('stg_bureau__work_plan'), ['programme', 'work_item_no']) }} as newest

),

plan as (

    select * from {{ parameter('work_plan_item') }}

),

-- Every planned item stands in every reported month from its own on; before any report, in its own month.
months as (

    select distinct programme, month from reports

),

planned as (

    select
        plan.programme,
        plan.work_item_no,
        coalesce(months.month, plan.due_month) as month,
        plan.due_month,
        plan.work_item,
        plan.lead_unit,
        plan.support_units,
        plan.source_doc
    from plan
    left join months
        on plan.programme = months.programme and months.month >= plan.due_month

),

joined as (

    select
        coalesce(planned.programme, reports.programme) as programme,
        coalesce(planned.work_item_no, reports.work_item_no) as work_item_no,
        coalesce(planned.month, reports.month) as month,
        coalesce(
            planned.due_month,
            plan.due_month,
            case
                when length(reports.work_item_no) = 5 and try_cast(substring(reports.work_item_no, 1, 2) as int) <= 12
                    then concat_ws('', substring(reports.month, 1, 5), substring(reports.work_item_no, 1, 2))
            end
        ) as due_month,
        coalesce(planned.work_item, plan.work_item, reports.work_item) as work_item,
        coalesce(planned.lead_unit, plan.lead_unit, reports.lead_unit) as lead_unit,
        planned.support_units,
        reports.work_state,
        reports.finished_on,
        reports.progress_note,
        planned.source_doc,
        coalesce(reports.is_simulated, false) as is_simulated
    from planned
    full outer join reports
        on
            planned.programme = reports.programme
            and planned.work_item_no = reports.work_item_no
            and planned.month = reports.month
    left join plan
        on reports.programme = plan.programme and reports.work_item_no = plan.work_item_no

)

select
    programme,
    work_item_no,
    month,
    due_month,
    work_item,
    lead_unit,
    support_units,
    work_state,
    finished_on,
    case
        when work_state is null then 'no_data'
        when work_state = '已完成' and finished_on is null then 'done'
        when work_state = '已完成' and substring(cast(finished_on as string), 1, 7) > due_month then 'done_late'
        when work_state = '已完成' then 'done_in_time'
        when month > due_month or work_state = '滞后' then 'overdue'
        else 'in_progress'
    end as status,
    progress_note,
    source_doc,
    is_simulated
from joined
