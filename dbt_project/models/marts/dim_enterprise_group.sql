select
    grouped.group_code,
    grouped.group_name,
    grouped.enterprise_id,
    coalesce(firm.enterprise_name, grouped.enterprise_name) as enterprise_name,
    grouped.group_role,
    grouped.member_from_on,
    grouped.member_until_on,
    grouped._is_simulated as is_simulated
from {{ ref('stg_bureau__enterprise_groups') }} as grouped
left join {{ ref('dim_enterprise') }} as firm
    on grouped.enterprise_id = firm.enterprise_id and firm.is_current
