{# The reporting units of a city are disjoint: their counts add up to the city's row, for every combination of `by`. #}
{% test units_add_up(model, columns, by) %}
with placed as (

    select
        *,
        {{ fuyou.city_of('reporting_unit_code') }} as city_code
    from {{ model }}

)

select
    city_code,
    {{ by | join(', ') }}
from placed
group by city_code, {{ by | join(', ') }}
having
    count(case when reporting_unit_code = city_code then 1 end) = 0
    {%- for column in columns %}
    or sum(case when reporting_unit_code = city_code then {{ column }} else -{{ column }} end) <> 0
    {%- endfor %}
{% endtest %}
