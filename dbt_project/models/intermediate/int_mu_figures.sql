-- The figures that a scheme uses, per firm: the first source that has one, added up from its signed parts; a figure
-- decided after an objection takes its place, and what it was before stays beside it.
with given as (

    select
        enterprise_id,
        data_year,
        measure,
        figure_source,
        measure_method,
        method_rank,
        measure_value,
        data_use,
        is_simulated
    from {{ ref('int_enterprise_measures') }}

    union all

    select
        area_code as enterprise_id,
        data_year,
        measure,
        figure_source,
        measure_method,
        method_rank,
        measure_value,
        data_use,
        is_simulated
    from {{ ref('int_area_measures') }}

),

candidates as (

    select
        units.scheme,
        units.data_year,
        units.enterprise_id,
        units.unit_id,
        part.measure,
        part.measure_part,
        figure.figure_source,
        figure.measure_method,
        figure.data_use,
        -- Estimates come after all accounted figures, whoever gave them.
        case when figure.method_rank >= 90 then 100000 else 0 end + source.source_rank * 1000 + figure.method_rank
            as preference,
        -- Nearly all coefficients are 1 or −1; a product of decimals costs many times a copy.
        case
            when part.coefficient = 1 then figure.measure_value
            when part.coefficient = -1 then -figure.measure_value
            else cast(figure.measure_value * part.coefficient as decimal(24, 8))
        end as signed_value,
        part.is_required,
        figure.is_simulated
    from {{ ref('int_mu_units') }} as units
    inner join given as figure
        on units.enterprise_id = figure.enterprise_id and units.data_year = figure.data_year
    inner join {{ parameter('scheme_part') }} as part
        on units.scheme = part.scheme and figure.measure = part.measure_part
    inner join {{ parameter('scheme_source') }} as source
        on
            part.scheme = source.scheme
            and part.measure = source.measure
            and figure.figure_source = source.figure_source
    where part.is_additive or units.enterprise_id = units.unit_id

),

added as (

    select
        scheme,
        data_year,
        unit_id,
        enterprise_id,
        measure,
        preference,
        sum(signed_value) as measure_value,
        min(figure_source) as figure_source,
        min(measure_method) as measure_method,
        max(data_use) as data_use,
        bool_or(is_simulated) as is_simulated
    from candidates
    group by scheme, data_year, unit_id, enterprise_id, measure, preference
    having bool_or(is_required)

),

chosen as (

    select
        scheme,
        data_year,
        unit_id,
        enterprise_id,
        measure,
        min(preference) as preference,
        min_by(measure_value, preference) as measure_value,
        min_by(figure_source, preference) as figure_source,
        min_by(measure_method, preference) as measure_method,
        min_by(data_use, preference) as data_use,
        min_by(is_simulated, preference) as is_simulated
    from added
    group by scheme, data_year, unit_id, enterprise_id, measure

),

decided as (

    select * from {{ ref('int_mu_objections') }}
    where is_applied

),

-- A decision about the figure itself replaces it; one about a part (入库税收 within 评价税收) changes it by as much.
decided_parts as (

    select
        decided.scheme,
        decided.data_year,
        decided.unit_id,
        decided.enterprise_id,
        part.measure,
        part.measure_part,
        case when decided.measure = part.measure then decided.decided_value end as whole_value,
        case
            when decided.measure = part.measure_part
                then cast(decided.decided_value * part.coefficient as decimal(24, 8))
        end as part_value,
        decided.is_simulated
    from decided
    inner join {{ parameter('scheme_part') }} as part
        on
            decided.scheme = part.scheme
            and (decided.measure = part.measure or decided.measure = part.measure_part)
    where part.is_additive or decided.enterprise_id = decided.unit_id

),

replaced_parts as (

    select
        decided_parts.scheme,
        decided_parts.data_year,
        decided_parts.enterprise_id,
        decided_parts.measure,
        decided_parts.measure_part,
        sum(candidates.signed_value) as signed_value
    from decided_parts
    inner join chosen
        on
            decided_parts.scheme = chosen.scheme
            and decided_parts.data_year = chosen.data_year
            and decided_parts.enterprise_id = chosen.enterprise_id
            and decided_parts.measure = chosen.measure
    inner join candidates
        on
            decided_parts.scheme = candidates.scheme
            and decided_parts.data_year = candidates.data_year
            and decided_parts.enterprise_id = candidates.enterprise_id
            and decided_parts.measure = candidates.measure
            and decided_parts.measure_part = candidates.measure_part
            and chosen.preference = candidates.preference
    group by
        decided_parts.scheme, decided_parts.data_year, decided_parts.enterprise_id, decided_parts.measure,
        decided_parts.measure_part

),

corrections as (

    select
        decided_parts.scheme,
        decided_parts.data_year,
        decided_parts.unit_id,
        decided_parts.enterprise_id,
        decided_parts.measure,
        max(decided_parts.whole_value) as whole_value,
        sum(decided_parts.part_value - coalesce(replaced_parts.signed_value, 0)) as change_value,
        bool_or(decided_parts.is_simulated) as is_simulated
    from decided_parts
    left join replaced_parts
        on
            decided_parts.scheme = replaced_parts.scheme
            and decided_parts.data_year = replaced_parts.data_year
            and decided_parts.enterprise_id = replaced_parts.enterprise_id
            and decided_parts.measure = replaced_parts.measure
            and decided_parts.measure_part = replaced_parts.measure_part
    group by
        decided_parts.scheme, decided_parts.data_year, decided_parts.unit_id, decided_parts.enterprise_id,
        decided_parts.measure

)

select
    coalesce(chosen.scheme, corrections.scheme) as scheme,
    coalesce(chosen.data_year, corrections.data_year) as data_year,
    coalesce(chosen.unit_id, corrections.unit_id) as unit_id,
    coalesce(chosen.enterprise_id, corrections.enterprise_id) as enterprise_id,
    coalesce(chosen.measure, corrections.measure) as measure,
    cast(
        coalesce(
            corrections.whole_value,
            coalesce(chosen.measure_value, 0) + coalesce(corrections.change_value, 0)
        ) as decimal(24, 8)
    ) as measure_value,
    cast(chosen.measure_value as decimal(24, 8)) as value_before,
    case when corrections.measure is not null then 'objection' else chosen.figure_source end as figure_source,
    case when corrections.measure is not null then 'decided' else chosen.measure_method end as measure_method,
    case when corrections.measure is not null then 'administrative' else chosen.data_use end as data_use,
    coalesce(chosen.is_simulated, false) or coalesce(corrections.is_simulated, false) as is_simulated
from chosen
full outer join corrections
    on
        chosen.scheme = corrections.scheme
        and chosen.data_year = corrections.data_year
        and chosen.enterprise_id = corrections.enterprise_id
        and chosen.measure = corrections.measure
