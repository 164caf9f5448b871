-- Whom each former code, and each name in the lists that yearly figures come from, means; and whether it meant another firm
-- at the last build. A name that was not listed before stands in rows that are new themselves.
{{ config(pre_hook='{{ remembered(this) }}') }}
with now as (

    select dataset, firm_role, given_id, plain_name, given_area, enterprise_id
    from {{ ref('int_identity__matched') }}
    where dataset in ('investment_projects', 'land_parcels', 'plant_leases')

    union all

    select
        'enterprise_registry' as dataset,
        'former_code' as firm_role,
        former_id as given_id,
        '' as plain_name,
        '' as given_area,
        enterprise_id
    from {{ ref('int_identity__codes') }}

)

{% if not is_remembered() -%}
select
    now.*,
    false as is_moved
from now
{%- else -%}
select
    coalesce(now.dataset, before.dataset) as dataset,
    coalesce(now.firm_role, before.firm_role) as firm_role,
    coalesce(now.given_id, before.given_id) as given_id,
    coalesce(now.plain_name, before.plain_name) as plain_name,
    coalesce(now.given_area, before.given_area) as given_area,
    now.enterprise_id,
    (
        coalesce(now.firm_role, before.firm_role) = 'former_code'
        or (now.dataset is not null and before.dataset is not null)
    ) and coalesce(now.enterprise_id, '') <> coalesce(before.enterprise_id, '') as is_moved
from now
full outer join int_identity__moved_before as before
    on
        now.dataset = before.dataset
        and now.firm_role = before.firm_role
        and now.given_id = before.given_id
        and now.plain_name = before.plain_name
        and now.given_area = before.given_area
where now.dataset is not null or before.enterprise_id is not null
{%- endif %}
