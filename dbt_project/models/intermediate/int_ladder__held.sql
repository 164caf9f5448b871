-- Which firm holds which rung at each year's end; several grants of one rung are one holding.
with granted as (

    select
        coalesce(honours.enterprise_id, '名称:' || {{ plain_text('honours.enterprise_name') }}) as member_id,
        honours.enterprise_id,
        honours.area_code,
        ladder.rung_no,
        cast(year(honours.granted_on) as int) as granted_year,
        -- Valid through 31 December counts for that year; none stated is for good.
        case
            when honours.valid_until_on is null then 9999
            when {{ month_of('honours.valid_until_on') }} like '%-12' and dayofmonth(honours.valid_until_on) = 31
                then year(honours.valid_until_on)
            else year(honours.valid_until_on) - 1
        end as last_held_year,
        honours._is_simulated as is_simulated
    from {{ identified('honours') }} as honours
    inner join {{ parameter('cultivation_ladder') }} as ladder
        on honours.honour = ladder.honour and {{ in_force('ladder', 'year(honours.granted_on)') }}

),

years as (

    select distinct data_year from {{ ref('int_month__spine') }}
    union
    select distinct granted_year from granted

),

held as (

    select
        years.data_year,
        granted.member_id,
        granted.rung_no,
        max(granted.enterprise_id) as enterprise_id,
        max(granted.area_code) as area_code,
        bool_or(granted.granted_year = years.data_year) as is_granted_in_year,
        min(granted.granted_year) as first_granted_year,
        bool_or(granted.last_held_year >= years.data_year) as is_held,
        bool_or(granted.granted_year < years.data_year and granted.last_held_year >= years.data_year - 1) as was_held,
        bool_or(granted.is_simulated) as is_simulated
    from years
    inner join granted
        on granted.granted_year <= years.data_year
    group by years.data_year, granted.member_id, granted.rung_no

),

year_end as (

    select
        data_year,
        max(month) as month
    from {{ ref('int_month__spine') }}
    group by data_year

)

select
    held.data_year,
    held.member_id,
    held.enterprise_id,
    held.rung_no,
    coalesce(states.reporting_unit_code, held.area_code) as reporting_unit_code,
    held.is_held,
    held.is_held and held.first_granted_year = held.data_year as is_new,
    held.was_held and not held.is_held as is_lapsed,
    held.is_granted_in_year and held.first_granted_year < held.data_year as is_renewed,
    max(case when lower_rung.first_granted_year <= held.data_year then lower_rung.rung_no end) as came_from_rung_no,
    held.is_simulated
from held
left join year_end
    on held.data_year = year_end.data_year
left join {{ ref('int_enterprise__states') }} as states
    on
        held.enterprise_id = states.enterprise_id
        and coalesce(year_end.month, held.data_year || '-12') >= states.from_month
        and coalesce(year_end.month, held.data_year || '-12') < states.until_month
left join held as lower_rung
    on
        held.member_id = lower_rung.member_id
        and held.data_year = lower_rung.data_year
        and held.rung_no > lower_rung.rung_no
        and held.first_granted_year > lower_rung.first_granted_year
group by
    held.data_year, held.member_id, held.enterprise_id, held.rung_no,
    coalesce(states.reporting_unit_code, held.area_code), held.is_held, held.was_held, held.first_granted_year,
    held.is_granted_in_year, held.is_simulated
