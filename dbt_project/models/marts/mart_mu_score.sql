-- One row per firm (or area) and scheme; firms evaluated together share the result of the one that they are evaluated
-- as. The firms of an area are no entities of a scheme for areas.
select
    classes.scheme,
    classes.data_year,
    classes.scheme_group,
    classes.rank_scope,
    units.enterprise_id,
    coalesce(firm.enterprise_name, head.enterprise_name) as enterprise_name,
    coalesce(firm.area_code, head.area_code) as area_code,
    coalesce(firm.reporting_unit_code, head.reporting_unit_code) as reporting_unit_code,
    coalesce(firm.industry_code, head.industry_code) as industry_code,
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
    classes.is_simulated or coalesce(firm.is_simulated, false) as is_simulated
from {{ ref('int_mu_classes') }} as classes
inner join {{ ref('int_mu_units') }} as units
    on
        classes.scheme = units.scheme
        and classes.data_year = units.data_year
        and classes.unit_id = units.unit_id
        and units.year_offset = 0
inner join {{ parameter('scheme') }} as scheme
    on classes.scheme = scheme.scheme
left join {{ ref('int_enterprise__yearly') }} as firm
    on
        scheme.entity = 'enterprise'
        and units.enterprise_id = firm.enterprise_id
        and units.data_year = firm.data_year
left join {{ ref('int_mu_members') }} as head
    on
        scheme.entity = 'area'
        and classes.scheme = head.scheme
        and units.enterprise_id = head.unit_id
        and head.year_offset = 0
where scheme.entity = 'enterprise' or head.unit_id is not null
