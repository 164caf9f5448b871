-- The months for which the libraries are drawn up: the rules of the year, and which month's sales and accounts serve.
with rules as (

    select
        from_year,
        to_year,
        {% for rule in [
            'annual_counts_for_previous_year', 'carry_months', 'entry_threshold_wan', 'near_entry_floor_wan',
            'pending_within_months', 'growth_floor_pct', 'growth_sales_floor_wan', 'near_exit_revenue_wan',
            'near_exit_forecast_wan', 'exited_within_months', 'recovering_growth_pct', 'leading_floor_yi'
        ] -%}
        max(case when rule = '{{ rule }}' then rule_value end) as {{ rule }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ parameter('pool_rule') }}
    group by from_year, to_year

),

sales as (

    select distinct _period as sales_month
    from {{ ref('stg_tax__tax_sales') }}
    where length(_period) = 7

),

accounts as (

    select distinct _period as accounts_month
    from {{ ref('stg_statistics__financials') }}
    where length(_period) = 7

)

select
    months.month,
    months.month_index,
    months.data_year,
    max(sales.sales_month) as sales_month,
    max(accounts.accounts_month) as accounts_month,
    {% for rule in [
        'annual_counts_for_previous_year', 'carry_months', 'entry_threshold_wan', 'near_entry_floor_wan',
        'pending_within_months', 'growth_floor_pct', 'growth_sales_floor_wan', 'near_exit_revenue_wan',
        'near_exit_forecast_wan', 'exited_within_months', 'recovering_growth_pct', 'leading_floor_yi'
    ] -%}
    max(rules.{{ rule }}) as {{ rule }}{{ ',' if not loop.last }}
    {% endfor %}
from {{ ref('int_month__spine') }} as months
inner join rules
    on {{ in_force('rules', 'months.data_year') }}
left join sales
    on
        sales.sales_month <= months.month
        and {{ month_number('sales.sales_month') }} >= months.month_index - rules.carry_months
left join accounts
    on
        accounts.accounts_month <= months.month
        and substring(accounts.accounts_month, 1, 4) = substring(months.month, 1, 4)
        and {{ month_number('accounts.accounts_month') }} >= months.month_index - rules.carry_months
group by months.month, months.month_index, months.data_year
