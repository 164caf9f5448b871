-- 赛马: 总量, 速度, 位次 of the reporting units in the city by our own figures, and ranks in the city and the province as
-- published; with the change against the month before, and what the unit itself had forecast.
with monitored as (

    select
        monitored.area_code,
        monitored.period,
        monitored.period_kind,
        monitored.indicator,
        monitored.aspect,
        '全市' as rank_scope,
        monitored.value,
        monitored.unit,
        -- Equal values share a place, and the next place is left out.
        rank() over (
            partition by unit.city_code, monitored.period, monitored.period_kind, monitored.indicator, monitored.aspect
            order by monitored.value desc nulls last
        ) as place,
        count(*) over (
            partition by
                unit.city_code, monitored.period, monitored.period_kind, monitored.indicator, monitored.aspect,
                monitored.value
        ) > 1 as is_tied,
        count(*) over (
            partition by unit.city_code, monitored.period, monitored.period_kind, monitored.indicator, monitored.aspect
        ) as ranked_areas,
        'monitored' as source_kind,
        '本部门监测数' as source,
        monitored.is_simulated
    from {{ ref('int_ranking__monitored') }} as monitored
    inner join {{ ref('int_reporting_unit__city') }} as unit
        on monitored.area_code = unit.reporting_unit_code
    where monitored.value is not null

),

ranked as (

    select
        area_code,
        period,
        period_kind,
        indicator,
        aspect,
        rank_scope,
        value,
        unit,
        cast(place as bigint) as rank,
        is_tied,
        cast(ranked_areas as bigint) as ranked_areas,
        source_kind,
        source,
        is_simulated
    from monitored

    union all

    select
        area_code,
        period,
        period_kind,
        indicator,
        aspect,
        rank_scope,
        value,
        case when aspect = '速度' then '%' end as unit,
        rank,
        is_tied,
        cast(null as bigint) as ranked_areas,
        'published' as source_kind,
        source,
        is_simulated
    from {{ ref('int_ranking__published') }}

),

-- The units' own forecasts of the quarter, long.
forecasts as (

    select
        reporting_unit_code as area_code,
        {{ last_month('_period') }} as period,
        indicator,
        aspect,
        case
            when indicator = '规模以上工业总产值' and aspect = '总量' then forecast_output_wan
            when indicator = '规模以上工业总产值' then forecast_output_growth_pct
            when indicator = '规模以上工业增加值' then forecast_value_added_growth_pct
            when indicator = '工业投资' and aspect = '总量' then forecast_investment_wan
            when indicator = '工业投资' then forecast_investment_growth_pct
            when indicator = '工业技改投资' then forecast_tech_upgrade_growth_pct
        end as forecast_value
    from {{ ref('stg_county__county_forecast') }}
    cross join (
        select '规模以上工业总产值' as indicator, '总量' as aspect
        union all select '规模以上工业总产值' as indicator, '速度' as aspect
        union all select '规模以上工业增加值' as indicator, '速度' as aspect
        union all select '工业投资' as indicator, '总量' as aspect
        union all select '工业投资' as indicator, '速度' as aspect
        union all select '工业技改投资' as indicator, '速度' as aspect
    ) as item
    qualify
        row_number() over (
            partition by reporting_unit_code, _period, indicator, aspect
            order by _received_at desc, _published_on desc nulls last, _file_id desc, _sheet desc, _row desc
        ) = 1

)

select
    ranked.area_code,
    area.area_name,
    ranked.period,
    ranked.period_kind,
    ranked.indicator,
    ranked.aspect,
    ranked.rank_scope,
    ranked.value,
    ranked.unit,
    ranked.rank,
    ranked.is_tied,
    ranked.ranked_areas,
    before.rank as rank_before,
    before.rank - ranked.rank as rank_change,
    forecasts.forecast_value,
    cast(ranked.value - forecasts.forecast_value as decimal(24, 8)) as forecast_gap,
    case
        when ranked.aspect = '总量' and ranked.value > 0
            then {{ safe_divide('100 * (forecasts.forecast_value - ranked.value)', 'ranked.value', 'decimal(24, 8)') }}
    end as forecast_error_pct,
    province.growth_pct as province_growth_pct,
    case
        when ranked.aspect = '速度' and ranked.source_kind = 'published'
            then cast(ranked.value - province.growth_pct as decimal(24, 8))
    end as against_province_pp,
    ranked.source_kind,
    ranked.source,
    ranked.is_simulated
from ranked
left join ranked as before
    on
        ranked.area_code = before.area_code
        and ranked.period_kind = before.period_kind
        and ranked.indicator = before.indicator
        and ranked.aspect = before.aspect
        and ranked.rank_scope = before.rank_scope
        and ranked.source_kind = before.source_kind
        and before.period = case
            when length(ranked.period) = 4 then cast(cast(ranked.period as int) - 1 as string)
            else {{ statistical_month_before('ranked.period') }}
        end
left join forecasts
    on
        ranked.area_code = forecasts.area_code
        and case when ranked.period_kind = 'cumulative' then ranked.period end = forecasts.period
        and ranked.indicator = forecasts.indicator
        and ranked.aspect = forecasts.aspect
left join {{ ref('dim_area') }} as area
    on ranked.area_code = area.area_code
left join {{ ref('int_reporting_unit__city') }} as unit
    on ranked.area_code = unit.reporting_unit_code
left join {{ ref('dim_area') }} as city
    on coalesce(unit.city_code, ranked.area_code) = city.area_code
left join {{ ref('int_growth__published') }} as province
    on
        case when ranked.aspect = '速度' and ranked.source_kind = 'published' then city.parent_area_code end
        = province.area_code
        and ranked.indicator = province.indicator
        and ranked.period = province.period
        and ranked.period_kind = province.period_kind
