-- Where each figure of a firm-year comes from: the rows of files and what each contributes. A view: power meters alone
-- have three such rows for every reading.
with sources as (

    select * from {{ ref('int_measure_sources__collected') }}
    {% for measure, method in metered_measures().items() %}
    union all
    {{ contributions(ref('int_electricity__yearly'), 'electricity', 'administrative', {measure: measure},
        figure_source="'administrative'", method=method, rank='90' if method else 'method_rank') }}
    {%- endfor %}

)

select
    sources.enterprise_id,
    sources.data_year,
    sources.measure,
    sources.contribution,
    measure.unit,
    sources.dataset,
    sources.figure_source,
    sources.measure_method,
    sources.data_use,
    sources.file_id,
    sources.file_name,
    sources.sheet,
    sources.row,
    sources.is_simulated
from sources
inner join {{ parameter('evaluation_measure') }} as measure
    on sources.measure = measure.measure
