{# What later files changed, column by column: rows of (dataset, record_key, period, changed_column, old_value, new_value, …).

   snapshot: the files of one period and sender, each against the one before it; a row that a later file leaves out is a
   change of `_row` to null. upsert: the versions of one key in one period, each against the one before. Only what has been
   replaced is compared, and an extract in which nothing has costs one count. Columns and key are those of the staging
   model. #}
{% macro revisions(dataset) -%}
{%- if execute -%}
  {%- set found = [] -%}
  {%- for node in graph.nodes.values() -%}
    {%- if node.name.startswith('stg_') and node.name.split('__')[-1] == dataset -%}
      {%- do found.append(node) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- set staging = found | first -%}
  {{ fuyou.revisions_in(
      dataset, fuyou.lake(dataset), staging.columns.keys() | list, staging.config.meta['key'], staging.config.meta['semantics']
  ) }}
{%- else -%}
  {%- do source('lake', dataset) -%}
(select 1 as dataset)
{%- endif -%}
{%- endmacro %}

{# The same for each extract that only this office has (office.sql), told when the statement runs. #}
{% macro office_revisions() -%}
  {%- set contracts = fuyou.parameter('extract_contract') -%}
  {%- if execute -%}
    {%- for contract in run_query(
        "select dataset, key_columns, landed_columns, semantics from " ~ contracts ~ " where not is_shipped order by dataset"
    ).rows %}
union all
select * from {{ fuyou.revisions_in(
    contract['dataset'], fuyou.lake_folder(contract['dataset']), contract['landed_columns'].split(','),
    contract['key_columns'].split(','), contract['semantics']
) }} as {{ contract['dataset'] }}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}

{% macro revisions_in(dataset, relation, columns, key, semantics) -%}
  {%- set values = [] -%}
  {%- for column in columns if column not in key and not column.startswith('_') -%}
    {%- do values.append(column) -%}
  {%- endfor -%}
  {%- set as_of -%}
    {%- if fuyou.as_of() | trim %} where _received_at < cast('{{ fuyou.as_of() | trim }}' as date) + interval '1' day{% endif -%}
  {%- endset -%}
  {%- set replaced = run_query(
      "select count(*) from (select _period from " ~ relation ~ as_of
      ~ " group by _period" ~ (", _sender" if semantics == 'snapshot' else "")
      ~ " having count(distinct _file_id) > 1) as several"
  ).rows[0][0] -%}
  {%- if not replaced -%}
    {{ return(fuyou.no_revisions()) }}
  {%- endif -%}
  {%- set key_text -%}
    concat_ws('|', {% for column in key %}coalesce(cast({{ column }} as string), '—'){{ ', ' if not loop.last }}{% endfor %})
  {%- endset -%}
(
    with landed as (

        select
            {{ key_text }} as record_key,
            {% for column in values %}cast({{ column }} as string) as {{ column }}, {% endfor %}
            md5(concat_ws('|', _period, {{ '_sender' if semantics == 'snapshot' else key_text }})) as scope_key,
            _period,
            _sender,
            _file_id,
            _received_at,
            _published_on,
            _is_simulated
        from {{ relation }}
        {%- if fuyou.as_of() | trim %}
        where _received_at < cast('{{ fuyou.as_of() | trim }}' as date) + interval '1' day
        {%- endif %}
        {%- if semantics != 'snapshot' %}
        qualify
            row_number() over (partition by {{ key | join(', ') }}, _period, _file_id order by _sheet desc, _row desc) = 1
        {%- endif %}

    ),

    versions as (

        select
            scope_key,
            _file_id,
            row_number() over (
                partition by scope_key
                order by max(_received_at) asc, max(_published_on) asc nulls first, _file_id asc
            ) as version_no,
            max(_received_at) as received_at
        from landed
        group by scope_key, _file_id

    ),

    pairs as (

        select
            later.scope_key,
            earlier._file_id as old_file_id,
            later._file_id as new_file_id,
            later.received_at,
            later.received_at = earlier.received_at as is_tied
        from versions as later
        inner join versions as earlier
            on later.scope_key = earlier.scope_key and later.version_no = earlier.version_no + 1

    ),

    old_rows as (

        select pairs.new_file_id, pairs.old_file_id, pairs.received_at, pairs.is_tied, landed.*
        from pairs
        inner join landed
            on pairs.scope_key = landed.scope_key and pairs.old_file_id = landed._file_id

    ),

    new_rows as (

        select pairs.new_file_id, pairs.old_file_id, pairs.received_at, pairs.is_tied, landed.*
        from pairs
        inner join landed
            on pairs.scope_key = landed.scope_key and pairs.new_file_id = landed._file_id

    ),

    joined as (

        select
            coalesce(new_rows.record_key, old_rows.record_key) as record_key,
            coalesce(new_rows._period, old_rows._period) as period,
            coalesce(new_rows._sender, old_rows._sender) as sender,
            coalesce(new_rows.old_file_id, old_rows.old_file_id) as old_file_id,
            coalesce(new_rows.new_file_id, old_rows.new_file_id) as new_file_id,
            coalesce(new_rows.received_at, old_rows.received_at) as received_at,
            coalesce(new_rows.is_tied, old_rows.is_tied) as is_receipt_tied,
            coalesce(new_rows._is_simulated, false) or coalesce(old_rows._is_simulated, false) as is_simulated,
            case when new_rows.record_key is null then '删除' when old_rows.record_key is null then '新增' else '在' end
                as presence
            {%- for column in values %},
            old_rows.{{ column }} as old_{{ loop.index }},
            new_rows.{{ column }} as new_{{ loop.index }}
            {%- endfor %}
        from old_rows
        full outer join new_rows
            on
                old_rows.record_key = new_rows.record_key
                and old_rows.new_file_id = new_rows.new_file_id
                and old_rows.scope_key = new_rows.scope_key

    ),

    long as (

        select
            joined.record_key,
            joined.period,
            joined.sender,
            joined.old_file_id,
            joined.new_file_id,
            joined.received_at,
            joined.is_receipt_tied,
            joined.is_simulated,
            joined.presence,
            item.changed_column,
            case item.column_no
                when 0 then case joined.presence when '新增' then null else '有' end
                {%- for column in values %}
                when {{ loop.index }} then joined.old_{{ loop.index }}
                {%- endfor %}
            end as old_value,
            case item.column_no
                when 0 then case joined.presence when '删除' then null else '有' end
                {%- for column in values %}
                when {{ loop.index }} then joined.new_{{ loop.index }}
                {%- endfor %}
            end as new_value
        from joined
        cross join (
            select 0 as column_no, '整行' as changed_column
            {%- for column in values %}
            union all select {{ loop.index }} as column_no, '{{ column }}' as changed_column
            {%- endfor %}
        ) as item
        -- A row that came or went is told once, not column by column.
        where (item.column_no = 0) = (joined.presence <> '在')

    )

    select
        '{{ dataset }}' as dataset,
        record_key,
        period,
        sender,
        changed_column,
        old_value,
        new_value,
        old_file_id,
        new_file_id,
        cast(received_at as date) as changed_on,
        is_receipt_tied,
        is_simulated
    from long
    where coalesce(old_value, '') <> coalesce(new_value, '')
)
{%- endmacro %}

{# The columns of revisions() without a row. #}
{% macro no_revisions() -%}
(
    select
        {% for column in [
            'dataset', 'record_key', 'period', 'sender', 'changed_column', 'old_value', 'new_value', 'old_file_id', 'new_file_id'
        ] -%}
        cast(null as string) as {{ column }},
        {% endfor -%}
        cast(null as date) as changed_on,
        cast(null as boolean) as is_receipt_tied,
        cast(null as boolean) as is_simulated
    where false
)
{%- endmacro %}
