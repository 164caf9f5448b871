-- Names, present and former, that belong to exactly one enterprise; a name that two bear matches nobody.
with spelled as (

    select
        {{ plain_text('enterprise_name') }} as plain_name,
        enterprise_id
    from {{ ref('int_enterprise__states') }}

    union all

    select
        {{ plain_text('former_names') }} as plain_name,
        enterprise_id
    from {{ ref('stg_statistics__enterprise_registry') }}
    where former_names is not null

)

select
    plain_name,
    min(enterprise_id) as enterprise_id
from spelled
where plain_name is not null and plain_name <> ''
group by plain_name
having count(distinct enterprise_id) = 1
