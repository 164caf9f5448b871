-- One row per firm (or area) and scheme; firms evaluated together share the result of the one that they are evaluated
-- as. The firms of an area are no entities of a scheme for areas.
with entities as (

    -- The keys by kind, so that both joins below are by equality alone.
    select
        units.scheme,
        units.data_year,
        units.unit_id,
        units.enterprise_id,
        case when scheme.entity = 'enterprise' then units.enterprise_id end as firm_id,
        case when scheme.entity = 'area' then units.enterprise_id end as head_id,
        scheme.scheme_status,
        scheme.is_binding
    from {{ ref('int_mu_units') }} as units
    inner join {{ parameter('scheme') }} as scheme
        on units.scheme = scheme.scheme
    where units.year_offset = 0 and (scheme.entity = 'enterprise' or units.enterprise_id = units.unit_id)

)

select
    classes.scheme,
    classes.data_year,
    classes.scheme_group,
    classes.rank_scope,
    entities.enterprise_id,
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
    entities.unit_id as evaluated_as,
    entities.scheme_status,
    entities.is_binding,
    classes.is_simulated or coalesce(firm.is_simulated, false) as is_simulated
from {{ ref('int_mu_classes') }} as classes
inner join entities
    on
        classes.scheme = entities.scheme
        and classes.data_year = entities.data_year
        and classes.unit_id = entities.unit_id
left join {{ ref('int_enterprise__yearly') }} as firm
    on entities.firm_id = firm.enterprise_id and entities.data_year = firm.data_year
left join (select * from {{ ref('int_mu_members') }} where year_offset = 0) as head
    on entities.scheme = head.scheme and entities.head_id = head.unit_id
where entities.firm_id is null or firm.enterprise_id is not null
