-- The signals that hold for a firm in a month, each with the value that set it off. Thresholds are parameters.
with rules as (

    select * from {{ parameter('warning_rule') }}

),

measures as (

    select * from {{ ref('int_warning__measures') }}

),

-- Runs of periods below last year: consecutive numbers less their order are one island.
falling as (

    select
        *,
        statistical_no - row_number() over (partition by enterprise_id order by statistical_no) as island
    from measures
    where step_revenue_wan < step_revenue_last_year_wan

),

falling_runs as (

    select
        enterprise_id,
        month,
        row_number() over (partition by enterprise_id, island order by statistical_no) as run_length,
        is_simulated
    from falling

),

-- Firms of the library without a form in a month in which forms came in.
reported_months as (

    select distinct
        month,
        statistical_no
    from measures

),

silent as (

    select
        registry.enterprise_id,
        registry.month,
        reported_months.statistical_no,
        reported_months.statistical_no
        - row_number() over (partition by registry.enterprise_id order by reported_months.statistical_no) as island,
        registry.is_simulated
    from {{ ref('int_registry__monthly') }} as registry
    inner join reported_months
        on registry.month = reported_months.month
    left join (
        select enterprise_id, month from {{ ref('int_operation__firms') }}
        where period_kind = 'cumulative' and revenue_wan is not null
    ) as form
        on registry.enterprise_id = form.enterprise_id and registry.month = form.month
    where registry.is_in_library and form.enterprise_id is null

),

silent_runs as (

    select
        enterprise_id,
        month,
        row_number() over (partition by enterprise_id, island order by statistical_no) as run_length,
        is_simulated
    from silent

),

distress as (

    select
        coalesce(enterprise_id, concat_ws('', '名称：', enterprise_name)) as enterprise_id,
        enterprise_name,
        case distress_kind
            when '困难企业诊断' then 'diagnosis'
            when '困难企业救治' then 'treatment'
            when '困难企业巩固' then 'consolidation'
            when '僵尸企业' then 'zombie'
        end as signal,
        substring(cast(listed_on as string), 1, 7) as from_month,
        substring(cast(delisted_on as string), 1, 7) as until_month,
        listed_on,
        _is_simulated as is_simulated
    from {{ identified('distress_lists') }} as lists

),

signals as (

    select
        falling_runs.enterprise_id,
        falling_runs.month,
        rules.signal,
        rules.severity,
        cast(falling_runs.run_length as decimal(24, 8)) as measured_value,
        '期' as measured_unit,
        concat_ws('', '营业收入连续', cast(falling_runs.run_length as string), '期低于上年同期') as evidence,
        falling_runs.is_simulated
    from falling_runs
    inner join rules
        on
            rules.signal = 'revenue_falling'
            and falling_runs.run_length >= rules.periods
            and {{ in_force('rules', year_of('falling_runs.month')) }}

    union all

    select
        measures.enterprise_id,
        measures.month,
        rules.signal,
        rules.severity,
        measures.revenue_growth_pct - measures.electricity_growth_pct as measured_value,
        '百分点' as measured_unit,
        concat_ws(
            '', '营业收入增速', cast(cast(measures.revenue_growth_pct as decimal(18, 1)) as string), '%，用电增速',
            cast(cast(measures.electricity_growth_pct as decimal(18, 1)) as string), '%'
        ) as evidence,
        measures.is_simulated
    from measures
    inner join rules
        on
            rules.signal = 'electricity_gap'
            and measures.revenue_growth_pct - measures.electricity_growth_pct >= rules.threshold
            and {{ in_force('rules', year_of('measures.month')) }}

    union all

    select
        measures.enterprise_id,
        measures.month,
        rules.signal,
        rules.severity,
        measures.revenue_growth_pct - measures.tax_growth_pct as measured_value,
        '百分点' as measured_unit,
        concat_ws(
            '', '营业收入增速', cast(cast(measures.revenue_growth_pct as decimal(18, 1)) as string), '%，入库税收增速',
            cast(cast(measures.tax_growth_pct as decimal(18, 1)) as string), '%'
        ) as evidence,
        measures.is_simulated
    from measures
    inner join rules
        on
            rules.signal = 'tax_gap'
            and measures.revenue_growth_pct - measures.tax_growth_pct >= rules.threshold
            and {{ in_force('rules', year_of('measures.month')) }}

    union all

    select
        measures.enterprise_id,
        measures.month,
        rules.signal,
        case when measures.profit_last_year_wan < rules.threshold then '橙' else rules.severity end as severity,
        measures.profit_wan as measured_value,
        '万元' as measured_unit,
        concat_ws(
            '', '年初累计利润总额', cast(cast(measures.profit_wan as decimal(18, 1)) as string), '万元',
            case when measures.profit_last_year_wan < rules.threshold then '，上年同期也亏损' else '' end
        ) as evidence,
        measures.is_simulated
    from measures
    inner join rules
        on
            rules.signal = 'loss'
            and measures.profit_wan < rules.threshold
            and {{ in_force('rules', year_of('measures.month')) }}

    union all

    select
        silent_runs.enterprise_id,
        silent_runs.month,
        rules.signal,
        rules.severity,
        cast(silent_runs.run_length as decimal(24, 8)) as measured_value,
        '期' as measured_unit,
        concat_ws('', '连续', cast(silent_runs.run_length as string), '期没有财务报表') as evidence,
        silent_runs.is_simulated
    from silent_runs
    inner join rules
        on
            rules.signal = 'silent'
            and silent_runs.run_length >= rules.periods
            and {{ in_force('rules', year_of('silent_runs.month')) }}

    union all

    select
        registry.enterprise_id,
        registry.month,
        rules.signal,
        case when registry.operating_status = '半停产' then '橙' else rules.severity end as severity,
        cast(null as decimal(24, 8)) as measured_value,
        cast(null as string) as measured_unit,
        concat_ws('', '企业名录生产经营状态：', registry.operating_status) as evidence,
        registry.is_simulated
    from {{ ref('int_registry__monthly') }} as registry
    inner join rules
        on rules.signal = 'stopped' and {{ in_force('rules', year_of('registry.month')) }}
    where registry.is_in_library and registry.operating_status in ('停产', '半停产')

    union all

    select
        distress.enterprise_id,
        reported_months.month,
        rules.signal,
        rules.severity,
        cast(null as decimal(24, 8)) as measured_value,
        cast(null as string) as measured_unit,
        concat_ws('', distress.enterprise_name, '：', cast(max(distress.listed_on) as string), ' 列入') as evidence,
        bool_or(distress.is_simulated) as is_simulated
    from distress
    inner join reported_months
        on
            reported_months.month >= distress.from_month
            and (distress.until_month is null or reported_months.month < distress.until_month)
    inner join rules
        on distress.signal = rules.signal and {{ in_force('rules', year_of('reported_months.month')) }}
    group by
        distress.enterprise_id, reported_months.month, rules.signal, rules.severity, distress.enterprise_name

)

select
    enterprise_id,
    month,
    signal,
    severity,
    cast(measured_value as decimal(24, 8)) as measured_value,
    measured_unit,
    evidence,
    is_simulated
from signals
-- One name in two spellings on a distress list is one signal.
qualify row_number() over (partition by enterprise_id, month, signal order by evidence desc) = 1
