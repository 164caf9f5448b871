-- One wide row per firm and year for readers. Where several sources give a figure the most official counts
-- (statistics, then administrative records, then declarations), estimates only where nobody gives a figure; what a scheme
-- chooses may differ and is in its items.
{{ config(meta={'by_period': {'column': 'data_year', 'follows': 'year', 'unless_moved': true}}) }}
{%- set measures = [
    'revenue_wan', 'value_added_wan', 'profit_wan', 'wages_wan', 'tax_paid_wan', 'land_own_mu', 'land_leased_in_mu',
    'land_leased_out_mu', 'energy_tce_equivalent', 'energy_tce_calorific', 'emission_equivalent_t', 'employees_average',
    'employees_insured', 'rd_wan'
] %}

with chosen as (

    select
        enterprise_id,
        data_year,
        measure,
        measure_value,
        measure_method,
        is_simulated
    from {{ ref('int_enterprise_measures') }}
    where measure in ('{{ measures | join("', '") }}') and {{ is_made('data_year') }}
    qualify
        row_number() over (
            partition by enterprise_id, data_year, measure
            order by
                case when method_rank >= 90 then 1 else 0 end,
                case data_use when 'statistical_only' then 1 when 'administrative' then 2 else 3 end,
                method_rank,
                figure_source,
                measure_method
        ) = 1

),

wide as (

    select
        enterprise_id,
        data_year,
        {%- for measure in measures %}
        max(case when measure = '{{ measure }}' then measure_value end) as {{ measure }},
        {%- endfor %}
        max(case when measure = 'value_added_wan' then measure_method end) as value_added_method,
        bool_or(is_simulated) as is_simulated
    from chosen
    group by enterprise_id, data_year

)

select
    firms.enterprise_id,
    firms.data_year,
    firms.enterprise_name,
    firms.area_code,
    firms.reporting_unit_code,
    firms.industry_code,
    firms.is_manufacturing,
    firms.scale,
    firms.operating_status,
    {%- for measure in measures %}
    wide.{{ measure }},
    {%- endfor %}
    wide.value_added_method,
    (firms.is_simulated or coalesce(wide.is_simulated, false)) as is_simulated
from {{ ref('int_enterprise__yearly') }} as firms
left join wide
    on
        firms.enterprise_id = wide.enterprise_id
        and firms.data_year = wide.data_year
