-- Sales of the last twelve months of every firm that the tax office knows. From cumulative figures (this year's, plus
-- last year's whole, less last year's same part); where one of them is missing, from twelve single months.
-- A row needs the two years before its own; another day of opening may change any row of its firm.
{{ config(meta={'by_period': {
    'column': 'month', 'follows': {'tax_sales': 'since', 'enterprise_registry': 'firms'}, 'firms': 'int_registry__begun',
}}) }}
with reported as (

    select
        enterprise_id,
        enterprise_name,
        industry_code,
        _period as month,
        {{ month_number('_period') }} as month_index,
        cast(substring(_period, 1, 4) as int) as data_year,
        cast(substring(_period, 6, 2) as int) as month_of_year,
        sales_month_wan,
        sales_ytd_wan,
        sales_basis,
        _is_simulated as is_simulated
    from {{ newest_by(ref('stg_tax__tax_sales'), ['enterprise_id']) }} as newest
    where length(_period) = 7 and {{ is_needed('_period', 2) }}

),

-- Firms whose cumulative figures do not say it all: a month is missing, they begin within a year, or the basis changes.
-- Only theirs are added up month by month, which is most of the work.
gapped as (

    select enterprise_id
    from reported
    group by enterprise_id
    having
        count(sales_ytd_wan) < count(*)
        or count(*) < max(month_index) - min(month_index) + 1
        or min(month_index) % 12 > 0
        or count(sales_basis) < count(*)
        or min(sales_basis) < max(sales_basis)

),

single as (

    select
        reported.*,
        coalesce(
            sales_month_wan,
            case
                when month_of_year = 1 then sales_ytd_wan
                when
                    lag(month_index) over (partition by reported.enterprise_id order by month_index) = month_index - 1
                    then sales_ytd_wan
                        - lag(sales_ytd_wan) over (partition by reported.enterprise_id order by month_index)
            end
        ) as month_wan
    from reported
    inner join gapped
        on reported.enterprise_id = gapped.enterprise_id

),

summed as (

    select
        enterprise_id,
        month_index,
        case
            when lag(month_index, 11) over (partition by enterprise_id order by month_index) = month_index - 11
                and count(month_wan) over twelve = 12
                then sum(month_wan) over twelve
        end as twelve_months_wan,
        count(case when sales_basis = 'declared' then 1 end) over twelve > 0
        and count(case when sales_basis = 'invoiced' then 1 end) over twelve > 0 as is_mixed
    from single
    window twelve as (
        partition by enterprise_id order by month_index range between 11 preceding and current row
    )

),

rolled as (

    select
        this_month.enterprise_id,
        this_month.month,
        this_month.month_index,
        this_month.enterprise_name,
        this_month.industry_code,
        cast(coalesce(
            case
                when this_month.month_of_year = 12 then this_month.sales_ytd_wan
                when opened.business_opened_month >= (cast(this_month.data_year as string) || '-01')
                    then this_month.sales_ytd_wan
                when opened.business_opened_month > same_part.month_before then this_month.sales_ytd_wan + last_whole.sales_ytd_wan
                else this_month.sales_ytd_wan + last_whole.sales_ytd_wan - last_part.sales_ytd_wan
            end,
            summed.twelve_months_wan
        ) as decimal(24, 8)) as sales_ttm_wan,
        case
            when
                summed.is_mixed
                or this_month.sales_basis <> coalesce(last_whole.sales_basis, this_month.sales_basis)
                or this_month.sales_basis <> coalesce(last_part.sales_basis, this_month.sales_basis)
                then 'mixed'
            else this_month.sales_basis
        end as sales_basis,
        (
            this_month.is_simulated or coalesce(last_whole.is_simulated, false)
            or coalesce(last_part.is_simulated, false)
        ) as is_simulated
    from reported as this_month
    inner join (
        select distinct
            month,
            (cast(data_year - 1 as string) || substring(month, 5, 3)) as month_before
        from reported
    ) as same_part
        on this_month.month = same_part.month
    left join summed
        on this_month.enterprise_id = summed.enterprise_id and this_month.month_index = summed.month_index
    left join {{ ref('int_registry__begun') }} as opened
        on this_month.enterprise_id = opened.enterprise_id
    left join reported as last_whole
        on
            this_month.enterprise_id = last_whole.enterprise_id
            and this_month.data_year - 1 = last_whole.data_year
            and last_whole.month_of_year = 12
    left join reported as last_part
        on
            this_month.enterprise_id = last_part.enterprise_id
            and this_month.month_index - 12 = last_part.month_index

)

select
    this_year.enterprise_id,
    this_year.month,
    this_year.enterprise_name,
    this_year.industry_code,
    this_year.sales_ttm_wan,
    this_year.sales_basis,
    year_before.sales_ttm_wan as sales_ttm_year_before_wan,
    case
        when year_before.sales_ttm_wan > 0 and this_year.sales_basis = year_before.sales_basis
            -- Ten places first, so that a growth of exactly half a step is not lost in the doubles.
            then {{ to_decimal(
                'round(100 * cast(this_year.sales_ttm_wan as double) / cast(year_before.sales_ttm_wan as double) - 100, 10)',
                'decimal(18, 4)'
            ) }}
    end as sales_growth_pct,
    this_year.is_simulated or coalesce(year_before.is_simulated, false) as is_simulated
from rolled as this_year
left join rolled as year_before
    on
        this_year.enterprise_id = year_before.enterprise_id
        and this_year.month_index - 12 = year_before.month_index
