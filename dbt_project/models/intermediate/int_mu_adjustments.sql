-- The bureau's adjustments of an evaluation, on the unit that is evaluated: points, flags, changes of class.
select
    units.scheme,
    units.unit_id,
    adjustment.adjustment_kind,
    adjustment.adjustment_flag,
    adjustment.adjustment_points,
    adjustment.class_to,
    adjustment.adjustment_reason,
    adjustment.approved_by,
    adjustment.approved_on,
    adjustment._is_simulated as is_simulated
from {{ ref('stg_bureau__evaluation_adjustments') }} as adjustment
inner join {{ ref('int_mu_units') }} as units
    on
        adjustment.scheme = units.scheme
        and adjustment.evaluated_year = units.data_year
        and adjustment.enterprise_id = units.enterprise_id
        and units.year_offset = 0
