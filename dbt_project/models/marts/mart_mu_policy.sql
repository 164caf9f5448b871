-- 差别化政策 by firm and quarter: what its class means for power, water, gas, land-use tax and subsidies, with amounts
-- from its own consumption. Positive amounts are paid on top, negative ones are relief; a quarter that lacks a month of
-- consumption has no amount.
with classed as (

    select
        score.scheme,
        score.data_year,
        quarters.quarter,
        score.enterprise_id,
        score.enterprise_name,
        score.area_code,
        score.reporting_unit_code,
        score.industry_code,
        coalesce(score.managed_as, score.final_class) as policy_class,
        score.is_binding,
        score.scheme_status,
        score.is_simulated
    from {{ ref('mart_mu_score') }} as score
    inner join {{ parameter('scheme') }} as scheme
        on score.scheme = scheme.scheme
    inner join {{ parameter('scheme_quarter') }} as quarters
        on score.scheme = quarters.scheme
    where scheme.entity = 'enterprise'

),

kinds as (

    select distinct
        quarter,
        area_code,
        coalesce(reporting_unit_code, '') as reporting_unit_code,
        policy_class
    from classed

),

-- The most particular rule counts: the zone's, the county's, the city's, everybody's.
rules as (

    select
        kinds.quarter,
        kinds.area_code,
        kinds.reporting_unit_code,
        kinds.policy_class,
        policy.policy,
        policy.policy_rate_yuan,
        policy.relief_pct,
        policy.recommendation,
        concat_ws('', policy.policy_document, '（', policy.set_by, '）') as policy_document
    from kinds
    inner join {{ parameter('mu_policy') }} as policy
        on
            kinds.policy_class = policy.policy_class
            and kinds.quarter >= policy.from_quarter
            and (policy.to_quarter is null or kinds.quarter <= policy.to_quarter)
            and policy.policy_area_code in (
                '*', kinds.area_code, kinds.reporting_unit_code, {{ city_of('kinds.area_code') }}
            )
    qualify
        row_number() over (
            partition by kinds.quarter, kinds.area_code, kinds.reporting_unit_code, kinds.policy_class, policy.policy
            order by
                case policy.policy_area_code
                    when kinds.reporting_unit_code then 1 when kinds.area_code then 2 when '*' then 4 else 3
                end,
                policy.from_quarter desc
        ) = 1

),

wide as (

    select
        quarter,
        area_code,
        reporting_unit_code,
        policy_class,
        {% for policy in ['power', 'water', 'gas'] -%}
        max(case when policy = '{{ policy }}' then policy_rate_yuan end) as {{ policy }}_rate_yuan,
        {% endfor -%}
        max(case when policy = 'land_use_tax' then policy_rate_yuan end) as land_tax_rate_yuan,
        max(case when policy = 'land_use_tax' then relief_pct end) as land_tax_relief_pct,
        max(case when policy = 'subsidy' then recommendation end) as subsidy_recommendation,
        concat_ws(
            '；'
            {%- for policy in ['power', 'water', 'gas', 'land_use_tax', 'subsidy'] %},
            max(case when policy = '{{ policy }}' then policy_document end)
            {%- endfor %}
        ) as policy_document
    from rules
    group by quarter, area_code, reporting_unit_code, policy_class

),

power as (

    select
        enterprise_id,
        {{ quarter_of('_period') }} as quarter,
        sum(grid_kwh) as grid_kwh,
        count(distinct case when grid_kwh is not null then _period end) as months,
        bool_or(_is_simulated) as is_simulated
    from {{ ref('stg_power__electricity') }}
    where length(_period) = 7 and _period_kind = 'month' and enterprise_id in (select enterprise_id from classed)
    group by enterprise_id, {{ quarter_of('_period') }}

),

piped as (

    select
        enterprise_id,
        {{ quarter_of('_period') }} as quarter,
        sum(water_t) as water_t,
        count(distinct case when water_t is not null then _period end) as water_months,
        sum(gas_m3) as gas_m3,
        count(distinct case when gas_m3 is not null then _period end) as gas_months,
        bool_or(_is_simulated) as is_simulated
    from {{ ref('stg_utilities__gas_water') }}
    where length(_period) = 7 and _period_kind = 'month'
    group by enterprise_id, {{ quarter_of('_period') }}

),

land as (

    select
        enterprise_id,
        data_year,
        min_by(measure_value, method_rank) as land_own_mu
    from {{ ref('int_enterprise_measures') }}
    where measure = 'land_own_mu' and figure_source = 'administrative'
    group by enterprise_id, data_year

)

select
    classed.scheme,
    classed.data_year,
    classed.quarter,
    classed.enterprise_id,
    classed.enterprise_name,
    classed.area_code,
    classed.reporting_unit_code,
    classed.industry_code,
    classed.policy_class,
    cast(power.grid_kwh as decimal(24, 8)) as grid_kwh,
    wide.power_rate_yuan,
    case when power.months = 3 then {{ times('power.grid_kwh', 'cast(wide.power_rate_yuan as double) / 10000') }} end
        as power_amount_wan,
    cast(piped.water_t as decimal(24, 8)) as water_t,
    wide.water_rate_yuan,
    case when piped.water_months = 3 then {{ times('piped.water_t', 'cast(wide.water_rate_yuan as double) / 10000') }} end
        as water_amount_wan,
    cast(piped.gas_m3 as decimal(24, 8)) as gas_m3,
    wide.gas_rate_yuan,
    case when piped.gas_months = 3 then {{ times('piped.gas_m3', 'cast(wide.gas_rate_yuan as double) / 10000') }} end
        as gas_amount_wan,
    cast(land.land_own_mu as decimal(24, 8)) as land_own_mu,
    wide.land_tax_rate_yuan,
    wide.land_tax_relief_pct,
    -- 1 亩 is 2000/3 m²; a quarter of the year's tax in 万元, as relief.
    -{{ to_decimal(
        'cast(land.land_own_mu as double) * 2000 / 3 * cast(wide.land_tax_rate_yuan as double)'
        ~ ' * cast(wide.land_tax_relief_pct as double) / 4000000',
        'decimal(24, 8)'
    ) }} as land_tax_amount_wan,
    wide.subsidy_recommendation,
    wide.policy_document,
    coalesce(power.months, 0) = 3 as is_power_complete,
    coalesce(piped.water_months, 0) = 3 as is_water_complete,
    coalesce(piped.gas_months, 0) = 3 as is_gas_complete,
    classed.is_binding,
    classed.scheme_status,
    classed.is_simulated or coalesce(power.is_simulated, false) or coalesce(piped.is_simulated, false) as is_simulated
from classed
inner join wide
    on
        classed.quarter = wide.quarter
        and classed.area_code = wide.area_code
        and coalesce(classed.reporting_unit_code, '') = wide.reporting_unit_code
        and classed.policy_class = wide.policy_class
left join power
    on classed.enterprise_id = power.enterprise_id and classed.quarter = power.quarter
left join piped
    on classed.enterprise_id = piped.enterprise_id and classed.quarter = piped.quarter
left join land
    on classed.enterprise_id = land.enterprise_id and classed.data_year = land.data_year
