-- Where each figure of a firm-year comes from: the rows of files and what each contributes.
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
from {{ ref('int_measure_sources__collected') }} as sources
inner join {{ parameter('evaluation_measure') }} as measure
    on sources.measure = measure.measure
