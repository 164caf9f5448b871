-- Who is evaluated with whom: each firm of a scheme's area and year, and the firm that it is evaluated as. Where areas
-- are evaluated (考核评比), each is a unit of its own figures and those of its firms. Firms and units are numbered within
-- their scheme and year for the steps that follow. A scheme with figures decided after objections is scored twice: pass 0
-- with the decisions, pass 1 as it was published before them.
{{ config(meta={'by_scheme': 'scheme_key'}) }}
-- depends_on: {{ ref('int_mu_due') }}
with firms as (

    select
        scheme.scheme,
        years.year_offset,
        firm.data_year,
        firm.enterprise_id,
        scheme.is_land_merged,
        scheme.is_group_consolidated
    from {{ parameter('scheme') }} as scheme
    inner join {{ parameter('scheme_year') }} as years
        on scheme.scheme = years.scheme
    inner join {{ ref('int_enterprise__yearly') }} as firm
        on years.data_year = firm.data_year
    where
        {{ is_made('scheme.scheme_key') }}
        and scheme.entity = 'enterprise'
        and (
            substring(firm.area_code, 1, length(scheme.scheme_area_prefix)) = scheme.scheme_area_prefix
            or firm.reporting_unit_code = scheme.scheme_area_code
        )

),

-- A firm on another's parcel that has no land of its own merges into the holder of most of its land.
land_years as (

    select
        enterprise_id,
        data_year,
        case when holder_id <> enterprise_id then holder_id end as other_holder_id,
        sum(area_mu) as area_mu,
        bool_or(tenure = 'own') as is_own
    from {{ ref('int_land_parcels__yearly') }}
    where tenure in ('own', 'leased_in')
    group by enterprise_id, data_year, case when holder_id <> enterprise_id then holder_id end

),

owners as (

    select distinct enterprise_id, data_year
    from land_years
    where other_holder_id is null and is_own

),

tenants as (

    select
        firms.scheme,
        firms.data_year,
        firms.enterprise_id,
        land_years.other_holder_id as holder_id
    from firms
    inner join land_years
        on firms.enterprise_id = land_years.enterprise_id and firms.data_year = land_years.data_year
    inner join firms as holder
        on
            firms.scheme = holder.scheme
            and firms.data_year = holder.data_year
            and land_years.other_holder_id = holder.enterprise_id
    inner join owners as holding
        on land_years.other_holder_id = holding.enterprise_id and firms.data_year = holding.data_year
    left join owners
        on firms.enterprise_id = owners.enterprise_id and firms.data_year = owners.data_year
    where firms.is_land_merged and owners.enterprise_id is null
    qualify
        row_number() over (
            partition by firms.scheme, firms.data_year, firms.enterprise_id
            order by land_years.area_mu desc, land_years.other_holder_id asc
        ) = 1

),

on_land as (

    select
        firms.*,
        coalesce(tenants.holder_id, firms.enterprise_id) as holding_id
    from firms
    left join tenants
        on
            firms.scheme = tenants.scheme
            and firms.data_year = tenants.data_year
            and firms.enterprise_id = tenants.enterprise_id

),

-- Groups as they stood at the end of the data year; the parent stands for the group if it is evaluated here.
memberships as (

    select
        on_land.scheme,
        on_land.data_year,
        on_land.enterprise_id,
        grouped.group_code,
        grouped.group_role
    from on_land
    inner join {{ ref('stg_bureau__enterprise_groups') }} as grouped
        on on_land.enterprise_id = grouped.enterprise_id
    where
        on_land.is_group_consolidated
        and year(grouped.member_from_on) <= on_land.data_year
        and (grouped.member_until_on is null or year(grouped.member_until_on) > on_land.data_year)
    qualify
        row_number() over (
            partition by on_land.scheme, on_land.data_year, on_land.enterprise_id
            order by grouped.group_code asc, grouped.group_role desc
        ) = 1

),

