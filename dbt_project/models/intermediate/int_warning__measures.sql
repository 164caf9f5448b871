-- Per firm and statistical month what the warnings look at: revenue of the period alone and since January, electricity
-- and tax since January, profit, all beside last year's; null where a month is missing, never zero.
{{ config(meta={'by_period': {
    'column': 'month',
    'follows': {
        'industrial_output': 'since', 'financials': 'since', 'enterprise_registry': 'since', 'electricity': 'since',
        'tax_paid': 'since',
    },
}}) }}
with steps as (

    -- One period after another: January–February together, then single months. statistical_no counts without gaps.
    select
        enterprise_id,
        month,
        11 * cast(substring(month, 1, 4) as int) + cast(substring(month, 6, 2) as int) - 2 as statistical_no,
        revenue_wan,
        revenue_last_year_wan,
        is_simulated
    from {{ ref('int_operation__firms') }}
    where (period_kind = 'month' or substring(month, 6, 2) = '02') and {{ is_made('month') }}

),

since_january as (

    select
        enterprise_id,
        month,
        revenue_wan,
        revenue_last_year_wan,
        profit_wan,
        profit_last_year_wan
    from {{ ref('int_operation__firms') }}
    where period_kind = 'cumulative'

),

meters as (

    select
        enterprise_id,
        _period as month,
        sum(grid_kwh + coalesce(own_generation_kwh, 0)) as used_kwh
    from {{ ref('stg_power__electricity') }}
    where
        _period_kind = 'month' and enterprise_id in (select enterprise_id from steps)
        and {{ is_needed('_period', 1) }}
    group by enterprise_id, _period

),

electricity as (

    select
        enterprise_id,
        month,
        -- All months since January, or none: a sum of eleven is not a year.
        case
            when
                count(*) over (
                    partition by enterprise_id, substring(month, 1, 4)
                    order by month rows between unbounded preceding and current row
                ) = cast(substring(month, 6, 2) as int)
                then sum(used_kwh) over (
                    partition by enterprise_id, substring(month, 1, 4)
                    order by month rows between unbounded preceding and current row
                )
        end as used_ytd_kwh
    from meters

),

tax_rows as (

    select
        enterprise_id,
        {{ last_month('_period') }} as month,
        tax_paid_wan,
        case when length(_period) = 4 then 'year' else _period_kind end as period_kind
    from {{ newest_by(ref('stg_tax__tax_paid'), ['enterprise_id']) }} as newest
    where {{ is_needed('_period', 1) }}

),

quarters as (

    select
        enterprise_id,
        month,
        case
            when
                3 * count(*) over (
                    partition by enterprise_id, substring(month, 1, 4)
                    order by month rows between unbounded preceding and current row
                ) = cast(substring(month, 6, 2) as int)
                then sum(tax_paid_wan) over (
                    partition by enterprise_id, substring(month, 1, 4)
                    order by month rows between unbounded preceding and current row
                )
        end as tax_ytd_wan
    from tax_rows
    where period_kind = 'quarter'

),

tax as (

    select
        enterprise_id,
        month,
        max(tax_ytd_wan) as tax_ytd_wan
    from (
        select enterprise_id, month, tax_ytd_wan from quarters
        union all
        select enterprise_id, month, tax_paid_wan as tax_ytd_wan
        from tax_rows
        where period_kind in ('cumulative', 'year')
    ) as both_kinds
    group by enterprise_id, month

)

select
    steps.enterprise_id,
    steps.month,
    steps.statistical_no,
    steps.revenue_wan as step_revenue_wan,
    steps.revenue_last_year_wan as step_revenue_last_year_wan,
    {{ growth_over('since_january.revenue_wan', 'since_january.revenue_last_year_wan') }} as revenue_growth_pct,
    {{ growth_over('electricity.used_ytd_kwh', 'electricity_before.used_ytd_kwh') }} as electricity_growth_pct,
    {{ growth_over('tax.tax_ytd_wan', 'tax_before.tax_ytd_wan') }} as tax_growth_pct,
    since_january.profit_wan,
    since_january.profit_last_year_wan,
    steps.is_simulated
from steps
left join since_january
    on steps.enterprise_id = since_january.enterprise_id and steps.month = since_january.month
left join electricity
    on steps.enterprise_id = electricity.enterprise_id and steps.month = electricity.month
left join electricity as electricity_before
    on
        steps.enterprise_id = electricity_before.enterprise_id
        and electricity_before.month = concat_ws(
            '', cast(cast(substring(steps.month, 1, 4) as int) - 1 as string), substring(steps.month, 5, 3)
        )
left join tax
    on steps.enterprise_id = tax.enterprise_id and steps.month = tax.month
left join tax as tax_before
    on
        steps.enterprise_id = tax_before.enterprise_id
        and tax_before.month = concat_ws(
            '', cast(cast(substring(steps.month, 1, 4) as int) - 1 as string), substring(steps.month, 5, 3)
        )
