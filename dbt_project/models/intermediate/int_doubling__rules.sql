-- Base and end year of each area whose doubling is measured: its own rule, else, for any other area with manufacturing
-- in its accounts, the rule for all others (`*`), for comparison only.
with own as (

    select
        rule.area_code,
        area.area_name,
        rule.base_year,
        rule.end_year,
        rule.target_multiple,
        rule.set_by,
        true as has_target
    from {{ parameter('doubling_rule') }} as rule
    inner join {{ ref('dim_area') }} as area
        on rule.area_code = area.area_code

),

others as (

    select
        accounts.area_code,
        max(coalesce(area.area_name, accounts.area_name)) as area_name
    from {{ ref('int_gdp__accounts') }} as accounts
    left join {{ ref('dim_area') }} as area
        on accounts.area_code = area.area_code
    left join own
        on accounts.area_code = own.area_code
    where accounts.manufacturing_yi is not null and own.area_code is null
    group by accounts.area_code

)

select
    area_code,
    area_name,
    base_year,
    end_year,
    target_multiple,
    set_by,
    has_target
from own

union all

select
    others.area_code,
    others.area_name,
    rule.base_year,
    rule.end_year,
    rule.target_multiple,
    rule.set_by,
    false as has_target
from others
inner join {{ parameter('doubling_rule') }} as rule
    on rule.area_code = '*'
