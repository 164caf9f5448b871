-- When each firm opened and began to produce, by the newest register that lists it, and whether that was another month at
-- the last build: figures of firms that have not existed for the whole of a period follow from it.
{{ config(pre_hook='{{ remembered(this) }}') }}
with now as (

    select
        registry.enterprise_id,
        {{ month_of('registry.opened_on') }} as business_opened_month,
        {{ month_of('coalesce(registry.production_started_on, registry.opened_on)') }} as production_begun_month
    from {{ ref('int_registry__monthly') }} as registry
    inner join (
        select
            enterprise_id,
            max(month) as month
        from {{ ref('int_registry__monthly') }}
        group by enterprise_id
    ) as last
        on registry.enterprise_id = last.enterprise_id and registry.month = last.month

)

{% if not is_remembered() -%}
select
    now.*,
    false as has_changed
from now
{%- else -%}
select
    coalesce(now.enterprise_id, before.enterprise_id) as enterprise_id,
    now.business_opened_month,
    now.production_begun_month,
    coalesce(now.business_opened_month, '') <> coalesce(before.business_opened_month, '')
    or coalesce(now.production_begun_month, '') <> coalesce(before.production_begun_month, '') as has_changed
from now
full outer join int_registry__begun_before as before
    on now.enterprise_id = before.enterprise_id
where now.enterprise_id is not null or before.business_opened_month is not null or before.production_begun_month is not null
{%- endif %}
