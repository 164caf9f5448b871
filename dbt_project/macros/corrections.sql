{# Known upstream errors (reference/corrections.yaml): applied cell by cell to the rows in force, and refused loudly once
   the sender no longer writes what was registered as wrong. A dataset without an entry costs one look at a small file. #}

{# The rows of `current_sql` with the corrected cells; everything else, the source included, stays the sender's. #}
{% macro corrected(dataset, current_sql, columns, key) -%}
  {%- set entries = fuyou.corrections_of(dataset) -%}
  {%- if not entries -%}
    {{ current_sql }}
  {%- else -%}
    {%- do fuyou.refuse_expired(entries, current_sql, key) -%}
select
    {%- for column in columns %}
    {% set own = entries | selectattr('corrected_column', 'equalto', column) | list -%}
    {%- if own -%}
    case
        {%- for entry in own %}
        when {{ fuyou.is_corrected_row(entry, key) }} then {{ fuyou.cell_value(entry['right_value'], entry['corrected_type']) }}
        {%- endfor %}
        else {{ column }}
    end as {{ column }}
    {%- else -%}
    {{ column }}
    {%- endif -%}
    {{ ',' if not loop.last }}
    {%- endfor %}
from ({{ current_sql }}) as reported
  {%- endif -%}
{%- endmacro %}

{# The entries that hold on the as-of day: registered by then and not ended; without such a day, those without an end. #}
{% macro corrections_of(dataset) -%}
  {%- if not execute -%}
    {{ return([]) }}
  {%- endif -%}
  {%- set as_of = fuyou.as_of() | trim -%}
  {%- set found = run_query(
      "select correction_no, dataset_title, period, sender, record_key, corrected_column, corrected_label, corrected_type, "
      ~ "wrong_value, right_value from " ~ fuyou.parameter_file('correction')
      ~ " where dataset = '" ~ dataset ~ "' and "
      ~ (
          "corrected_on <= cast('" ~ as_of ~ "' as date) "
          ~ "and (corrected_until is null or corrected_until > cast('" ~ as_of ~ "' as date))"
          if as_of else "corrected_until is null"
      )
      ~ " order by correction_no"
  ) -%}
  {{ return(found.rows | list) }}
{%- endmacro %}

{% macro is_corrected_row(entry, key) -%}
  _period = {{ fuyou.text_literal(entry['period']) }}
  {%- if entry['sender'] is not none %} and _sender = {{ fuyou.text_literal(entry['sender']) }}{% endif %} and concat_ws('|'
  {%- for column in key %}, coalesce(cast({{ column }} as string), '—'){% endfor %}) = {{ fuyou.text_literal(entry['record_key']) }}
{%- endmacro %}

{% macro cell_value(text, type) -%}
  cast({{ 'null' if text is none else fuyou.text_literal(text) }} as {{ type }})
{%- endmacro %}

{% macro text_literal(text) -%}
  {{ adapter.dispatch('text_literal', 'fuyou')(text | string) }}
{%- endmacro %}

{% macro duckdb__text_literal(text) -%}
  '{{ text | replace("'", "''") }}'
{%- endmacro %}

{% macro spark__text_literal(text) -%}
  '{{ text | replace("\\", "\\\\") | replace("'", "\\'") }}'
{%- endmacro %}

{# Ends the build with a sentence for the office when a corrected cell is gone or no longer holds the expected value. #}
{% macro refuse_expired(entries, current_sql, key) -%}
  {%- set counted = [] -%}
  {%- for entry in entries -%}
    {%- set row = fuyou.is_corrected_row(entry, key) -%}
    {%- set cell = entry['corrected_column'] -%}
    {%- set is_expected -%}
      {%- if entry['wrong_value'] is none -%}
        {{ cell }} is null
      {%- else -%}
        {{ cell }} = {{ fuyou.cell_value(entry['wrong_value'], entry['corrected_type']) }}
      {%- endif -%}
    {%- endset -%}
    {%- do counted.append("count(case when " ~ row ~ " then 1 end)") -%}
    {%- do counted.append("count(case when " ~ row ~ " and " ~ is_expected ~ " then 1 end)") -%}
    {%- do counted.append("max(case when " ~ row ~ " then cast(" ~ cell ~ " as string) end)") -%}
    {%- do counted.append("max(case when " ~ row ~ " then _file_name end)") -%}
  {%- endfor -%}
  {%- set told = run_query("select " ~ counted | join(", ") ~ " from (" ~ current_sql ~ ") as reported").rows[0] -%}
  {%- set expired = [] -%}
  {%- for entry in entries -%}
    {%- set at = 4 * loop.index0 -%}
    {%- if told[at] == 0 or told[at + 1] != told[at] -%}
      {%- set now = '现行数据中已没有这一行' if told[at] == 0 else
          '报送单位现报 ' ~ (told[at + 2] if told[at + 2] is not none else '空') ~ '（' ~ told[at + 3] ~ '）' -%}
      {%- do expired.append(
          '第 ' ~ entry['correction_no'] ~ ' 条（' ~ entry['dataset_title'] ~ ' ' ~ entry['period'] ~ ' ' ~ entry['record_key']
          ~ ' ' ~ entry['corrected_label'] ~ '）登记的错误值是 '
          ~ (entry['wrong_value'] if entry['wrong_value'] is not none else '空') ~ '，' ~ now
      ) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if expired -%}
    {%- do exceptions.raise_compiler_error(
        '[correction-expired] corrections.yaml 的更正已失效：' ~ expired | join('；')
        ~ '。报送单位已改正的，给该条补上 until（收到新数的日期）；仍有误的，把 expected 改为新值。'
    ) -%}
  {%- endif -%}
{%- endmacro %}
