-- The units that each group of a scheme takes in, in the data year and in the earlier years that a base looks back to,
-- with the scope within which they are ranked; scopes are numbered within their scheme.
{{ config(meta={'by_scheme': 'scheme_key'}) }}
with heads as (

    select *
    from {{ ref('int_mu_units') }}
    where firm_no = unit_no and {{ is_made('scheme_key') }}

),

figures as (

    select
        figure.unit_no,
        {% for measure in ['land_mu', 'plant_leased_m2', 'years_in_production'] -%}
        cast(sum(case when part.measure = '{{ measure }}' then figure.measure_value end) as decimal(24, 8)) as {{ measure }}
        {{- ',' if not loop.last }}
        {% endfor %}
    from {{ unit_figures() }} as figure
    inner join {{ ref('int_mu_parts') }} as part
        on figure.scheme_key = part.scheme_key and figure.measure_key = part.measure_key and part.part_no = 1
    where part.measure in ('land_mu', 'plant_leased_m2', 'years_in_production')
    group by figure.unit_no

),

-- A tenant has leased land or plant and no land of its own.
tenure as (

    select
        enterprise_id,
        data_year,
        bool_or(measure = 'land_own_mu' and measure_value > 0) as has_own_land,
        bool_or(measure in ('land_leased_in_mu', 'plant_leased_m2') and measure_value > 0) as has_lease
    from {{ ref('int_enterprise_measures') }}
    where measure in ('land_own_mu', 'land_leased_in_mu', 'plant_leased_m2')
    group by enterprise_id, data_year

),

subjects as (

    select
        enterprise_id as unit_id,
        data_year,
        enterprise_name,
        area_code,
        reporting_unit_code,
        industry_code,
        scale,
        is_public_utility,
        operating_status,
        is_simulated
    from {{ ref('int_enterprise__yearly') }}

    union all

    select
        area.area_code as unit_id,
        years.data_year,
        area.area_name as enterprise_name,
        case when area.area_level = 'zone' then area.parent_area_code else area.area_code end as area_code,
        area.area_code as reporting_unit_code,
        cast(null as string) as industry_code,
        cast(null as string) as scale,
        false as is_public_utility,
        cast(null as string) as operating_status,
        false as is_simulated
    from {{ ref('dim_area') }} as area
    cross join (select distinct data_year from {{ parameter('scheme_year') }}) as years

),

described as (

    select
        heads.scheme_key,
        heads.pass_no,
        heads.unit_no,
        heads.scheme,
        heads.year_offset,
        heads.data_year,
        heads.unit_id,
        firm.enterprise_name,
        firm.area_code,
        firm.reporting_unit_code,
        firm.industry_code,
        firm.scale,
        firm.is_public_utility,
        firm.operating_status,
        coalesce(industries.industry_group, '其他') as industry_group,
        figures.land_mu,
        figures.plant_leased_m2,
        figures.years_in_production,
        coalesce(tenure.has_lease and not tenure.has_own_land, false) as is_tenant,
        firm.is_simulated
    from heads
    inner join subjects as firm
        on heads.unit_id = firm.unit_id and heads.data_year = firm.data_year
    left join {{ parameter('scheme_industry') }} as industries
        on heads.scheme = industries.scheme and firm.industry_code = industries.industry_code
    left join figures
        on heads.unit_no = figures.unit_no
    left join tenure
        on heads.unit_id = tenure.enterprise_id and heads.data_year = tenure.data_year

),

grouped as (

    select
        described.*,
        groups.scheme_group,
        groups.group_key * 2 + described.pass_no as group_no,
        groups.min_scope,
        coalesce(nullif(concat_ws(
            '/',
            case when groups.is_ranked_by_area then coalesce(described.area_code, '未知') end,
            case when groups.is_ranked_by_reporting_unit then coalesce(described.reporting_unit_code, '未知') end,
            case when groups.is_ranked_by_industry_group then described.industry_group end
        ), ''), '全部') as full_scope
    from described
    inner join {{ parameter('scheme_group') }} as groups
        on described.scheme = groups.scheme
    left join {{ parameter('scheme_group_code') }} as zones
        on
            groups.scheme = zones.scheme
            and groups.scheme_group = zones.scheme_group
            and zones.code_kind = 'zone'
            and described.reporting_unit_code = zones.code
    left join {{ parameter('scheme_group_code') }} as industries
        on
            groups.scheme = industries.scheme
            and groups.scheme_group = industries.scheme_group
            and industries.code_kind = 'industry'
            and described.industry_code = industries.code
    left join {{ parameter('scheme_group_code') }} as excluded
        on
            groups.scheme = excluded.scheme
            and groups.scheme_group = excluded.scheme_group
            and excluded.code_kind = 'excluded_industry'
            and described.industry_code = excluded.code
    where
        (groups.where_scale is null or described.scale = groups.where_scale)
        and (groups.where_min_land_mu is null or described.land_mu >= groups.where_min_land_mu)
        and (groups.where_max_land_mu is null or described.land_mu < groups.where_max_land_mu)
        and (groups.where_min_plant_m2 is null or described.plant_leased_m2 >= groups.where_min_plant_m2)
        and (groups.where_min_age_years is null or described.years_in_production >= groups.where_min_age_years)
        and (groups.where_tenant is null or described.is_tenant = groups.where_tenant)
        and (not groups.is_by_zone or zones.code is not null)
        and (not groups.is_by_industry or industries.code is not null)
        and excluded.code is null

),

-- Scopes too small to rank are put together; earlier years follow this year's scopes.
small_scopes as (

    select group_no, full_scope
    from grouped
    where year_offset = 0
    group by group_no, full_scope
    having count(*) < max(min_scope)

),

scoped as (

    select
        grouped.*,
        case when small_scopes.full_scope is null then grouped.full_scope else '其他' end as rank_scope
    from grouped
    left join small_scopes
        on grouped.group_no = small_scopes.group_no and grouped.full_scope = small_scopes.full_scope

),

scopes as (

    select
        found.*,
        dense_rank() over (partition by group_no order by rank_scope) as scope_no,
        dense_rank() over (partition by group_no order by area) as area_no,
        dense_rank() over (partition by group_no order by industry_group) as industry_group_no
    from (
        select distinct group_no, rank_scope, coalesce(area_code, '') as area, industry_group
        from scoped
    ) as found

)

select
    scoped.scheme_key,
    scoped.pass_no,
    scoped.unit_no,
    scoped.group_no,
    scopes.scope_no,
    scopes.area_no,
    scopes.industry_group_no,
    scoped.scheme,
    scoped.scheme_group,
    scoped.year_offset,
    scoped.data_year,
    scoped.unit_id,
    scoped.enterprise_name,
    scoped.area_code,
    scoped.reporting_unit_code,
    scoped.industry_code,
    scoped.industry_group,
    scoped.rank_scope,
    scoped.is_public_utility,
    scoped.operating_status,
    scoped.is_simulated
from scoped
inner join scopes
    on
        scoped.group_no = scopes.group_no
        and scoped.rank_scope = scopes.rank_scope
        and coalesce(scoped.area_code, '') = scopes.area
        and scoped.industry_group = scopes.industry_group
