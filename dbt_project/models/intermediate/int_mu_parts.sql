-- What each scheme adds its figures up from, and the numbers that stand for the scheme and the measure in the steps
-- of scoring: whole numbers compare in a fraction of the time of text; names come back in the marts.
select
    scheme.scheme_key,
    scheme.scheme,
    measure.measure_key,
    part.measure,
    measure.measure_title,
    measure.unit,
    row_number() over (partition by part.scheme, part.measure order by part.measure_part) as part_no,
    part.measure_part,
    part.coefficient,
    part.is_required,
    part.is_additive,
    count(*) over (partition by part.scheme, part.measure) > 1 or not part.is_required as is_composed
from {{ parameter('scheme_part') }} as part
inner join {{ parameter('scheme') }} as scheme
    on part.scheme = scheme.scheme
inner join {{ parameter('evaluation_measure') }} as measure
    on part.measure = measure.measure
