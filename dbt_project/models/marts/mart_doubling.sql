-- How far manufacturing is on the way to twice the base year. Two measures with two clocks: year to date against the
-- base year's same period (t in whole years), and the last four quarters against the base year (t in quarters ÷ 4).
-- 规上 revenue comes monthly too: there the last twelve months, t in months ÷ 12.
-- The base year itself has no row: it would be neither ahead nor behind.
with observed as (

    select * from {{ ref('int_doubling__observed') }}

),

rules as (

    select * from {{ ref('int_doubling__rules') }}

),

-- The base year's same part of the year, last year's same part, and last year whole, beside each period.
with_bases as (

    select
        this_part.*,
        rules.base_year,
        base.value_yi as base_value_yi,
        base.vintage as base_vintage,
        base.file_id as base_file_id,
        base_whole.value_yi as base_whole_yi,
        base_whole.vintage as base_whole_vintage,
        base_whole.file_id as base_whole_file_id,
        last_year.value_yi as last_year_yi,
        last_year.vintage as last_year_vintage,
        last_year.file_id as last_year_file_id,
        last_whole.value_yi as last_whole_yi,
        last_whole.vintage as last_whole_vintage,
        last_whole.file_id as last_whole_file_id,
        -- How much of its year has gone by the end of the period.
        case this_part.frequency
            when 'year' then cast(1 as double)
            when 'quarter' then cast(substring(this_part.part, 2, 1) as double) / 4
            else cast(substring(this_part.part, 2, 2) as double) / 12
        end as year_share
    from observed as this_part
    inner join rules
        on this_part.area_code = rules.area_code and this_part.data_year >= rules.base_year
    left join observed as base
        on
            this_part.area_code = base.area_code
            and this_part.indicator = base.indicator
            and this_part.price_basis = base.price_basis
            and this_part.frequency = base.frequency
            and this_part.part = base.part
            and base.data_year = rules.base_year
    left join observed as base_whole
        on
            this_part.area_code = base_whole.area_code
            and this_part.indicator = base_whole.indicator
            and this_part.price_basis = base_whole.price_basis
            and base_whole.frequency = this_part.frequency
            and base_whole.part = case this_part.frequency when 'year' then '' when 'quarter' then 'Q4' else '-12' end
            and base_whole.data_year = rules.base_year
    left join observed as last_year
        on
            this_part.area_code = last_year.area_code
            and this_part.indicator = last_year.indicator
            and this_part.price_basis = last_year.price_basis
            and this_part.frequency = last_year.frequency
            and this_part.part = last_year.part
            and this_part.data_year - 1 = last_year.data_year
    left join observed as last_whole
        on
            this_part.area_code = last_whole.area_code
            and this_part.indicator = last_whole.indicator
            and this_part.price_basis = last_whole.price_basis
            and last_whole.frequency = this_part.frequency
            and last_whole.part = case this_part.frequency when 'year' then '' when 'quarter' then 'Q4' else '-12' end
            and this_part.data_year - 1 = last_whole.data_year

),

measured as (

    select
        area_code,
        indicator,
        scope,
        price_basis,
        'ytd' as measure,
        period,
        value_yi,
        base_value_yi,
        cast(data_year - base_year as decimal(8, 4)) as elapsed_years,
        (
            price_basis = 'real' or file_id = base_file_id or vintage = base_vintage
        ) as is_comparable,
        is_simulated
    from with_bases
    where data_year > base_year

    union all

    select
        area_code,
        indicator,
        scope,
        price_basis,
        'ttm' as measure,
        period,
        case when year_share = 1 then value_yi else value_yi + last_whole_yi - last_year_yi end as value_yi,
        base_whole_yi as base_value_yi,
        cast(round(data_year - base_year - 1 + year_share, 4) as decimal(8, 4)) as elapsed_years,
        -- Four quarters out of two years hold together only if all four levels do.
        (
            price_basis = 'real'
            or (
                (file_id = base_whole_file_id or vintage = base_whole_vintage)
                and (
                    year_share = 1
                    or (
                        (last_whole_file_id = last_year_file_id or last_whole_vintage = last_year_vintage)
                        and (last_whole_file_id = base_whole_file_id or last_whole_vintage = base_whole_vintage)
                    )
                )
            )
        ) as is_comparable,
        is_simulated
    from with_bases
    where data_year > base_year

),

