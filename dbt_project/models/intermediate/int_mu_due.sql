-- Which schemes are to be scored anew: those of whose years a figure, a firm or a decision changed since the last build.
-- One number stands for all that a scheme is scored from; numbers are compared, so it does not matter why rows changed.
{{ config(pre_hook='{{ remembered(this) }}') }}
with yearly as (

    {% for input in ['int_enterprise__yearly', 'int_enterprise_measures', 'int_area_measures', 'int_land_parcels__yearly'] -%}
    select
        data_year,
        {{ number_of_row(input) }} as row_number_of_year
    from {{ ref(input) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

years as (

    select
        data_year,
        {{ number_of(['data_year', 'sum(cast(row_number_of_year as decimal(38, 0)))']) }} as year_number
    from yearly
    group by data_year

),

-- Small tables: a change of any row counts for every scheme.
decisions as (

    select coalesce(sum(cast(row_of_any_year as decimal(38, 0))), 0) as decisions_number
    from (
        {% for input in [
            'stg_bureau__enterprise_groups', 'stg_bureau__evaluation_adjustments', 'stg_county__objections', 'dim_area'
        ] -%}
        select {{ number_of_row(input) }} as row_of_any_year
        from {{ ref(input) }}
        {{ 'union all' if not loop.last }}
        {% endfor %}
    ) as whole

),

now as (

    select
        scheme.scheme_key,
        scheme.scheme,
        coalesce(sum(cast(years.year_number as decimal(38, 0))), 0) + max(decisions.decisions_number) as inputs_number
    from {{ parameter('scheme') }} as scheme
    inner join {{ parameter('scheme_year') }} as scheme_years
        on scheme.scheme = scheme_years.scheme
    left join years
        on scheme_years.data_year = years.data_year
    cross join decisions
    group by scheme.scheme_key, scheme.scheme

)

select
    now.scheme_key,
    now.scheme,
    cast(now.inputs_number as decimal(38, 0)) as inputs_number,
    {% if is_remembered() -%}
    coalesce(now.inputs_number <> before.inputs_number, true) as is_due
from now
left join int_mu_due_before as before
    on now.scheme_key = before.scheme_key
    {%- else -%}
    true as is_due
from now
    {%- endif %}
