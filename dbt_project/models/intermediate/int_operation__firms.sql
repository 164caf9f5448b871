-- Output, revenue and profit of each reporting firm against the same period of last year as the firm itself reports it.
-- cumulative: since January, as on the forms. month: output as reported; revenue and profit, which come cumulative only,
-- as the difference of two neighbouring months of one year. Statistics have no January: the month begins with March.
{# A firm's address of a month may change with any register from that month on. -#}
{{ config(meta={'by_period': {
    'column': 'month',
    'follows': {'industrial_output': 'next', 'financials': 'next', 'enterprise_registry': 'since'},
}}) }}
with output as (

    select
        enterprise_id,
        _period as month,
        output_month_wan,
        output_ytd_wan,
        output_ytd_last_year_wan,
        _is_simulated as is_simulated
    from {{ newest_by(ref('stg_statistics__industrial_output'), ['enterprise_id']) }} as newest
    where {{ is_made('_period', years=true) }}

),

financials as (

    select
        enterprise_id,
        _period as month,
        revenue_ytd_wan,
        revenue_ytd_last_year_wan,
        profit_ytd_wan,
        profit_ytd_last_year_wan,
        _is_simulated as is_simulated
    from {{ newest_by(ref('stg_statistics__financials'), ['enterprise_id']) }} as newest
    where {{ is_made('_period', years=true) }}

),

year_to_date as (

    select
        coalesce(output.enterprise_id, financials.enterprise_id) as enterprise_id,
        coalesce(output.month, financials.month) as month,
        output.output_month_wan,
        output.output_ytd_wan,
        output.output_ytd_last_year_wan,
        financials.revenue_ytd_wan,
        financials.revenue_ytd_last_year_wan,
        financials.profit_ytd_wan,
        financials.profit_ytd_last_year_wan,
        coalesce(output.is_simulated, false) or coalesce(financials.is_simulated, false) as is_simulated
    from output
    full outer join financials
        on output.enterprise_id = financials.enterprise_id and output.month = financials.month

),

both_kinds as (

    select
        enterprise_id,
        month,
        'cumulative' as period_kind,
        output_ytd_wan as output_wan,
        output_ytd_last_year_wan as output_last_year_wan,
        revenue_ytd_wan as revenue_wan,
        revenue_ytd_last_year_wan as revenue_last_year_wan,
        profit_ytd_wan as profit_wan,
        profit_ytd_last_year_wan as profit_last_year_wan,
        is_simulated
    from year_to_date

    union all

    select
        this_month.enterprise_id,
        this_month.month,
        'month' as period_kind,
        coalesce(this_month.output_month_wan, this_month.output_ytd_wan - before.output_ytd_wan) as output_wan,
        this_month.output_ytd_last_year_wan - before.output_ytd_last_year_wan as output_last_year_wan,
        this_month.revenue_ytd_wan - before.revenue_ytd_wan as revenue_wan,
        this_month.revenue_ytd_last_year_wan - before.revenue_ytd_last_year_wan as revenue_last_year_wan,
        this_month.profit_ytd_wan - before.profit_ytd_wan as profit_wan,
        this_month.profit_ytd_last_year_wan - before.profit_ytd_last_year_wan as profit_last_year_wan,
        this_month.is_simulated or coalesce(before.is_simulated, false) as is_simulated
    from year_to_date as this_month
    left join year_to_date as before
        on
            this_month.enterprise_id = before.enterprise_id
            and before.month = {{ statistical_month_before('this_month.month') }}
    where substring(this_month.month, 6, 2) > '02'

)

select
    both_kinds.enterprise_id,
    both_kinds.month,
    both_kinds.period_kind,
    enterprise.enterprise_name,
    -- A firm that the register does not know counts for the city and stands apart among the units.
    coalesce(enterprise.reporting_unit_code, 'unmatched') as reporting_unit_code,
    coalesce(unit.city_code, office.city_code) as city_code,
    enterprise.industry_code,
    cast(both_kinds.output_wan as decimal(24, 8)) as output_wan,
    cast(both_kinds.output_last_year_wan as decimal(24, 8)) as output_last_year_wan,
    cast(both_kinds.revenue_wan as decimal(24, 8)) as revenue_wan,
    cast(both_kinds.revenue_last_year_wan as decimal(24, 8)) as revenue_last_year_wan,
    cast(both_kinds.profit_wan as decimal(24, 8)) as profit_wan,
    cast(both_kinds.profit_last_year_wan as decimal(24, 8)) as profit_last_year_wan,
    both_kinds.is_simulated
from both_kinds
left join {{ ref('dim_enterprise') }} as enterprise
    on
        both_kinds.enterprise_id = enterprise.enterprise_id
        and {{ holds_in('enterprise', 'both_kinds.month') }}
left join {{ ref('int_reporting_unit__city') }} as unit
    on enterprise.reporting_unit_code = unit.reporting_unit_code
cross join (select max(city_code) as city_code from {{ ref('int_reporting_unit__city') }}) as office
where {{ is_made('both_kinds.month') }}
