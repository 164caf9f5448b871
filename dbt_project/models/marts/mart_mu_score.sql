-- One row per firm and scheme; firms evaluated together share the result of the one that they are evaluated as.
select
    classes.scheme,
    classes.data_year,
    classes.scheme_group,
    classes.rank_scope,
    units.enterprise_id,
    firm.enterprise_name,
    firm.area_code,
    firm.reporting_unit_code,
    firm.industry_code,
    classes.base_score,
    classes.adjustment_points,
    classes.total_score,
    classes.place as rank,
    classes.participants,
    classes.score_status,
    classes.initial_class,
    classes.final_class,
    classes.class_reason,
    classes.managed_as,
    units.unit_id as evaluated_as,
    scheme.scheme_status,
    scheme.is_binding,
    classes.is_simulated or firm.is_simulated as is_simulated
from {{ ref('int_mu_classes') }} as classes
inner join {{ ref('int_mu_units') }} as units
    on
        classes.scheme = units.scheme
        and classes.data_year = units.data_year
        and classes.unit_id = units.unit_id
        and units.year_offset = 0
inner join {{ ref('int_enterprise__yearly') }} as firm
    on units.enterprise_id = firm.enterprise_id and units.data_year = firm.data_year
inner join {{ parameter('scheme') }} as scheme
    on classes.scheme = scheme.scheme
