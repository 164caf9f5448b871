{# The grain of a table holds: no key column is missing and no key occurs twice. #}
{% test grain(model, columns) %}
select
    {% for column in columns %}{{ column }}, {% endfor %}
    count(*) as occurrences
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- for column in columns %}
    or {{ column }} is null
    {%- endfor %}
{% endtest %}
