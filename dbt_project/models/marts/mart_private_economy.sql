-- 民营经济: what is known of its indicators, item by item: honours counted, figures as published, values as reported.
with items as (

    select * from {{ parameter('private_economy_item') }}

),

honours as (

    select
        coalesce(honours.enterprise_id, honours.enterprise_name) as holder,
        honours.honour,
        honours.honour_level,
        year(honours.granted_on) as granted_year,
        -- Valid through 31 December counts for that year; none stated is for good.
        case
            when honours.valid_until_on is null then 9999
            when {{ month_of('honours.valid_until_on') }} like '%-12' and dayofmonth(honours.valid_until_on) = 31
                then year(honours.valid_until_on)
            else year(honours.valid_until_on) - 1
        end as last_held_year,
        office.city_code as area_code,
        honours._is_simulated as is_simulated
    from {{ identified('honours') }} as honours
    cross join (select max(city_code) as city_code from {{ ref('int_reporting_unit__city') }}) as office

),

years as (

    select distinct data_year from {{ ref('int_month__spine') }}
    union
    select distinct granted_year as data_year from honours

),

counted as (

    select
        honours.area_code,
        cast(years.data_year as string) as period,
        items.item,
        cast(count(distinct case when honours.granted_year = years.data_year then honours.holder end) as decimal(24, 8))
            as value_added_in_year,
        cast(
            count(
                distinct case
                    when
                        honours.granted_year <= years.data_year
                        and honours.last_held_year >= years.data_year
                        then honours.holder
                end
            ) as decimal(24, 8)
        ) as value_held,
        bool_or(honours.is_simulated) as is_simulated
    from items
    inner join honours
        on
            items.honour = honours.honour
            and (items.honour_level is null or items.honour_level = honours.honour_level)
    cross join years
    where items.source_kind = 'honours'
    group by honours.area_code, years.data_year, items.item

),

published as (

    select
        figures.area_code,
        figures._period as period,
        items.item,
        figures.value,
        figures.source,
        figures._is_simulated as is_simulated
    from items
    inner join {{ ref('stg_public__published_figures') }} as figures
        on items.indicator = figures.indicator and items.unit = figures.unit
    left join {{ parameter('data_maturity') }} as maturity
        on figures.vintage = maturity.vintage
    where items.source_kind = 'published'
    qualify
        row_number() over (
            partition by figures.area_code, figures._period, items.item
            order by coalesce(maturity.maturity_rank, 0) desc, figures._received_at desc, figures.source desc, figures.value desc
        ) = 1

),

reported as (

    select
        progress.area_code,
        progress.period,
        items.item,
        progress.actual_value as value,
        progress.actual_source as source,
        progress.is_simulated
    from items
    inner join {{ ref('mart_target_progress') }} as progress
        on items.target_id = progress.target_id
    where items.source_kind = 'reported' and progress.actual_value is not null

),

all_values as (

    select
        area_code, period, item, 'granted' as value_kind, value_added_in_year as value,
        '企业荣誉（资质）认定名单' as source, is_simulated
    from counted
    union all
    select
        area_code, period, item, 'held' as value_kind, value_held as value, '企业荣誉（资质）认定名单' as source, is_simulated
    from counted
    union all
    select area_code, period, item, 'published' as value_kind, value, source, is_simulated
    from published
    union all
    select area_code, period, item, 'reported' as value_kind, value, source, is_simulated
    from reported

)

select
    all_values.area_code,
    area.area_name,
    all_values.period,
    all_values.item,
    items.item_name,
    all_values.value_kind,
    cast(all_values.value as decimal(24, 8)) as value,
    items.unit,
    all_values.source,
    items.set_by,
    all_values.is_simulated
from all_values
inner join items
    on all_values.item = items.item
left join {{ ref('dim_area') }} as area
    on all_values.area_code = area.area_code