-- What cannot be had is said in a row of its own rather than left out.
missing as (

    select
        rules.area_code,
        wanted.indicator,
        wanted.scope,
        wanted.price_basis,
        wanted.measure,
        cast(years.data_year as string) as period,
        rules.base_year,
        years.data_year
    from rules
    cross join (
        select distinct cast(substring(period, 1, 4) as int) as data_year
        from {{ ref('mart_manufacturing_share') }}
    ) as years
    cross join (
        select 'manufacturing_value_added' as indicator, '全部' as scope, 'nominal' as price_basis, 'ytd' as measure
        union all select 'manufacturing_value_added', '全部', 'nominal', 'ttm'
        union all select 'manufacturing_value_added', '全部', 'real', 'ytd'
        union all select 'manufacturing_value_added', '全部', 'real', 'ttm'
        union all select 'manufacturing_revenue', '规上', 'nominal', 'ytd'
        union all select 'manufacturing_revenue', '规上', 'nominal', 'ttm'
        union all select 'manufacturing_revenue', '规上', 'real', 'ytd'
        union all select 'manufacturing_revenue', '规上', 'real', 'ttm'
    ) as wanted
    left join measured
        on
            rules.area_code = measured.area_code
            and wanted.indicator = measured.indicator
            and wanted.price_basis = measured.price_basis
            and wanted.measure = measured.measure
            and cast(years.data_year as string) = measured.period
    where years.data_year > rules.base_year and measured.area_code is null and rules.has_target

),

all_rows as (

    select
        area_code,
        indicator,
        scope,
        price_basis,
        measure,
        period,
        value_yi,
        base_value_yi,
        elapsed_years,
        case when is_comparable then {{ safe_divide('value_yi', 'base_value_yi', 'decimal(18, 8)') }} end as multiple,
        case
            when value_yi is null or base_value_yi is null then '缺少基期、上年或本期的同口径数'
            when not coalesce(is_comparable, false) then '基期与本期不是同一版本，不作比较'
        end as status_reason,
        is_simulated
    from measured

    union all

    select
        area_code,
        indicator,
        scope,
        price_basis,
        measure,
        period,
        cast(null as decimal(24, 8)) as value_yi,
        cast(null as decimal(24, 8)) as base_value_yi,
        cast(data_year - base_year as decimal(8, 4)) as elapsed_years,
        cast(null as decimal(18, 8)) as multiple,
        case
            when indicator = 'manufacturing_revenue' and price_basis = 'real' then '营业收入没有可比价序列'
            when indicator = 'manufacturing_value_added' then '未公布制造业增加值，不以工业代替'
            else '没有收到该年度的规上企业年报'
        end as status_reason,
        false as is_simulated
    from missing

),

paths as (

    select
        all_rows.*,
        rules.area_name,
        rules.base_year,
        rules.end_year,
        rules.target_multiple,
        rules.set_by,
        rules.has_target,
        {{ to_decimal(
            'power(cast(rules.target_multiple as double),'
            ~ ' cast(all_rows.elapsed_years as double) / (rules.end_year - rules.base_year))',
            'decimal(18, 8)'
        ) }} as geometric_path,
        {{ to_decimal(
            '1 + (cast(rules.target_multiple as double) - 1)'
            ~ ' * cast(all_rows.elapsed_years as double) / (rules.end_year - rules.base_year)',
            'decimal(18, 8)'
        ) }} as linear_path
    from all_rows
    inner join rules
        on all_rows.area_code = rules.area_code

)

select
    area_code,
    area_name,
    indicator,
    scope,
    price_basis,
    measure,
    period,
    cast(value_yi as decimal(24, 8)) as value_yi,
    base_value_yi,
    base_year,
    end_year,
    elapsed_years,
    multiple,
    geometric_path,
    linear_path,
    cast(multiple - geometric_path as decimal(18, 8)) as gap_to_path,
    case
        when elapsed_years < end_year - base_year
            then {{ to_decimal(
                '100 * (power('
                ~ 'cast(target_multiple as double) / nullif(cast(multiple as double), cast(0 as double)),'
                ~ ' 1 / (end_year - base_year - cast(elapsed_years as double))) - 1)',
                'decimal(18, 8)'
            ) }}
    end as required_cagr_pct,
    case
        when indicator = 'manufacturing_revenue' and price_basis = 'real' then 'not_applicable'
        when multiple is null then 'no_data'
        when not has_target then 'not_applicable'
        when multiple >= target_multiple then 'met'
        when elapsed_years >= end_year - base_year then 'missed'
        when multiple >= linear_path then 'ahead'
        when multiple >= geometric_path then 'on_path'
        else 'behind'
    end as status,
    case
        when multiple is not null and not has_target then '该地区没有倍增目标，倍数与路径仅供对照'
        else status_reason
    end as status_reason,
    set_by,
    is_simulated
from paths
