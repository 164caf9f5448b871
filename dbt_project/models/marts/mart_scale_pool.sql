-- The libraries of the programme, month by month: who belongs to which pool, why, since when, on whose rule.
with pools as (

    {% for pool in ['near_entry', 'pending_production', 'high_growth', 'near_exit', 'exited', 'leading'] -%}
    select
        month,
        '{{ pool }}' as pool,
        member_id,
        enterprise_id,
        {{ 'entity' if pool == 'leading' else "'legal_person' as entity" }},
        enterprise_name,
        reporting_unit_code,
        reason,
        evidence,
        decisive_wan,
        {% for figure in ['revenue_1y_ago_wan', 'revenue_2y_ago_wan', 'revenue_3y_ago_wan', 'forecast_wan'] -%}
        {{ figure if pool == 'near_exit' else 'cast(null as decimal(24, 8)) as ' ~ figure }},
        {% endfor -%}
        {{ 'backtest_error_pct' if pool == 'near_exit' else 'cast(null as decimal(9, 4)) as backtest_error_pct' }},
        {{ 'band_set_by' if pool == 'leading' else 'cast(null as string) as band_set_by' }},
        {{ 'is_recovering' if pool == 'exited' else 'cast(null as boolean) as is_recovering' }},
        is_simulated
    from {{ ref('int_pool__' ~ pool) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

indexed as (

    select
        pools.*,
        months.month_index,
        months.data_year,
        months.month_index
        - row_number() over (partition by pools.pool, pools.member_id order by months.month_index) as stay
    from pools
    inner join {{ ref('int_month__spine') }} as months
        on pools.month = months.month

),

distressed as (

    select
        indexed.month,
        indexed.enterprise_id,
        lists.distress_kind
    from (select distinct month, enterprise_id from indexed where enterprise_id is not null) as indexed
    inner join {{ identified('distress_lists') }} as lists
        on
            indexed.enterprise_id = lists.enterprise_id
            and {{ month_of('lists.listed_on') }} <= indexed.month
            and (lists.delisted_on is null or {{ month_of('lists.delisted_on') }} > indexed.month)
    qualify
        row_number() over (
            partition by indexed.month, indexed.enterprise_id
            order by
                case lists.distress_kind
                    when '僵尸企业' then 1 when '困难企业救治' then 2 when '困难企业诊断' then 3 else 4
                end,
                lists.listed_on desc,
                lists.enterprise_name
        ) = 1

)

select
    indexed.month,
    indexed.pool,
    indexed.member_id,
    indexed.enterprise_id,
    indexed.entity,
    indexed.enterprise_name,
    indexed.reporting_unit_code,
    units.area_name as reporting_unit_name,
    indexed.reason,
    indexed.evidence,
    min(indexed.month) over (partition by indexed.pool, indexed.member_id, indexed.stay) as since_month,
    indexed.decisive_wan,
    indexed.revenue_1y_ago_wan,
    indexed.revenue_2y_ago_wan,
    indexed.revenue_3y_ago_wan,
    indexed.forecast_wan,
    indexed.backtest_error_pct,
    indexed.is_recovering,
    distressed.distress_kind,
    concat_ws(
        '；', rules.set_by, case when indexed.band_set_by <> rules.set_by then '分档：' || indexed.band_set_by end
    ) as set_by,
    indexed.is_simulated
from indexed
left join {{ ref('dim_area') }} as units
    on indexed.reporting_unit_code = units.area_code
left join {{ parameter('pool_rule_set') }} as rules
    on indexed.pool = rules.pool and {{ in_force('rules', 'indexed.data_year') }}
left join distressed
    on indexed.month = distressed.month and indexed.enterprise_id = distressed.enterprise_id
