-- What the reporting units of a city are compared by in our own figures: 总量 and 速度, one row per unit and month.
with operation as (

    select * from {{ ref('mart_operation_monthly') }}
    where breakdown = 'total' and reporting_unit_code <> 'unmatched'

),

projects as (

    select
        projects._period as period,
        projects.reporting_unit_code as area_code,
        sum(projects.invested_ytd_wan) as invested_wan,
        sum(case when projects.is_tech_upgrade then projects.invested_ytd_wan end) as tech_upgrade_wan,
        bool_or(projects._is_simulated) as is_simulated
    from {{ ref('stg_bureau__investment_projects') }} as projects
    where projects.is_industrial and projects.statistic_basis = '统计口径' and projects.reporting_unit_code is not null
    group by projects._period, projects.reporting_unit_code

),

-- 纳规: entries since January, only where every month since then is known.
entries as (

    select
        reporting_unit_code as area_code,
        month,
        sum(entered_gross) over since_january as entered_ytd,
        count(*) over since_january as months_known,
        is_simulated
    from {{ ref('mart_library_movement') }}
    window since_january as (
        partition by reporting_unit_code, substring(month, 1, 4)
        order by month
        rows between unbounded preceding and current row
    )

)

select reporting_unit_code as area_code, period, period_kind, '规模以上工业总产值' as indicator, '总量' as aspect,
    output_wan as value, '万元' as unit, is_simulated
from operation
union all
select reporting_unit_code as area_code, period, period_kind, '规模以上工业总产值' as indicator, '速度' as aspect,
    output_growth_pct as value, '%' as unit, is_simulated
from operation
union all
select reporting_unit_code as area_code, period, period_kind, '规模以上工业营业收入' as indicator, '总量' as aspect,
    revenue_wan as value, '万元' as unit, is_simulated
from operation
union all
select reporting_unit_code as area_code, period, period_kind, '规模以上工业营业收入' as indicator, '速度' as aspect,
    revenue_growth_pct as value, '%' as unit, is_simulated
from operation
union all
select reporting_unit_code as area_code, period, period_kind, '规模以上工业利润总额' as indicator, '总量' as aspect,
    profit_wan as value, '万元' as unit, is_simulated
from operation
union all
select reporting_unit_code as area_code, period, period_kind, '规模以上工业利润总额' as indicator, '速度' as aspect,
    profit_growth_pct as value, '%' as unit, is_simulated
from operation
union all
select area_code, period, 'cumulative' as period_kind, '工业投资' as indicator, '总量' as aspect,
    cast(invested_wan as decimal(24, 8)) as value, '万元' as unit, is_simulated
from projects
union all
select area_code, period, 'cumulative' as period_kind, '工业技改投资' as indicator, '总量' as aspect,
    cast(tech_upgrade_wan as decimal(24, 8)) as value, '万元' as unit, is_simulated
from projects
union all
select area_code, month as period, 'cumulative' as period_kind, '新增规模以上工业企业数' as indicator, '总量' as aspect,
    cast(entered_ytd as decimal(24, 8)) as value, '家' as unit, is_simulated
from entries
where months_known = cast(substring(month, 6, 2) as int)
