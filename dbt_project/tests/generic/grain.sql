{# The grain of a table holds: no key column is missing and no key occurs twice. Keys are compared by a number made of
   them, and those whose number occurs twice in full: a third of the cost of comparing the texts of all. #}
{% test grain(model, columns) %}
with suspected as (

    select key_number
    from (select {{ fuyou.number_of(columns) }} as key_number from {{ model }}) as numbered
    group by key_number
    having count(*) > 1

)

select
    {{ columns | join(', ') }},
    count(*) as occurrences
from {{ model }}
where
    {{ fuyou.number_of(columns) }} in (select key_number from suspected)
    {%- for column in columns %}
    or {{ column }} is null
    {%- endfor %}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- for column in columns %}
    or {{ column }} is null
    {%- endfor %}
{% endtest %}
