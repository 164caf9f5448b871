-- The measures of a firm-year, long: every figure that anybody gave, with its origin. A scheme chooses among them.
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
    count(*) as source_rows,
    bool_or(is_simulated) as is_simulated
from {{ ref('int_measure_sources__collected') }}
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
