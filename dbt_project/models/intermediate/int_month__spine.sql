-- Every calendar month from the first register to the newest month that a monthly extract describes, without gaps.
with digits as (

    select 0 as digit
    {% for digit in range(1, 10) -%}
    union all select {{ digit }}
    {% endfor %}

),

registry as (

    select
        min(month) as first_month,
        max(month) as last_month
    from {{ ref('int_registry__monthly') }}

),

newest as (

    select last_month as month from registry
    union all select max(_period) from {{ ref('stg_tax__tax_sales') }} where length(_period) = 7
    union all select max(_period) from {{ ref('stg_statistics__financials') }} where length(_period) = 7
    union all select max(_period) from {{ ref('stg_county__cultivation_list') }} where length(_period) = 7
    union all select max(_period) from {{ ref('stg_county__issue_ledger') }} where length(_period) = 7

),

bounds as (

    select
        {{ month_number('registry.first_month') }} as first_index,
        {{ month_number('registry.last_month') }} as registry_index,
        {{ month_number('last_of_all.month') }} as last_index
    from registry
    cross join (select max(month) as month from newest) as last_of_all
    where registry.first_month is not null

),

months as (

    select
        bounds.first_index + hundreds.digit * 100 + tens.digit * 10 + ones.digit as month_index,
        bounds.registry_index,
        bounds.last_index
    from bounds
    cross join digits as hundreds
    cross join digits as tens
    cross join digits as ones

)

select
    {{ month_text('month_index') }} as month,
    month_index,
    cast(floor(month_index / 12) as int) as data_year,
    month_index - 12 * cast(floor(month_index / 12) as int) + 1 as month_of_year,
    month_index <= registry_index as is_registered
from months
where month_index <= last_index
