{# Which landed rows count: the newest received not later than the as-of date, by each contract's semantics. #}

{# The as-of day as text, or '' for everything; read when a statement runs (see lake.sql). #}
{% macro as_of() -%}
  {{ env_var('FUYOU_AS_OF', '') if execute else '' }}
{%- endmacro %}

{# A model that holds the rows in force of one extract, known errors corrected: `{{ current_rows('tax_paid') }}` and
   nothing else. Columns, key and semantics come from the model's own (generated) properties. #}
{% macro current_rows(dataset) -%}
  {%- set columns = model.columns.keys() | list -%}
  {%- set key = model.config.meta.get('key', []) -%}
  {{ fuyou.corrected(
      dataset,
      fuyou.rows_in_force(
          fuyou.lake(dataset), columns, key, model.config.meta.get('semantics', 'snapshot'), fuyou.is_made('_period') | trim
      ),
      columns,
      key
  ) }}
{%- endmacro %}

{# snapshot: for each period and sender the newest file wins whole, so that what it leaves out is gone.
   upsert: for each key the newest row wins.
   Equal receipt times: the later publication, then the higher file id, so that the order of intake never matters.
   `condition` restricts to whole periods (incremental.sql). #}
{% macro rows_in_force(relation, columns, key, semantics, condition='true') -%}
  {%- set newest = "_received_at desc, _published_on desc nulls last, _file_id desc" -%}
with landed as (

    select {{ columns | join(', ') }}
    from {{ relation }}
    where
        {{ condition }}
        {%- if fuyou.as_of() | trim %}
        and _received_at < cast('{{ fuyou.as_of() | trim }}' as date) + interval '1' day
        {%- endif %}

),

{% if semantics == 'snapshot' -%}
files as (

    select
        _period,
        _sender,
        _file_id,
        max(_received_at) as _received_at,
        max(_published_on) as _published_on
    from landed
    group by _period, _sender, _file_id

),

winning as (

    select _period, _sender, _file_id
    from files
    qualify row_number() over (partition by _period, _sender order by {{ newest }}) = 1

)

select {% for column in columns %}landed.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
from landed
inner join winning
    on
        landed._period = winning._period
        and landed._sender = winning._sender
        and landed._file_id = winning._file_id
{%- else -%}
newest_rows as (

    select *
    from landed
    qualify row_number() over (partition by {{ key | join(', ') }} order by {{ newest }}, _sheet desc, _row desc) = 1

)

select {{ columns | join(', ') }}
from newest_rows
{%- endif %}
{%- endmacro %}

{# Of the rows in force one per `key` and period: where several senders tell of one key in one period, the newest
   received counts: `from {{ newest_by(ref('stg_…'), ['enterprise_id']) }} as newest`. `key` holds the contract's own.

   What one sender alone tells of a period has each key once already, for that is the grain of staging. Only the rest is
   sorted: sorting costs five times as much as reading. `where`: only rows for which it holds count. `codes`: rows that
   bear a former code have been given to the firm of today (int_identity__codes), beside which its own may stand. #}
{% macro newest_by(relation, key, where=none, codes=none) -%}
(
    with marked as (

        select
            listed.*,
            shared._period is not null{{ ' or recoded.enterprise_id is not null' if codes }} as is_shared
        from {{ relation }} as listed
        left join (
            select _period
            from {{ relation }}
            group by _period
            having min(_sender) < max(_sender)
        ) as shared
            on listed._period = shared._period
        {%- if codes %}
        left join (select distinct enterprise_id from {{ codes }}) as recoded
            on listed.enterprise_id = recoded.enterprise_id
        {%- endif %}
        {%- if where %}
        where {{ where }}
        {%- endif %}

    )

    select * from marked
    where not is_shared

    union all

    select * from marked
    where is_shared
    qualify
        row_number() over (
            partition by {{ key | join(', ') }}, _period
            order by _received_at desc, _published_on desc nulls last, _file_id desc, _sheet desc, _row desc
        ) = 1
)
{%- endmacro %}
