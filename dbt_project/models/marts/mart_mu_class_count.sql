-- Firms by class, for the whole area of a scheme and for each county in it. A unit of several firms counts once, as
-- in the ranking; its land and tax are those of all its firms.
with figures as (

    select
        figure.unit_no,
        {% for name in ['land_mu', 'tax_paid_wan', 'energy_tce'] -%}
        cast(sum(case when part.measure = '{{ name }}' then figure.measure_value end) as decimal(24, 8)) as {{ name }}
        {{- ',' if not loop.last }}
        {% endfor %}
    from {{ unit_figures() }} as figure
    inner join {{ ref('int_mu_parts') }} as part
        on figure.scheme_key = part.scheme_key and figure.measure_key = part.measure_key and part.part_no = 1
    where part.measure in ('land_mu', 'tax_paid_wan', 'energy_tce')
    group by figure.unit_no

),

units as (

    select
        score.*,
        scheme.scheme_area_code,
        figures.land_mu,
        figures.tax_paid_wan,
        figures.energy_tce
    from {{ ref('mart_mu_score') }} as score
    inner join {{ parameter('scheme') }} as scheme
        on score.scheme = scheme.scheme
    inner join {{ ref('int_mu_members') }} as members
        on
            scheme.scheme_key = members.scheme_key
            and members.year_offset = 0
            and members.pass_no = 0
            and score.enterprise_id = members.unit_id
    left join figures
        on members.unit_no = figures.unit_no
    where score.enterprise_id = score.evaluated_as

),

placed as (

    select units.*, units.scheme_area_code as counted_area_code from units
    union all
    select units.*, units.area_code as counted_area_code from units where units.area_code <> units.scheme_area_code

),

classed as (

    select
        scheme,
        data_year,
        scheme_group,
        counted_area_code as area_code,
        final_class as class,
        1 as final_units,
        0 as initial_units,
        land_mu,
        tax_paid_wan,
        energy_tce,
        is_simulated,
        scheme_status
    from placed
    union all
    select
        scheme,
        data_year,
        scheme_group,
        counted_area_code as area_code,
        initial_class as class,
        0 as final_units,
        1 as initial_units,
        null as land_mu,
        null as tax_paid_wan,
        null as energy_tce,
        is_simulated,
        scheme_status
    from placed
    where initial_class is not null

),

counted as (

    select
        scheme,
        data_year,
        scheme_group,
        area_code,
        class,
        sum(final_units) as enterprises,
        sum(initial_units) as initial_enterprises,
        sum(land_mu) as land_mu,
        sum(tax_paid_wan) as tax_paid_wan,
        sum(energy_tce) as energy_tce,
        max(scheme_status) as scheme_status,
        bool_or(is_simulated) as is_simulated
    from classed
    group by scheme, data_year, scheme_group, area_code, class

)

select
    scheme,
    data_year,
    scheme_group,
    area_code,
    class,
    cast(enterprises as bigint) as enterprises,
    cast(initial_enterprises as bigint) as initial_enterprises,
    {{ pct('enterprises', 'sum(enterprises) over (partition by scheme, data_year, scheme_group, area_code)') }} as share_pct,
    cast(land_mu as decimal(24, 8)) as land_mu,
    cast(tax_paid_wan as decimal(24, 8)) as tax_paid_wan,
    cast(energy_tce as decimal(24, 8)) as energy_tce,
    scheme_status,
    is_simulated
from counted
