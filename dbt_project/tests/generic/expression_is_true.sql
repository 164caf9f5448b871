{# A condition that holds for every row; a row for which it is unknown counts as holding. #}
{% test expression_is_true(model, expression, column_name=none) %}
select *
from {{ model }}
where not ({{ (column_name ~ ' ') if column_name else '' }}{{ expression }})
{% endtest %}
