-- The figures that a scheme uses, per firm: the first source that has one, added up from its signed parts; a figure
-- decided after an objection takes its place, and what it was before stays beside it.
{{ config(meta={'by_scheme': 'scheme_key'}) }}
with ways as (

    -- What may stand for a measure. `choice` orders it: estimates after all accounted figures, whoever gave them; then
    -- by the scheme's sources; then by method; its last digits say the kind of figure.
    select
        part.scheme_key,
        origin.data_year,
        part.measure_key,
        part.measure,
        part.part_no,
        part.coefficient,
        part.is_required,
        part.is_additive,
        part.is_composed,
        origin.measure as measure_part,
        origin.figure_source,
        origin.measure_method,
        origin.method_rank,
        origin.data_use,
        origin.is_simulated,
        cast(case when origin.method_rank >= 90 then 100000 else 0 end + source.source_rank * 1000 + origin.method_rank as bigint)
        * 100000 + origin.origin_no as choice
    from {{ ref('int_mu_parts') }} as part
    inner join {{ parameter('scheme_year') }} as years
        on part.scheme = years.scheme
    inner join {{ parameter('scheme_source') }} as source
        on part.scheme = source.scheme and part.measure = source.measure
    inner join {{ ref('int_mu_origins') }} as origin
        on
            years.data_year = origin.data_year
            and part.measure_part = origin.measure
            and source.figure_source = origin.figure_source

),

candidates as (

    select
        units.scheme_key,
        units.firm_no,
        units.unit_no,
        ways.measure_key,
        ways.part_no,
        ways.is_required,
        ways.is_composed,
        ways.choice,
        -- Nearly all coefficients are 1 or −1; others keep their exact product.
        case
            when ways.coefficient = 1 then given.measure_value
            when ways.coefficient = -1 then -given.measure_value
            else cast(given.measure_value * ways.coefficient as decimal(24, 8))
        end as signed_value
    from {{ given_figures() }} as given
    inner join {{ ref('int_mu_units') }} as units
        on given.enterprise_id = units.enterprise_id and given.data_year = units.data_year
    inner join ways
        on
            units.scheme_key = ways.scheme_key
            and given.data_year = ways.data_year
            and given.measure = ways.measure_part
            and given.figure_source = ways.figure_source
            and given.measure_method = ways.measure_method
            and given.method_rank = ways.method_rank
            and given.data_use = ways.data_use
            and given.is_simulated = ways.is_simulated
    where {{ is_made('units.scheme_key') }} and (ways.is_additive or units.firm_no = units.unit_no)

),

-- Parts of one source and method belong together; the sum is simulated if one of them is.
composed as (

    select
        scheme_key,
        firm_no,
        unit_no,
        measure_key,
        min(choice - choice % 2) + max(choice % 2) as choice,
        sum(signed_value) as measure_value
    from candidates
    where is_composed
    group by scheme_key, firm_no, unit_no, measure_key, cast(floor(choice / 100000) as bigint)
    having bool_or(is_required)

),

chosen as (

    select
        firm_no,
        measure_key,
        max(scheme_key) as scheme_key,
        max(unit_no) as unit_no,
        min(choice) as choice,
        min_by(measure_value, choice) as measure_value
    from (
        select scheme_key, firm_no, unit_no, measure_key, choice, signed_value as measure_value
        from candidates
        where not is_composed
        union all
        select scheme_key, firm_no, unit_no, measure_key, choice, measure_value
        from composed
    ) as alternatives
    group by firm_no, measure_key

),

-- A decision about the figure itself replaces it; one about a part (入库税收 within 评价税收) changes it by as much.
decided as (

    select
        part.scheme_key,
        objection.unit_no,
        objection.firm_no,
        part.measure_key,
        part.part_no,
        case when objection.measure = part.measure then objection.decided_value end as whole_value,
        case
            when objection.measure = part.measure_part
                then cast(objection.decided_value * part.coefficient as decimal(24, 8))
        end as part_value,
        objection.is_simulated
    from {{ ref('int_mu_objections') }} as objection
    inner join {{ ref('int_mu_parts') }} as part
        on
            objection.scheme = part.scheme
            and (objection.measure = part.measure or objection.measure = part.measure_part)
    where objection.is_applied and (part.is_additive or objection.firm_no = objection.unit_no)

),

replaced as (

    select
        decided.firm_no,
        decided.measure_key,
        decided.part_no,
        sum(candidates.signed_value) as signed_value
    from decided
    inner join chosen
        on decided.firm_no = chosen.firm_no and decided.measure_key = chosen.measure_key
    inner join candidates
        on
            decided.firm_no = candidates.firm_no
            and decided.measure_key = candidates.measure_key
            and decided.part_no = candidates.part_no
    where floor(candidates.choice / 100000) = floor(chosen.choice / 100000)
    group by decided.firm_no, decided.measure_key, decided.part_no

),

corrections as (

    select
        decided.scheme_key,
        decided.unit_no,
        decided.firm_no,
        decided.measure_key,
        max(decided.whole_value) as whole_value,
        sum(decided.part_value - coalesce(replaced.signed_value, 0)) as change_value,
        bool_or(decided.is_simulated) as is_simulated
    from decided
    left join replaced
        on
            decided.firm_no = replaced.firm_no
            and decided.measure_key = replaced.measure_key
            and decided.part_no = replaced.part_no
    group by decided.scheme_key, decided.unit_no, decided.firm_no, decided.measure_key

),

corrected as (

    select
        corrections.scheme_key,
        corrections.unit_no,
        corrections.firm_no,
        corrections.measure_key,
        cast(
            coalesce(
                corrections.whole_value,
                coalesce(chosen.measure_value, 0) + coalesce(corrections.change_value, 0)
            ) as decimal(24, 8)
        ) as measure_value,
        cast(chosen.measure_value as decimal(24, 8)) as value_before,
        case when corrections.is_simulated or coalesce(chosen.choice % 2, 0) = 1 then 1 else 0 end as origin_no
    from corrections
    left join chosen
        on corrections.firm_no = chosen.firm_no and corrections.measure_key = chosen.measure_key

)

select
    chosen.scheme_key,
    chosen.unit_no,
    chosen.firm_no,
    chosen.measure_key,
    cast(chosen.measure_value as decimal(24, 8)) as measure_value,
    cast(null as decimal(24, 8)) as value_before,
    cast(chosen.choice % 100000 as int) as origin_no
from chosen
left join corrected
    on chosen.firm_no = corrected.firm_no and chosen.measure_key = corrected.measure_key
where corrected.firm_no is null

union all

select
    scheme_key,
    unit_no,
    firm_no,
    measure_key,
    measure_value,
    value_before,
    origin_no
from corrected
