{# Tables that are made anew only where something they are made of has changed.

   FUYOU_TOUCHED says what has changed since the warehouse was built: the periods of each extract, and the models that
   read none of these extracts. Empty: everything is made anew. On Spark every table always is.

   A model whose rows of one period follow from a few periods of its extracts says so in its meta:
     by_period:
       column: month
       follows: {enterprise_registry: since, financials: next}
   same: a changed period changes that period · next: and the month after it · since: and all that follow it · year: the
   year it lies in · since_year: that year and all that follow it · firms: only what is said below. All extracts it reads,
   through other models too, must be named (`follows: year` for all of them), or a test fails. A staging model needs the
   column alone. `unless_moved: true`: made whole once a name or a former code means another firm than before
   (int_identity__moved), for that may concern any period. `firms: int_registry__begun`: all rows of the firms that this
   model says have changed are made anew too.

   A model of the evaluation, whose rows of one scheme follow from rows of that scheme, says which column names it:
     by_scheme: scheme_key
   int_mu_due tells the schemes of whose years something changed. #}

{# None: the whole table. Else {'periods': [...], 'since': text or none}: these periods and all from `since` on; or
   {'schemes': [...]}. #}
{% macro changes_of(node) -%}
  {%- set text = env_var('FUYOU_TOUCHED', '') if execute and target.type == 'duckdb' else '' -%}
  {%- if not text -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set touched = fromjson(text) -%}
  {%- if node.unique_id in touched['unaffected'] -%}
    {{ return({'periods': [], 'since': none, 'firms': none}) }}
  {%- endif -%}
  {%- set scheme = node.config.meta.get('by_scheme') -%}
  {%- if scheme -%}
    {%- set due = 'select ' ~ scheme ~ ' from ' ~ graph.nodes['model.fuyou.int_mu_due'].relation_name ~ ' where is_due' -%}
    {{ return({'schemes': run_query(due ~ ' order by 1').columns[0].values() | list}) }}
  {%- endif -%}
  {%- set by = node.config.meta.get('by_period') -%}
  {%- set dataset = node.name.split('__')[-1] if node.name.startswith('stg_') else none -%}
  {%- if not by -%}
    {{ return(none) }}
  {%- elif by.get('unless_moved') and fuyou.has_moved() -%}
    {{ return(none) }}
  {%- elif dataset and (node.config.meta['semantics'] != 'snapshot' or fuyou.corrections_of(dataset)) -%}
    {#- Of an upsert key a row of another period may win; corrections are held against all periods at once. -#}
    {{ return(none) }}
  {%- endif -%}
  {%- set periods = [] -%}
  {%- set since = [] -%}
  {%- set follows = by.get('follows') or {dataset: 'same'} -%}
  {%- for source in touched['periods'] if follows is string or source in follows -%}
    {%- set rule = follows if follows is string else follows[source] -%}
    {%- for period in touched['periods'][source] if rule != 'firms' -%}
      {%- do periods.append(period[:4] if rule in ('year', 'since_year') else period) -%}
      {%- if rule == 'next' and period | length == 7 and period[5:] != '12' -%}
        {%- do periods.append(period[:5] ~ '%02d' | format(period[5:] | int + 1)) -%}
      {%- elif rule in ('since', 'since_year') -%}
        {%- do since.append(period if rule == 'since' and period | length == 7 else period[:4]) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return({
      'periods': periods | unique | sort, 'since': since | sort | first if since else none,
      'firms': fuyou.changed_firms('model.fuyou.' ~ by['firms'], touched['unaffected']) if by.get('firms') else none,
  }) }}
{%- endmacro %}

{# The firms that a model made in this run says have changed, as a condition; none if there are none. #}
{% macro changed_firms(unique_id, unaffected) -%}
  {%- set changed = 'from ' ~ graph.nodes[unique_id].relation_name ~ ' where has_changed' -%}
  {%- if unique_id in unaffected or not run_query('select count(*) ' ~ changed).columns[0].values()[0] -%}
    {{ return(none) }}
  {%- endif -%}
  {{ return('enterprise_id in (select enterprise_id ' ~ changed ~ ')') }}
{%- endmacro %}

{# The condition under which a row of `node` is made in this run: true, false, or one on its periods. With `years` the
   condition on the years of these periods, for what a row needs of other months of its year. #}
{% macro is_made(column, node=none, years=false) -%}
  {%- set changes = fuyou.changes_of(node or model) if execute else none -%}
  {%- if changes is none or (node is none and not fuyou.is_there()) -%}
    true
  {%- elif not (changes['periods'] or changes['schemes'] or changes['firms']) -%}
    false
  {%- elif changes['schemes'] -%}
    {{ column }} in ({% for scheme in changes['schemes'] %}{{ "'" ~ scheme ~ "'" if scheme is string else scheme }}
    {{- ', ' if not loop.last }}{% endfor %})
  {%- elif not changes['periods'] -%}
    {{ changes['firms'] }}
  {%- else -%}
    {%- set value = 'substring(' ~ column ~ ', 1, 4)' if years else column -%}
    {%- set listed = [] -%}
    {%- for period in changes['periods'] -%}
      {%- do listed.append("'" ~ (period[:4] if years else period) ~ "'") -%}
    {%- endfor -%}
    ({{ value }} in ({{ listed | unique | join(', ') }})
    {%- if changes['since'] is not none %} or {{ value }} >= '{{ changes['since'][:4] if years else changes['since'] }}'{% endif %}
    {%- if changes['firms'] %} or {{ changes['firms'] }}{% endif %})
  {%- endif -%}
{%- endmacro %}

{# The condition under which a row of something that a model reads may be needed in this run: its period lies not more
   than so many years before the earliest that is made, or its firm is made whole. #}
{% macro is_needed(column, years) -%}
  {%- set changes = fuyou.changes_of(model) if execute else none -%}
  {%- if changes is none or not fuyou.is_there() -%}
    true
  {%- elif not changes['periods'] -%}
    {{ changes['firms'] or 'false' }}
  {%- else -%}
    {%- set first = (changes['periods'] + ([changes['since']] if changes['since'] else [])) | min -%}
    (substring({{ column }}, 1, 4) >= '{{ first[:4] | int - years }}'{% if changes['firms'] %} or {{ changes['firms'] }}{% endif %})
  {%- endif -%}
{%- endmacro %}

{% macro has_moved() -%}
  {%- set moved = graph.nodes['model.fuyou.int_identity__moved'].relation_name -%}
  {{ return(run_query('select count(*) from ' ~ moved ~ ' where is_moved').columns[0].values()[0] > 0) }}
{%- endmacro %}

{# The column that says which part of its table a row belongs to; none where a table is made whole. #}
{% macro part_column(meta) -%}
  {{ return(meta.get('by_scheme') or (meta.get('by_period') or {}).get('column')) }}
{%- endmacro %}

{% macro is_there() -%}
  {{ return(load_cached_relation(this) is not none) }}
{%- endmacro %}

{# dbt-duckdb's own makes a second table, renames both and drops one: five statements where one does. #}
{% materialization table, adapter='duckdb', supported_languages=['sql'] %}
  {%- set existing = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set by = fuyou.part_column(config.get('meta', {})) -%}
  {%- set made = fuyou.is_made(by or '_period') | trim -%}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {% if made == 'false' %}
    {% call noop_statement('main', 'SKIP') %}-- nothing it is made of has changed{% endcall %}
  {% elif made == 'true' or not by %}
    {% if existing is not none and not existing.is_table %}
      {% do adapter.drop_relation(existing) %}
    {% endif %}
    {% call statement('main') -%}
      drop table if exists {{ target_relation }};
      {{ create_table_as(False, target_relation, compiled_code) }}
    {%- endcall %}
  {% else %}
    {% call statement('main') -%}
      delete from {{ target_relation }} where {{ made }};
      insert into {{ target_relation }} by name (select * from ({{ compiled_code }}) as anew where {{ made }});
    {%- endcall %}
  {% endif %}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {% do persist_docs(target_relation, model) %}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# A check of one table looks at the rows that this run made; the others passed when they were made. One that only warns
   looks at all, for it may have failed then. #}
{% macro duckdb__get_where_subquery(relation) -%}
  {%- set whole = fuyou.default_where(relation) -%}
  {%- if
      not execute or model.resource_type != 'test' or model.depends_on.nodes | length != 1
      or config.get('severity', 'error') | lower != 'error'
  -%}
    {{ return(whole) }}
  {%- endif -%}
  {%- set checked = graph.nodes[model.depends_on.nodes[0]] -%}
  {%- set by = fuyou.part_column(checked.config.meta) -%}
  {%- set made = fuyou.is_made(by or '_period', checked) | trim -%}
  {%- if made == 'true' or (made != 'false' and not by) -%}
    {{ return(whole) }}
  {%- endif -%}
  {{ return('(select * from ' ~ whole ~ ' where ' ~ made ~ ') dbt_subquery') }}
{%- endmacro %}

{% macro default_where(relation) -%}
  {%- set where = config.get('where', '') -%}
  {{ return('(select * from ' ~ relation ~ ' where ' ~ where ~ ') dbt_where' if where else relation) }}
{%- endmacro %}

{# What a table held before this run, as a temporary table beside it: nothing if everything is made anew. #}
{% macro remembered(relation) -%}
  {%- if fuyou.is_remembered() -%}
create or replace temporary table {{ relation.identifier }}_before as select * from {{ relation }}
  {%- endif -%}
{%- endmacro %}

{% macro is_remembered() -%}
  {{ return(execute and target.type == 'duckdb' and env_var('FUYOU_TOUCHED', '') != '' and fuyou.is_there()) }}
{%- endmacro %}
