-- Revenue of a year by entity: each legal person in the library at the year's end, and each group as the sum of its
-- members in our data (deals among them are not taken out).
with year_end as (

    select
        data_year,
        max(month) as month
    from {{ ref('int_month__spine') }}
    group by data_year

),

persons as (

    select
        revenue.data_year,
        members.enterprise_id,
        members.enterprise_name,
        members.reporting_unit_code,
        revenue.revenue_wan,
        revenue.is_simulated or members.is_simulated as is_simulated
    from {{ ref('int_revenue__yearly') }} as revenue
    inner join year_end
        on revenue.data_year = year_end.data_year
    inner join {{ ref('int_library__members') }} as members
        on revenue.enterprise_id = members.enterprise_id and year_end.month = members.month

),

grouped as (

    select
        persons.*,
        memberships.group_code,
        memberships.group_name,
        memberships.group_role
    from persons
    inner join {{ ref('stg_bureau__enterprise_groups') }} as memberships
        on
            persons.enterprise_id = memberships.enterprise_id
            and year(memberships.member_from_on) <= persons.data_year
            and (memberships.member_until_on is null or year(memberships.member_until_on) > persons.data_year)
    qualify
        row_number() over (
            partition by persons.data_year, memberships.group_code, persons.enterprise_id
            order by memberships.member_from_on desc, memberships.group_role desc
        ) = 1

),

-- A group is counted where its parent is, else where its largest member is.
seats as (

    select
        data_year,
        group_code,
        group_name,
        reporting_unit_code
    from grouped
    qualify
        row_number() over (
            partition by data_year, group_code
            order by case when group_role = 'parent' then 0 else 1 end, revenue_wan desc, enterprise_id
        ) = 1

)

select
    data_year,
    'legal_person' as entity,
    enterprise_id as member_id,
    enterprise_id,
    enterprise_name,
    reporting_unit_code,
    revenue_wan,
    cast(1 as bigint) as legal_persons,
    is_simulated
from persons

union all

select
    seats.data_year,
    'group' as entity,
    ('集团:' || seats.group_code) as member_id,
    cast(null as string) as enterprise_id,
    max(seats.group_name) as enterprise_name,
    max(seats.reporting_unit_code) as reporting_unit_code,
    cast(sum(grouped.revenue_wan) as decimal(24, 8)) as revenue_wan,
    count(*) as legal_persons,
    bool_or(grouped.is_simulated) as is_simulated
from seats
inner join grouped
    on seats.data_year = grouped.data_year and seats.group_code = grouped.group_code
group by seats.data_year, seats.group_code
