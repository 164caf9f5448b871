-- Figures of an area itself, as a scheme for areas may use them beside the sums of its firms: 规上 firms counted on the
-- register, and the yearly accounts.
select
    reporting_unit_code as area_code,
    data_year,
    'above_scale_firms' as measure,
    'register' as figure_source,
    'register' as measure_method,
    0 as method_rank,
    cast(sum(case when scale = 'above' then 1 else 0 end) as decimal(24, 8)) as measure_value,
    'administrative' as data_use,
    bool_or(is_simulated) as is_simulated
from {{ ref('int_enterprise__yearly') }}
where reporting_unit_code is not null
group by reporting_unit_code, data_year
{% for measure, column in {'gdp_wan': 'gdp_yi', 'manufacturing_wan': 'manufacturing_yi'}.items() %}
union all

select
    area_code,
    cast(period as int) as data_year,
    '{{ measure }}' as measure,
    'statistics' as figure_source,
    'given' as measure_method,
    0 as method_rank,
    cast({{ column }} * 10000 as decimal(24, 8)) as measure_value,
    'administrative' as data_use,
    is_simulated
from {{ ref('int_gdp__accounts') }}
where frequency = 'year' and {{ column }} is not null
{% endfor %}