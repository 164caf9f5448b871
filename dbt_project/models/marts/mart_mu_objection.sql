-- The way from what was received to the final class: every objection and every adjustment of an evaluation with its
-- approver, what it did, and the row of the file. Initial results stay in initial_class and value_before.
with trail as (

    select
        objection.scheme,
        objection.data_year,
        objection.enterprise_id,
        objection.unit_id,
        'objection' as trail_kind,
        objection.objection_no as trail_no,
        objection.objected_on,
        objection.objection_until_on,
        objection.is_late,
        objection.objected_measure,
        objection.measure,
        measure.measure_title,
        measure.unit,
        objection.published_value,
        case when figure.origin_no < 2 then figure.value_before else figure.measure_value end as value_before,
        objection.claimed_value,
        objection.objection_outcome as trail_outcome,
        objection.decided_value,
        cast(null as decimal(24, 8)) as adjustment_points,
        cast(null as string) as class_to,
        cast(null as string) as adjustment_reason,
        objection.approved_by,
        objection.decided_on as approved_on,
        cast(null as string) as document_no,
        case
            when objection.objection_outcome = 'pending' then 'pending'
            when objection.objection_outcome = 'rejected' then 'none'
            when objection.is_applied then 'input'
            when changed.enterprise_id is not null then 'class'
            else 'not_applied'
        end as trail_effect,
        objection.file_name,
        objection.sheet,
        objection.row,
        objection.is_simulated
    from {{ ref('int_mu_objections') }} as objection
    left join {{ parameter('evaluation_measure') }} as measure
        on objection.measure = measure.measure
    left join {{ ref('int_mu_figures') }} as figure
        on objection.firm_no = figure.firm_no and measure.measure_key = figure.measure_key
    left join (
        select distinct
            scheme,
            enterprise_id
        from {{ ref('int_mu_adjustments') }}
        where adjustment_kind = 'class_change' and class_to is not null
    ) as changed
        on
            objection.scheme = changed.scheme
            and case when objection.measure is null then objection.enterprise_id end = changed.enterprise_id

    union all

    select
        scheme,
        data_year,
        enterprise_id,
        unit_id,
        adjustment_kind as trail_kind,
        adjustment_flag as trail_no,
        cast(null as date) as objected_on,
        cast(null as date) as objection_until_on,
        cast(null as boolean) as is_late,
        cast(null as string) as objected_measure,
        cast(null as string) as measure,
        cast(null as string) as measure_title,
        cast(null as string) as unit,
        cast(null as decimal(24, 8)) as published_value,
        cast(null as decimal(24, 8)) as value_before,
        cast(null as decimal(24, 8)) as claimed_value,
        'upheld' as trail_outcome,
        cast(null as decimal(24, 8)) as decided_value,
        adjustment_points,
        class_to,
        adjustment_reason,
        approved_by,
        approved_on,
        document_no,
        case adjustment_kind when 'flag' then 'rule' when 'class_change' then 'class' else 'points' end as trail_effect,
        file_name,
        sheet,
        row,
        is_simulated
    from {{ ref('int_mu_adjustments') }}
    where pass_no = 0

)

select
    trail.scheme,
    trail.data_year,
    trail.enterprise_id,
    score.enterprise_name,
    score.area_code,
    trail.trail_kind,
    trail.trail_no,
    trail.objected_on,
    trail.objection_until_on,
    trail.is_late,
    trail.objected_measure,
    trail.measure,
    trail.measure_title,
    trail.unit,
    trail.published_value,
    trail.value_before,
    trail.claimed_value,
    trail.trail_outcome,
    trail.decided_value,
    trail.adjustment_points,
    trail.class_to,
    trail.adjustment_reason,
    trail.approved_by,
    trail.approved_on,
    trail.document_no,
    trail.trail_effect,
    score.total_score,
    score.rank,
    score.initial_class,
    score.final_class,
    score.class_reason,
    trail.file_name,
    trail.sheet,
    trail.row,
    scheme.scheme_status,
    trail.is_simulated or coalesce(score.is_simulated, false) as is_simulated
from trail
inner join {{ parameter('scheme') }} as scheme
    on trail.scheme = scheme.scheme
left join {{ ref('mart_mu_score') }} as score
    on trail.scheme = score.scheme and trail.enterprise_id = score.enterprise_id
