-- Objections of an evaluation: which figure they are about, whether they came in time, and whether the decision
-- replaces the figure. A scheme on trial takes the decisions made under the scheme that it is compared with.
with objected as (

    select
        scheme.scheme,
        scheme.data_year,
        objection.objection_no,
        objection.enterprise_id,
        units.unit_id,
        units.firm_no,
        units.unit_no,
        objection.objected_on,
        objection.objected_measure,
        measure.measure,
        objection.published_value,
        objection.claimed_value,
        objection.objection_outcome,
        objection.decided_value,
        objection.decided_on,
        objection.approved_by,
        scheme.objection_until_on,
        objection._file_name as file_name,
        objection._sheet as sheet,
        objection._row as row,
        objection._is_simulated as is_simulated
    from {{ ref('stg_county__objections') }} as objection
    inner join {{ parameter('scheme') }} as scheme
        on objection.scheme = scheme.decision_scheme and objection.evaluated_year = scheme.data_year
    left join {{ ref('int_mu_units') }} as units
        on
            scheme.scheme = units.scheme
            and scheme.data_year = units.data_year
            and units.year_offset = 0
            and units.pass_no = 0
            and objection.enterprise_id = units.enterprise_id
    left join {{ parameter('evaluation_measure') }} as measure
        on objection.objected_measure = measure.measure or objection.objected_measure = measure.measure_short

)

select
    *,
    objected_on > objection_until_on as is_late,
    -- The last decision about a figure counts.
    coalesce(
        objection_outcome = 'upheld' and decided_value is not null and measure is not null and unit_id is not null
        and row_number() over (
            partition by
                scheme, enterprise_id, measure,
                objection_outcome = 'upheld' and decided_value is not null
            order by decided_on desc nulls last, objected_on desc nulls last, objection_no desc
        ) = 1,
        false
    ) as is_applied
from objected
