-- 规下样本点, 错月: in March, June, September and December the sample firms report what is cumulative to the month before.
-- Their sales by the tax office's figures show beforehand what the report will say.
with sample as (

    select
        enterprise_id,
        substring(_period, 1, 4) as year_text,
        enterprise_name,
        reporting_unit_code,
        is_sample_point,
        _is_simulated as is_simulated
    from {{ ref('stg_statistics__enterprise_registry') }}
    qualify
        row_number() over (
            partition by enterprise_id, substring(_period, 1, 4)
            order by _period desc, _received_at desc, _published_on desc nulls last, _file_id desc, _sheet desc, _row desc
        ) = 1

),

sales as (

    select
        enterprise_id,
        _period as month,
        sales_ytd_wan,
        sales_basis,
        _is_simulated as is_simulated
    from {{ newest_by(ref('stg_tax__tax_sales'), ['enterprise_id']) }} as newest

),

due as (

    select
        sample.*,
        concat_ws('', sample.year_text, '-', lpad(cast(calendar.report_month_no as string), 2, '0')) as report_month,
        concat_ws('', sample.year_text, '-', lpad(cast(calendar.covered_month_no as string), 2, '0')) as covered_month,
        concat_ws(
            '', cast(cast(sample.year_text as int) - 1 as string), '-',
            lpad(cast(calendar.covered_month_no as string), 2, '0')
        ) as covered_month_last_year,
        calendar.feeds
    from sample
    inner join {{ parameter('sample_point_calendar') }} as calendar
        on {{ in_force('calendar', 'cast(sample.year_text as int)') }}
    where sample.is_sample_point

)

select
    due.report_month,
    due.enterprise_id,
    due.enterprise_name,
    due.reporting_unit_code,
    due.covered_month,
    due.feeds,
    sales.sales_ytd_wan,
    last_year.sales_ytd_wan as sales_ytd_last_year_wan,
    -- Declared and invoiced sales are not compared with one another.
    case when sales.sales_basis = last_year.sales_basis
        then {{ growth_over('sales.sales_ytd_wan', 'last_year.sales_ytd_wan') }} end as sales_ytd_growth_pct,
    sales.sales_basis,
    case when sales.sales_ytd_wan is null then 'no_data' else 'ready' end as status,
    due.is_simulated or coalesce(sales.is_simulated, false) as is_simulated
from due
left join sales
    on due.enterprise_id = sales.enterprise_id and due.covered_month = sales.month
left join sales as last_year
    on due.enterprise_id = last_year.enterprise_id and due.covered_month_last_year = last_year.month
