-- One row per firm (or area) and scheme; firms evaluated together share the result of the one that they are evaluated
-- as. The firms of an area are no entities of a scheme for areas. What was published before decided figures (pass 1)
-- stands beside what holds: initial_class, initial_score, initial_rank; ranked_class is the class by today's rank.
{{ config(meta={'by_scheme': 'scheme'}) }}
with schemes as (

    select scheme_key, entity, scheme_status, is_binding
    from {{ parameter('scheme') }}

),

entities as (

    select
        units.scheme_key,
        units.firm_no,
        units.unit_no,
        units.enterprise_id,
        units.data_year,
        units.unit_id
    from {{ ref('int_mu_units') }} as units
    inner join schemes
        on units.scheme_key = schemes.scheme_key
    where
        units.year_offset = 0
        and units.pass_no = 0
        and (schemes.entity = 'enterprise' or units.firm_no = units.unit_no)

),

-- Those that are evaluated as another are described by the register.
merged as (

    select
        entities.firm_no,
        firm.enterprise_name,
        firm.area_code,
        firm.reporting_unit_code,
        firm.industry_code,
        firm.is_simulated
    from entities
    inner join {{ ref('int_enterprise__yearly') }} as firm
        on entities.enterprise_id = firm.enterprise_id and entities.data_year = firm.data_year
    where entities.firm_no <> entities.unit_no

),

published as (

    select
        classes.unit_no - {{ firms_in_all() }} as unit_no,
        classes.total_score,
        classes.place,
        classes.initial_class
    from {{ ref('int_mu_classes') }} as classes
    where classes.group_no % 2 = 1

),

revised as (

    select distinct scheme_key
    from {{ ref('int_mu_units') }}
    where pass_no = 1

)

select
    head.scheme,
    head.data_year,
    head.scheme_group,
    head.rank_scope,
    entities.enterprise_id,
    case when merged.firm_no is null then head.enterprise_name else merged.enterprise_name end as enterprise_name,
    case when merged.firm_no is null then head.area_code else merged.area_code end as area_code,
    case when merged.firm_no is null then head.reporting_unit_code else merged.reporting_unit_code end
        as reporting_unit_code,
    case when merged.firm_no is null then head.industry_code else merged.industry_code end as industry_code,
    classes.base_score,
    classes.adjustment_points,
    classes.total_score,
    classes.place as rank,
    classes.participants,
    classes.score_status,
    case when revised.scheme_key is null then classes.total_score else published.total_score end as initial_score,
    case when revised.scheme_key is null then classes.place else published.place end as initial_rank,
    case when revised.scheme_key is null then classes.initial_class else published.initial_class end as initial_class,
    classes.initial_class as ranked_class,
    classes.final_class,
    case
        when revised.scheme_key is not null and published.unit_no is null
            then concat_ws('；', '异议核定后才符合参评条件', classes.class_reason)
        when coalesce(published.initial_class, classes.initial_class) <> classes.initial_class
            then concat_ws(
                '；',
                '异议核定后重新计分，按名次由' || published.initial_class || '变为' || classes.initial_class,
                classes.class_reason
            )
        else classes.class_reason
    end as class_reason,
    classes.managed_as,
    entities.unit_id as evaluated_as,
    schemes.scheme_status,
    schemes.is_binding,
    classes.is_simulated
    or case when merged.firm_no is null then coalesce(head.is_simulated, false) else merged.is_simulated end
        as is_simulated
from {{ ref('int_mu_classes') }} as classes
inner join {{ ref('int_mu_members') }} as head
    on classes.unit_no = head.unit_no
inner join entities
    on classes.unit_no = entities.unit_no
inner join schemes
    on classes.scheme_key = schemes.scheme_key
left join merged
    on entities.firm_no = merged.firm_no
left join published
    on classes.unit_no = published.unit_no
left join revised
    on classes.scheme_key = revised.scheme_key
where {{ is_made('head.scheme') }}
