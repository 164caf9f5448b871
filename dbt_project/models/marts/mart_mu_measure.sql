-- The figures that a scheme chose for each evaluated unit: which source, which method, and what the figure may be
-- used for.
select
    chosen.scheme,
    chosen.data_year,
    members.scheme_group,
    members.rank_scope,
    chosen.unit_id as evaluated_as,
    chosen.measure,
    measure.measure_title,
    chosen.measure_value,
    measure.unit,
    chosen.figure_source,
    chosen.measure_method,
    chosen.data_use,
    chosen.firms,
    chosen.is_simulated
from {{ ref('int_mu_measures') }} as chosen
inner join {{ ref('int_mu_members') }} as members
    on
        chosen.scheme = members.scheme
        and chosen.data_year = members.data_year
        and chosen.unit_id = members.unit_id
        and members.year_offset = 0
inner join {{ parameter('evaluation_measure') }} as measure
    on chosen.measure = measure.measure
