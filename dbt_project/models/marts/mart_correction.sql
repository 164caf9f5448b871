-- Known upstream errors and what the office puts in their place. One that holds and no longer finds the wrong value that
-- it expects ends the build, so whatever is listed as in force is applied.
select
    correction_no,
    dataset,
    dataset_title,
    period,
    sender,
    record_key,
    corrected_column,
    corrected_label,
    wrong_value,
    right_value,
    correction_reason,
    reported_to,
    corrected_on,
    corrected_until,
    {%- if as_of() | trim %}
    case
        when corrected_on > cast('{{ as_of() | trim }}' as date) then '尚未登记'
        when corrected_until <= cast('{{ as_of() | trim }}' as date) then '已结束'
        else '生效'
    end as correction_state
    {%- else %}
    case when corrected_until is null then '生效' else '已结束' end as correction_state
    {%- endif %}
from {{ parameter('correction') }}
