{# Months of monthly lists: which list is in force in which month, and whose city a code is in. #}

{% macro month_of(day) -%}
  substring(cast({{ day }} as string), 1, 7)
{%- endmacro %}

{# Whether a row of a history (dim_enterprise) holds in a month: from its first month until the month in which the next
   row begins, if there is one. #}
{% macro holds_in(history, month) -%}
(
    {{ month }} >= {{ history }}.valid_from_month
    and {{ month }} < coalesce({{ history }}.valid_to_month, '9999-99')
)
{%- endmacro %}

{# The city of an area or reporting unit: the first four digits of its code (GB/T 2260). #}
{% macro city_of(code) -%}
  (substring({{ code }}, 1, 4) || '00')
{%- endmacro %}

{# Each row of a monthly list in every month in which it is the sender's newest: from its own month until the sender's
   next list, at most `carry` months long. Brings month and month_index beside the list's own columns. #}
{% macro carried(relation, carry) -%}
(
    select
        months.month,
        months.month_index,
        listed.*
    from (
        select
            _sender as list_sender,
            _period as list_month,
            {{ fuyou.month_number('_period') }} as list_index,
            lead({{ fuyou.month_number('_period') }}) over (partition by _sender order by _period) as next_index
        from (select distinct _sender, _period from {{ relation }} where length(_period) = 7) as sent
    ) as lists
    inner join {{ ref('int_month__spine') }} as months
        on
            months.month_index >= lists.list_index
            and (lists.next_index is null or months.month_index < lists.next_index)
            and months.month_index - lists.list_index <= {{ carry }}
    inner join {{ relation }} as listed
        on lists.list_sender = listed._sender and lists.list_month = listed._period
)
{%- endmacro %}
