-- The bureau's adjustments of an evaluation, on the unit that is evaluated: points, flags, changes of class. A
-- scheme on trial takes those made under the scheme that it is compared with.
{{ config(meta={'by_scheme': 'scheme_key'}) }}
select
    units.scheme_key,
    units.pass_no,
    units.unit_no,
    units.scheme,
    units.data_year,
    units.enterprise_id,
    units.unit_id,
    adjustment.adjustment_kind,
    adjustment.adjustment_flag,
    adjustment.adjustment_points,
    adjustment.class_to,
    adjustment.adjustment_reason,
    adjustment.approved_by,
    adjustment.approved_on,
    adjustment.document_no,
    adjustment._file_name as file_name,
    adjustment._sheet as sheet,
    adjustment._row as row,
    adjustment._is_simulated as is_simulated
from {{ ref('stg_bureau__evaluation_adjustments') }} as adjustment
inner join {{ parameter('scheme') }} as scheme
    on adjustment.scheme = scheme.decision_scheme
inner join {{ ref('int_mu_units') }} as units
    on
        scheme.scheme = units.scheme
        and adjustment.evaluated_year = units.data_year
        and adjustment.enterprise_id = units.enterprise_id
        and units.year_offset = 0
where {{ is_made('units.scheme_key') }}
