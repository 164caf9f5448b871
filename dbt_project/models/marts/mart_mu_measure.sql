-- The figures that a scheme chose for each evaluated unit: which source, which method, and what the figure may be
-- used for. A view, as mart_mu_score_item is.
with figures as (

    select
        figure.scheme_key,
        figure.unit_no,
        figure.measure_key,
        figure.measure_value + coalesce(inside.measure_value, cast(0 as decimal(24, 8))) as measure_value,
        figure.origin_no,
        units.data_year
    from {{ ref('int_mu_figures') }} as figure
    inner join {{ ref('int_mu_units') }} as units
        on figure.firm_no = units.firm_no and units.year_offset = 0 and units.pass_no = 0
    left join {{ ref('int_mu_land__inside') }} as inside
        on figure.firm_no = inside.firm_no and figure.measure_key = inside.measure_key

)

select
    members.scheme,
    members.data_year,
    members.scheme_group,
    members.rank_scope,
    members.unit_id as evaluated_as,
    part.measure,
    part.measure_title,
    cast(sum(figures.measure_value) as decimal(24, 8)) as measure_value,
    part.unit,
    case
        when min(origin.figure_source) = max(origin.figure_source) then min(origin.figure_source) else 'mixed'
    end as figure_source,
    case
        when min(origin.measure_method) = max(origin.measure_method) then min(origin.measure_method) else 'mixed'
    end as measure_method,
    max(origin.data_use) as data_use,
    count(*) as firms,
    bool_or(origin.is_simulated) as is_simulated
from figures
inner join {{ ref('int_mu_members') }} as members
    on figures.unit_no = members.unit_no
inner join {{ ref('int_mu_parts') }} as part
    on figures.scheme_key = part.scheme_key and figures.measure_key = part.measure_key and part.part_no = 1
inner join {{ ref('int_mu_origins') }} as origin
    on figures.data_year = origin.data_year and figures.origin_no = origin.origin_no
group by
    members.scheme, members.data_year, members.scheme_group, members.rank_scope, members.unit_id, part.measure,
    part.measure_title, part.unit
