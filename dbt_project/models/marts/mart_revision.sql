-- What later files changed in earlier ones, for every extract, the office's own included: key, column, old and new value, both files.
{% set datasets = [
    'activity_log',
    'annual_financials',
    'county_forecast',
    'cultivation_list',
    'distress_lists',
    'electricity',
    'emissions',
    'employment',
    'energy_consumption',
    'enterprise_declaration',
    'enterprise_groups',
    'enterprise_registry',
    'evaluation_adjustments',
    'financials',
    'gas_water',
    'gdp_accounts',
    'honours',
    'industrial_output',
    'industry_growth',
    'investment_projects',
    'issue_ledger',
    'land_parcels',
    'objections',
    'plant_leases',
    'published_figures',
    'research_development',
    'reward_payments',
    'support_assignments',
    'target_actuals',
    'tax_paid',
    'tax_sales',
    'work_plan',
] %}
{% for dataset in datasets %}
select * from {{ revisions(dataset) }} as {{ dataset }}
{{ 'union all' if not loop.last }}
{% endfor %}
{{ office_revisions() }}
