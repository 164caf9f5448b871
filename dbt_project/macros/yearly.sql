{# One figure per enterprise and year from extracts of any cadence.

   measure_method  annual: a yearly report · year_to_date: the cumulative figure of December or Q4 ·
                   months / quarters: added up, only if all twelve or four have arrived: part of a year is no year.
   method_rank     the lower is preferred where a firm has several; from 90 on it is an estimate.

   Rows under a code that a firm used to have are that firm's in every year whose register knows it by its present code;
   of rows under both codes for one period the newest counts. #}

{% macro yearly_rows(relation, key, columns, is_cumulative=false) -%}
{%- set by_code = 'enterprise_id' in key -%}
(
    with told as (

        select
            {% for column in key + columns %}
            {%- if by_code and column == 'enterprise_id' -%}
            coalesce(successor.enterprise_id, given.enterprise_id) as enterprise_id,
            {%- else -%}
            given.{{ column }},
            {%- endif %}
            {% endfor -%}
            given._period,
            given._period_kind,
            {% if '_sender' not in key -%}
            given._sender,
            {% endif -%}
            given._received_at,
            given._published_on,
            given._file_id,
            given._file_name,
            given._sheet,
            given._row,
            given._is_simulated
        from {{ relation }} as given
        {%- if by_code %}
        left join (
            select
                codes.former_id,
                yearly.enterprise_id,
                yearly.data_year
            from {{ ref('int_identity__codes') }} as codes
            inner join {{ ref('int_enterprise__yearly') }} as yearly
                on codes.enterprise_id = yearly.enterprise_id
        ) as successor
            on
                given.enterprise_id = successor.former_id
                and cast(substring(given._period, 1, 4) as int) = successor.data_year
        {%- endif %}
        where {{ fuyou.is_made('substring(given._period, 1, 4)') }}

    ),

    newest as (

        select
            {% for column in key + columns %}{{ column }}, {% endfor %}
            _period,
            cast(substring(_period, 1, 4) as int) as data_year,
            case
                when length(_period) = 4 then 'annual'
                when {{ 'true' if is_cumulative else "_period_kind = 'cumulative'" }}
                    then case when substring(_period, 5, 3) in ('-12', 'Q4') then 'year_to_date' end
                when _period_kind = 'quarter' then 'quarters'
                when _period_kind = 'month' then 'months'
            end as measure_method,
            _file_id as file_id,
            _file_name as file_name,
            _sheet as sheet,
            _row as row,
            _is_simulated as is_simulated
        from {{ fuyou.newest_by('told', key, codes=ref('int_identity__codes') if by_code else none) }} as one_each

    ),

    coverage as (

        select
            data_year,
            measure_method,
            count(distinct _period) as periods
        from newest
        group by data_year, measure_method

    )

    select
        newest.*,
        case newest.measure_method when 'annual' then 0 when 'year_to_date' then 1 when 'quarters' then 2 else 3 end
            as method_rank
    from newest
    inner join coverage
        on newest.data_year = coverage.data_year and newest.measure_method = coverage.measure_method
    where
        newest.measure_method in ('annual', 'year_to_date')
        or (newest.measure_method = 'quarters' and coverage.periods = 4)
        or (newest.measure_method = 'months' and coverage.periods = 12)
)
{%- endmacro %}

{# Long rows, one per source row and measure: `measures` maps the measure to its expression over `relation`. #}
{% macro contributions(relation, dataset, data_use, measures, figure_source=none, method=none, rank='method_rank') -%}
{% for measure, expression in measures.items() -%}
select
    enterprise_id,
    data_year,
    '{{ measure }}' as measure,
    {{ figure_source or "'statistics'" }} as figure_source,
    {{ "'" ~ method ~ "'" if method else 'measure_method' }} as measure_method,
    {{ rank }} as method_rank,
    '{{ dataset }}' as dataset,
    '{{ data_use }}' as data_use,
    cast({{ expression }} as decimal(24, 8)) as contribution,
    file_id,
    file_name,
    sheet,
    row,
    is_simulated
from {{ relation }}
where enterprise_id is not null and {{ expression }} is not null
{{ 'union all' if not loop.last }}
{% endfor %}
{%- endmacro %}
