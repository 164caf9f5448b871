-- Firms as extracts name them where the code may be empty: by code if given, name and place; and how many rows do so.
with places as (

    -- A place is written as its code or its name; zones count as the county that they lie in.
    select
        written.given_area,
        min(case when area.area_level = 'zone' then area.parent_area_code else area.area_code end) as match_area_code
    from {{ parameter('area') }} as area
    inner join (
        select
            area_code,
            area_code as given_area
        from {{ parameter('area') }}
        union
        select
            area_code,
            area_name as given_area
        from {{ parameter('area') }}
        union
        select
            area_code,
            area_short_name as given_area
        from {{ parameter('area') }}
    ) as written
        on area.area_code = written.area_code
    where area.area_level in ('city', 'county', 'zone')
    group by written.given_area
    having
        count(distinct case when area.area_level = 'zone' then area.parent_area_code else area.area_code end) = 1

),

listed as (

    {% for reference in firm_references() -%}
    select
        '{{ reference['dataset'] }}' as dataset,
        '{{ reference['role'] }}' as firm_role,
        coalesce({{ reference['id'] }}, '') as given_id,
        coalesce({{ plain_text(reference['name']) }}, '') as plain_name,
        coalesce({{ reference['area'] }}, '') as given_area,
        {{ reference['name'] }} as enterprise_name,
        _period,
        _is_simulated
    from {{ ref(reference['staging']) }}
    where {{ reference['id'] }} is not null or {{ reference['name'] }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    listed.dataset,
    listed.firm_role,
    listed.given_id,
    listed.plain_name,
    listed.given_area,
    max(places.match_area_code) as match_area_code,
    min(listed.enterprise_name) as enterprise_name,
    count(*) as rows_listed,
    min(listed._period) as first_period,
    max(listed._period) as last_period,
    bool_or(listed._is_simulated) as is_simulated
from listed
left join places
    on listed.given_area = places.given_area
group by listed.dataset, listed.firm_role, listed.given_id, listed.plain_name, listed.given_area