heads as (

    select
        scheme,
        data_year,
        group_code,
        coalesce(min(case when group_role = 'parent' then enterprise_id end), min(enterprise_id)) as head_id
    from memberships
    group by scheme, data_year, group_code

),

areas as (

    select
        scheme.scheme,
        years.year_offset,
        years.data_year,
        area.area_code,
        scheme.area_firms
    from {{ parameter('scheme') }} as scheme
    inner join {{ parameter('scheme_year') }} as years
        on scheme.scheme = years.scheme
    inner join {{ ref('dim_area') }} as area
        on
            area.is_reporting_unit
            and (
                substring(area.area_code, 1, length(scheme.scheme_area_prefix)) = scheme.scheme_area_prefix
                or area.parent_area_code = scheme.scheme_area_code
            )
    where {{ is_made('scheme.scheme_key') }} and scheme.entity = 'area'

),

evaluated as (

    select
        on_land.scheme,
        on_land.year_offset,
        on_land.data_year,
        on_land.enterprise_id,
        coalesce(heads.head_id, on_land.holding_id) as unit_id
    from on_land
    left join memberships
        on
            on_land.scheme = memberships.scheme
            and on_land.data_year = memberships.data_year
            and on_land.holding_id = memberships.enterprise_id
    left join heads
        on
            memberships.scheme = heads.scheme
            and memberships.data_year = heads.data_year
            and memberships.group_code = heads.group_code

    union all

    select
        scheme,
        year_offset,
        data_year,
        area_code as enterprise_id,
        area_code as unit_id
    from areas

    union all

    select
        areas.scheme,
        areas.year_offset,
        areas.data_year,
        firm.enterprise_id,
        areas.area_code as unit_id
    from areas
    inner join {{ ref('int_enterprise__yearly') }} as firm
        on areas.data_year = firm.data_year and areas.area_code = firm.reporting_unit_code
    where areas.area_firms = 'all' or firm.scale = 'above'

),

numbered as (

    select
        evaluated.*,
        scheme.scheme_key,
        (scheme.scheme_key * 16 - evaluated.year_offset) * 2 * {{ firms_in_all() }}
        + row_number() over (
            partition by evaluated.scheme, evaluated.year_offset order by evaluated.enterprise_id
        ) as firm_no
    from evaluated
    inner join {{ parameter('scheme') }} as scheme
        on evaluated.scheme = scheme.scheme

),

headed as (

    select
        numbered.*,
        numbered.firm_no as unit_no
    from numbered
    where enterprise_id = unit_id

    union all

    select
        numbered.*,
        head.firm_no as unit_no
    from numbered
    inner join numbered as head
        on
            numbered.scheme = head.scheme
            and numbered.year_offset = head.year_offset
            and numbered.unit_id = head.enterprise_id
    where numbered.enterprise_id <> numbered.unit_id

),

revised as (

    select distinct scheme.scheme
    from {{ ref('stg_county__objections') }} as objection
    inner join {{ parameter('scheme') }} as scheme
        on objection.scheme = scheme.decision_scheme and objection.evaluated_year = scheme.data_year
    inner join {{ parameter('evaluation_measure') }} as measure
        on objection.objected_measure = measure.measure or objection.objected_measure = measure.measure_short
    where objection.objection_outcome = 'upheld' and objection.decided_value is not null

)

select
    scheme_key,
    0 as pass_no,
    firm_no,
    unit_no,
    scheme,
    year_offset,
    data_year,
    enterprise_id,
    unit_id
from headed

union all

select
    headed.scheme_key,
    1 as pass_no,
    headed.firm_no + {{ firms_in_all() }} as firm_no,
    headed.unit_no + {{ firms_in_all() }} as unit_no,
    headed.scheme,
    headed.year_offset,
    headed.data_year,
    headed.enterprise_id,
    headed.unit_id
from headed
inner join revised
    on headed.scheme = revised.scheme
