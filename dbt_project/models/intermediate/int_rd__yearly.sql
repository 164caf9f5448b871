-- R&D spending of each firm of the library by year. A firm without a form is not a firm that spent nothing.
with spending as (

    select
        enterprise_id,
        cast(_period as int) as data_year,
        rd_wan,
        _is_simulated as is_simulated
    from {{ newest_by(ref('stg_statistics__research_development'), ['enterprise_id']) }} as newest

),

revenue as (

    select
        enterprise_id,
        cast(_period as int) as data_year,
        revenue_wan,
        _is_simulated as is_simulated
    from {{ newest_by(ref('stg_statistics__annual_financials'), ['enterprise_id']) }} as newest

)

select
    enterprise.enterprise_id,
    enterprise.data_year,
    enterprise.enterprise_name,
    enterprise.reporting_unit_code,
    enterprise.area_code,
    unit.city_code,
    spending.rd_wan,
    revenue.revenue_wan,
    case when revenue.revenue_wan > 0 then {{ safe_divide('100 * spending.rd_wan', 'revenue.revenue_wan', 'decimal(24, 8)') }}
    end as rd_intensity_pct,
    case when spending.rd_wan is null then 'not_reported' when spending.rd_wan = 0 then 'zero' else 'reported' end
        as rd_state,
    (
        enterprise.is_simulated or coalesce(spending.is_simulated, false) or coalesce(revenue.is_simulated, false)
    ) as is_simulated
from {{ ref('int_enterprise__yearly') }} as enterprise
-- A year for which no R&D form at all has arrived is left out.
inner join (select distinct data_year from spending) as reported_year
    on enterprise.data_year = reported_year.data_year
left join {{ ref('int_reporting_unit__city') }} as unit
    on enterprise.reporting_unit_code = unit.reporting_unit_code
left join spending
    on enterprise.enterprise_id = spending.enterprise_id and enterprise.data_year = spending.data_year
left join revenue
    on enterprise.enterprise_id = revenue.enterprise_id and enterprise.data_year = revenue.data_year
where enterprise.scale = 'above'
