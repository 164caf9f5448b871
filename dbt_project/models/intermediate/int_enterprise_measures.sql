-- The measures of a firm-year, long: every figure that anybody gave, with its origin. A scheme chooses among them.
-- The readings of power meters are added up beforehand, one row per firm-year in place of dozens.
{{ config(meta={'by_period': {'column': 'data_year', 'follows': 'year', 'unless_moved': true}}) }}
with metered as (

    select
        enterprise_id,
        data_year,
        measure_method,
        method_rank,
        {% for measure in metered_measures() -%}
        cast(sum({{ measure }}) as decimal(24, 8)) as {{ measure }},
        count({{ measure }}) as {{ measure }}_rows,
        {% endfor -%}
        bool_or(is_simulated) as is_simulated
    from {{ ref('int_electricity__yearly') }}
    where {{ is_made('data_year') }}
    group by enterprise_id, data_year, measure_method, method_rank

),

contributed as (

    select
        enterprise_id,
        data_year,
        measure,
        figure_source,
        measure_method,
        method_rank,
        dataset,
        data_use,
        contribution,
        1 as source_rows,
        is_simulated
    from {{ ref('int_measure_sources__collected') }}
    where {{ is_made('data_year') }}
    {% for measure, method in metered_measures().items() %}
    union all

    select
        enterprise_id,
        data_year,
        '{{ measure }}' as measure,
        'administrative' as figure_source,
        {{ "'" ~ method ~ "'" if method else 'measure_method' }} as measure_method,
        {{ 90 if method else 'method_rank' }} as method_rank,
        'electricity' as dataset,
        'administrative' as data_use,
        {{ measure }} as contribution,
        {{ measure }}_rows as source_rows,
        is_simulated
    from metered
    where {{ measure }} is not null
    {% endfor %}
)

select
    enterprise_id,
    data_year,
    measure,
    figure_source,
    measure_method,
    method_rank,
    cast(sum(contribution) as decimal(24, 8)) as measure_value,
    -- A figure drawn from two extracts names both and is bound by the stricter use.
    case when min(dataset) = max(dataset) then min(dataset) else concat_ws('', min(dataset), '+', max(dataset)) end as dataset,
    case
        when bool_or(data_use = 'statistical_only') then 'statistical_only'
        when bool_or(data_use = 'administrative') then 'administrative'
        else 'declared'
    end as data_use,
    cast(sum(source_rows) as bigint) as source_rows,
    bool_or(is_simulated) as is_simulated
from contributed
group by enterprise_id, data_year, measure, figure_source, measure_method, method_rank

union all

select
    enterprise_id,
    data_year,
    'years_in_production' as measure,
    'register' as figure_source,
    'register' as measure_method,
    0 as method_rank,
    cast(years_in_production as decimal(24, 8)) as measure_value,
    'enterprise_registry' as dataset,
    'administrative' as data_use,
    1 as source_rows,
    is_simulated
from {{ ref('int_enterprise__yearly') }}
where years_in_production is not null
