-- 规上工业单位增加值能耗: (1 + growth of energy) ÷ (1 + published real growth of 增加值) − 1. Energy is that of firms which
-- have both years (等价值), by the firm's own figure of last year, else by last year's form.
with energy as (

    select
        enterprise_id,
        _period as period,
        energy_tce_equivalent as energy_tce,
        energy_tce_equivalent_last_year as energy_last_year_tce,
        _is_simulated as is_simulated
    from {{ newest_by(ref('stg_statistics__energy_consumption'), ['enterprise_id']) }} as newest

),

compared as (

    select
        energy.enterprise_id,
        energy.period,
        energy.energy_tce,
        coalesce(energy.energy_last_year_tce, last_year.energy_tce) as energy_last_year_tce,
        energy.is_simulated or (energy.energy_last_year_tce is null and coalesce(last_year.is_simulated, false))
            as is_simulated
    from energy
    left join energy as last_year
        on
            energy.enterprise_id = last_year.enterprise_id
            and last_year.period = concat_ws(
                '', cast(cast(substring(energy.period, 1, 4) as int) - 1 as string), substring(energy.period, 5, 3)
            )

),

placed as (

    select
        compared.*,
        enterprise.reporting_unit_code,
        coalesce(unit.city_code, office.city_code) as city_code
    from compared
    left join {{ ref('dim_enterprise') }} as enterprise
        on
            compared.enterprise_id = enterprise.enterprise_id
            and {{ holds_in('enterprise', last_month('compared.period')) }}
    left join {{ ref('int_reporting_unit__city') }} as unit
        on enterprise.reporting_unit_code = unit.reporting_unit_code
    cross join (select max(city_code) as city_code from {{ ref('int_reporting_unit__city') }}) as office
    where compared.energy_tce is not null and compared.energy_last_year_tce is not null

),

sums as (

    select
        city_code as area_code,
        period,
        sum(energy_tce) as energy_tce,
        sum(energy_last_year_tce) as energy_last_year_tce,
        count(*) as compared_enterprises,
        bool_or(is_simulated) as is_simulated
    from placed
    group by city_code, period

    union all

    select
        reporting_unit_code as area_code,
        period,
        sum(energy_tce) as energy_tce,
        sum(energy_last_year_tce) as energy_last_year_tce,
        count(*) as compared_enterprises,
        bool_or(is_simulated) as is_simulated
    from placed
    where reporting_unit_code is not null
    group by reporting_unit_code, period

),

-- A year's growth is that of the year, or the cumulative one of December.
growth as (

    select
        area_code,
        {{ last_month('period') }} as month,
        growth_pct,
        source,
        is_simulated
    from {{ ref('int_growth__published') }}
    where indicator = '规模以上工业增加值' and period_kind in ('cumulative', 'year')
    qualify
        row_number() over (
            partition by area_code, {{ last_month('period') }}
            order by is_simulated asc, period_kind desc, period asc
        ) = 1

)

select
    sums.area_code,
    area.area_name,
    sums.period,
    cast(sums.energy_tce as decimal(24, 8)) as compared_energy_tce,
    cast(sums.energy_last_year_tce as decimal(24, 8)) as compared_energy_last_year_tce,
    sums.compared_enterprises,
    {{ growth_over('sums.energy_tce', 'sums.energy_last_year_tce') }} as energy_growth_pct,
    growth.growth_pct as value_added_growth_pct,
    growth.source as value_added_source,
    case
        when sums.energy_last_year_tce > 0 and growth.growth_pct > -100
            then {{ to_decimal(
                '100 * (cast(sums.energy_tce as double) / cast(sums.energy_last_year_tce as double)'
                ~ ' / (1 + cast(growth.growth_pct as double) / 100) - 1)',
                'decimal(24, 8)'
            ) }}
    end as intensity_change_pct,
    case when growth.growth_pct is null then 'no_data' else 'computed' end as status,
    case when growth.growth_pct is null then '没有公布同期规上工业增加值增速' end as status_reason,
    sums.is_simulated or coalesce(growth.is_simulated, false) as is_simulated
from sums
left join growth
    on sums.area_code = growth.area_code and {{ last_month('sums.period') }} = growth.month
left join {{ ref('dim_area') }} as area
    on sums.area_code = area.area_code
