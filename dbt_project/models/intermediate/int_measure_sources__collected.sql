-- Every source row that speaks of a measure of a firm-year, as it contributes to it. Where a firm has several figures
-- of one measure (a report and a declaration, a yearly form and December's), all are here: a scheme chooses. What power
-- meters show, by far the most rows, stands in int_electricity__yearly, once for its three measures.
{{ config(meta={'by_period': {'column': 'data_year', 'follows': 'year', 'unless_moved': true}}) }}
-- depends_on: {{ ref('int_identity__moved') }}
with annual as (

    select * from {{ yearly_rows(ref('stg_statistics__annual_financials'), ['enterprise_id'], [
        'revenue_wan', 'value_added_wan', 'wages_wan', 'depreciation_wan', 'net_production_tax_wan',
        'operating_surplus_wan', 'operating_profit_wan', 'profit_wan', 'equity_wan', 'employees_average'
    ]) }} as yearly

),

december as (

    select * from {{ yearly_rows(ref('stg_statistics__financials'), ['enterprise_id'], [
        'revenue_ytd_wan', 'profit_ytd_wan', 'wages_ytd_wan', 'employees_average'
    ], is_cumulative=true) }} as yearly

),

declared as (

    -- Without seal and consent a declaration is no figure that an evaluation may use.
    select
        yearly.*,
        declared_land_own_mu as land_own_mu,
        declared_land_leased_in_mu as land_leased_in_mu,
        declared_land_leased_out_mu as land_leased_out_mu
    from {{ yearly_rows(ref('stg_enterprise__enterprise_declaration'), ['enterprise_id'], [
        'revenue_wan', 'tax_paid_wan', 'wages_wan', 'depreciation_wan', 'operating_profit_wan', 'rd_wan',
        'employees_average', 'energy_tce_equivalent', 'declared_land_own_mu', 'declared_land_leased_in_mu',
        'declared_land_leased_out_mu', 'is_sealed', 'has_consent'
    ]) }} as yearly
    where is_sealed and has_consent

),

tax as (

    select * from {{ yearly_rows(ref('stg_tax__tax_paid'), ['enterprise_id'], [
        'tax_paid_wan', 'exempt_offset_wan', 'export_refund_wan', 'credit_refund_wan', 'deferred_wan', 'arrears_wan',
        'withheld_iit_wan'
    ]) }} as yearly

),

sales as (

    -- Declared sales come before invoiced ones.
    select
        *,
        method_rank + case when sales_basis = 'declared' then 0 else 1 end as basis_rank
    from {{ yearly_rows(ref('stg_tax__tax_sales'), ['enterprise_id'], ['sales_ytd_wan', 'sales_basis'],
        is_cumulative=true) }} as yearly

),

employment as (

    select
        *,
        coalesce(
            employment_source,
            case when _sender in ('statistics', 'social_security') then _sender end,
            'social_security'
        ) as employee_source
    from {{ yearly_rows(ref('stg_social_security__employment'), ['enterprise_id', 'employment_source', '_sender'],
        ['employees_average', 'employees_insured']) }} as yearly

),

research as (

    select * from {{ yearly_rows(ref('stg_statistics__research_development'), ['enterprise_id'], ['rd_wan']) }} as yearly

),

-- Equivalents from kilograms where only those are given, by 环境保护税法 附表二: 1, 0.8, 0.95 and 0.95 kg a unit.
emissions as (

    -- A firm outside the environmental statistics has no emission figures; a zero in its row is a blank.
    select
        yearly.*,
        case when is_in_environment_statistics or emission_equivalent_t > 0 then emission_equivalent_t end as given_t
        {%- for pollutant in ['cod', 'ammonia', 'so2', 'nox'] %},
        case when is_in_environment_statistics or {{ pollutant }}_kg > 0 then {{ pollutant }}_kg end as {{ pollutant }}
        {%- endfor %}
    from {{ yearly_rows(ref('stg_environment__emissions'), ['enterprise_id'], [
        'cod_kg', 'ammonia_kg', 'so2_kg', 'nox_kg', 'emission_equivalent_t', 'is_in_environment_statistics'
    ]) }} as yearly

),

energy as (

    select * from {{ yearly_rows(ref('stg_statistics__energy_consumption'), ['enterprise_id'], [
        'energy_tce_equivalent', 'energy_tce_calorific', 'coal_t', 'coke_t', 'natural_gas_used_m3', 'diesel_t',
        'gasoline_t', 'heat_gj', 'electricity_used_kwh'
    ]) }} as yearly

),

gas as (

    select * from {{ yearly_rows(ref('stg_utilities__gas_water'), ['enterprise_id'], ['gas_m3']) }} as yearly
    qualify rank() over (partition by enterprise_id, data_year order by method_rank) = 1

),

projects as (

    -- The statistical definition of an investment comes before the bureau's own.
    select
        *,
        method_rank + case when statistic_basis = '统计口径' then 0 else 10 end as basis_rank
    from {{ yearly_rows(identified('investment_projects'), ['project_no', 'statistic_basis'],
        ['enterprise_id', 'invested_ytd_wan', 'is_tech_upgrade', 'is_industrial'], is_cumulative=true) }} as yearly
    where is_industrial

),

leases as (

    select
        *,
        tenant_id as enterprise_id
    from {{ yearly_rows(identified('plant_leases'), ['plant_no', 'tenant_name'], ['tenant_id', 'floor_area_m2']) }}
        as yearly

),

firm_years as (

    select enterprise_id, data_year, industry_code
    from {{ ref('int_enterprise__yearly') }}

),

industry_rates as (

    select
        firm_years.enterprise_id,
        firm_years.data_year,
        rates.value_added_rate
    from firm_years
    inner join {{ parameter('value_added_rates') }} as rates
        on firm_years.industry_code = rates.industry_code and rates.from_year <= firm_years.data_year
    qualify
        row_number() over (
            partition by firm_years.enterprise_id, firm_years.data_year order by rates.from_year desc
        ) = 1

),

-- Short income approach: 实缴税金 + 职工薪酬 + 折旧 + 营业利润. The tax comes from the tax office, in as many rows as it sent.
tax_best as (

    select *
    from tax
    where tax_paid_wan is not null
    qualify
        rank() over (partition by enterprise_id, data_year order by method_rank) = 1

),

short_income as (

    select * from annual
    where wages_wan is not null and depreciation_wan is not null and operating_profit_wan is not null

),

short_income_tax as (

    select tax_best.*
    from tax_best
    inner join short_income
        on tax_best.enterprise_id = short_income.enterprise_id and tax_best.data_year = short_income.data_year

),

short_income_rest as (

    select short_income.*
    from short_income
    inner join (select distinct enterprise_id, data_year from tax_best) as taxed
        on short_income.enterprise_id = taxed.enterprise_id and short_income.data_year = taxed.data_year

),

-- Energy from the carriers that were consumed, where the form gives no total.
factors as (

    {{ energy_factors('(select distinct data_year from firm_years)') }}

),

carriers as (

    {% for medium, quantity in {
        'coal': 'coal_t * 1000', 'coke': 'coke_t * 1000', 'natural_gas': 'natural_gas_used_m3',
        'diesel': 'diesel_t * 1000', 'gasoline': 'gasoline_t * 1000', 'heat': 'heat_gj',
        'electricity': 'electricity_used_kwh'
    }.items() %}
    select
        enterprise_id,
        data_year,
        measure_method,
        method_rank,
        '{{ medium }}' as medium,
        {{ quantity }} as quantity,
        energy_tce_equivalent,
        energy_tce_calorific,
        file_id,
        file_name,
        sheet,
        row,
        is_simulated
    from energy
    where {{ quantity }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

carriers_tce as (

    select
        carriers.enterprise_id,
        carriers.data_year,
        carriers.method_rank,
        factors.energy_basis,
        sum({{ times('carriers.quantity', 'cast(factors.kgce_per_unit as double) / 1000') }}) as tce,
        max(carriers.energy_tce_equivalent) as given_equivalent,
        max(carriers.energy_tce_calorific) as given_calorific,
        carriers.file_id,
        carriers.file_name,
        carriers.sheet,
        carriers.row,
        bool_or(carriers.is_simulated) as is_simulated
    from carriers
    inner join factors on carriers.data_year = factors.data_year and carriers.medium = factors.medium
    group by
        carriers.enterprise_id, carriers.data_year, carriers.method_rank, factors.energy_basis,
        carriers.file_id, carriers.file_name, carriers.sheet, carriers.row

),

-- What the meters show of a firm that reports no energy: here piped gas, an estimate.
gas_tce as (

    select
        gas.*,
        factors.energy_basis,
        {{ times('gas.gas_m3', 'cast(factors.kgce_per_unit as double) / 1000') }} as tce
    from gas
    inner join factors on gas.data_year = factors.data_year and factors.medium = 'natural_gas'

),

revenue as (

    {{ contributions('annual', 'annual_financials', 'statistical_only', {'revenue_wan': 'revenue_wan'}) }}
    union all
    {{ contributions('december', 'financials', 'statistical_only', {'revenue_wan': 'revenue_ytd_wan'}, rank='method_rank + 1') }}
    union all
    {{ contributions('declared', 'enterprise_declaration', 'declared', {'revenue_wan': 'revenue_wan'},
        figure_source="'declared'") }}
    union all
    {{ contributions('sales', 'tax_sales', 'administrative', {'revenue_wan': 'sales_ytd_wan'},
        figure_source="'administrative'", rank='basis_rank') }}

),

estimated as (

    select
        revenue.enterprise_id,
        revenue.data_year,
        'value_added_wan' as measure,
        revenue.figure_source,
        'rate' as measure_method,
        revenue.method_rank + 90 as method_rank,
        revenue.dataset,
        revenue.data_use,
        {{ times('revenue.contribution', 'industry_rates.value_added_rate') }} as contribution,
        revenue.file_id,
        revenue.file_name,
        revenue.sheet,
        revenue.row,
        revenue.is_simulated
    from revenue
    inner join industry_rates
        on revenue.enterprise_id = industry_rates.enterprise_id and revenue.data_year = industry_rates.data_year

)

select * from revenue
union all
select * from estimated
union all
{{ contributions('annual', 'annual_financials', 'statistical_only', {
    'value_added_wan': 'value_added_wan'}, method='given') }}
union all
{{ contributions('annual', 'annual_financials', 'statistical_only', {
    'value_added_wan': 'wages_wan + net_production_tax_wan + depreciation_wan + operating_surplus_wan'},
    method='income', rank='method_rank + 20') }}
union all
{{ contributions('short_income_rest', 'annual_financials', 'statistical_only', {
    'value_added_wan': 'wages_wan + depreciation_wan + operating_profit_wan'},
    method='income_short', rank='30') }}
union all
{{ contributions('short_income_tax', 'tax_paid', 'administrative', {'value_added_wan': 'tax_paid_wan'},
    method='income_short', rank='30') }}
union all
{{ contributions('declared', 'enterprise_declaration', 'declared', {
    'value_added_wan': 'tax_paid_wan + wages_wan + depreciation_wan + operating_profit_wan'},
    figure_source="'declared'", method='income_short', rank='method_rank + 30') }}
union all
{{ contributions('annual', 'annual_financials', 'statistical_only', {
    'profit_wan': 'profit_wan', 'equity_wan': 'equity_wan', 'wages_wan': 'wages_wan'}) }}
union all
{{ contributions('december', 'financials', 'statistical_only', {
    'profit_wan': 'profit_ytd_wan', 'wages_wan': 'wages_ytd_wan'}, rank='method_rank + 1') }}
union all
{{ contributions('declared', 'enterprise_declaration', 'declared', {
    'tax_paid_wan': 'tax_paid_wan', 'rd_wan': 'rd_wan', 'wages_wan': 'wages_wan',
    'employees_average': 'employees_average', 'energy_tce_equivalent': 'energy_tce_equivalent',
    'land_own_mu': 'land_own_mu', 'land_leased_in_mu': 'land_leased_in_mu',
    'land_leased_out_mu': 'land_leased_out_mu'}, figure_source="'declared'") }}
union all
{{ contributions('tax', 'tax_paid', 'administrative', {
    'tax_paid_wan': 'tax_paid_wan', 'exempt_offset_wan': 'exempt_offset_wan',
    'export_refund_wan': 'export_refund_wan', 'credit_refund_wan': 'credit_refund_wan',
    'deferred_wan': 'deferred_wan', 'arrears_wan': 'arrears_wan', 'withheld_iit_wan': 'withheld_iit_wan'},
    figure_source="'administrative'") }}
union all
{{ contributions('employment', 'employment', 'administrative', {'employees_average': 'employees_average'},
    figure_source='employee_source') }}
union all
{{ contributions('employment', 'employment', 'administrative', {'employees_insured': 'employees_insured'},
    figure_source="'social_security'", rank='method_rank + 10') }}
union all
{{ contributions('annual', 'annual_financials', 'statistical_only', {'employees_average': 'employees_average'},
    rank='method_rank + 5') }}
union all
{{ contributions('december', 'financials', 'statistical_only', {'employees_average': 'employees_average'},
    rank='method_rank + 6') }}
union all
{{ contributions('research', 'research_development', 'statistical_only', {'rd_wan': 'rd_wan'}) }}
union all
{{ contributions('emissions', 'emissions', 'administrative', {
    'emission_equivalent_t': 'given_t', 'cod_t': 'cod / 1000', 'ammonia_t': 'ammonia / 1000',
    'so2_t': 'so2 / 1000', 'nox_t': 'nox / 1000'}, figure_source="'administrative'") }}
union all
{{ contributions(
    "(select * from emissions where given_t is null and coalesce(cod, ammonia, so2, nox) is not null) as listed",
    'emissions', 'administrative', {'emission_equivalent_t':
    '(coalesce(cod, 0) + coalesce(ammonia, 0) / 0.8 + coalesce(so2, 0) / 0.95 + coalesce(nox, 0) / 0.95) / 1000'},
    figure_source="'administrative'", method='from_pollutants', rank='method_rank + 20') }}
union all
{{ contributions('energy', 'energy_consumption', 'statistical_only', {
    'energy_tce_equivalent': 'energy_tce_equivalent', 'energy_tce_calorific': 'energy_tce_calorific'}) }}
union all
{% for basis in ['equivalent', 'calorific'] -%}
{{ contributions(
    "(select * from carriers_tce where energy_basis = '" ~ basis ~ "' and given_" ~ basis ~ " is null) as carried",
    'energy_consumption', 'statistical_only', {'energy_tce_' ~ basis: 'tce'}, method='from_carriers', rank='method_rank + 20'
) }}
union all
{{ contributions(
    "(select * from gas_tce where energy_basis = '" ~ basis ~ "') as metered",
    'gas_water', 'administrative', {'energy_tce_' ~ basis: 'tce'},
    figure_source="'administrative'", method='from_meters', rank='90') }}
union all
{% endfor -%}
{{ contributions('projects', 'investment_projects', 'administrative', {
    'tech_upgrade_wan': 'case when is_tech_upgrade then invested_ytd_wan end',
    'new_project_wan': 'case when not is_tech_upgrade then invested_ytd_wan end'},
    figure_source="'administrative'", rank='basis_rank') }}
union all
{{ contributions('leases', 'plant_leases', 'administrative', {'plant_leased_m2': 'floor_area_m2'},
    figure_source="'administrative'") }}
{% for tenure in ['own', 'leased_in', 'leased_out', 'protected'] -%}
union all
{{ contributions(
    "(select * from " ~ ref('int_land_parcels__yearly') ~ " where tenure = '" ~ tenure ~ "') as parcels",
    'land_parcels', 'administrative', {'land_' ~ tenure ~ '_mu': 'area_mu'}, figure_source="'administrative'"
) }}
{% endfor -%}
