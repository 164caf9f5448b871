-- Manufacturing's share of GDP. A row rests on one kind of source only: real accounts, else published figures, else
-- simulated accounts; so nothing simulated completes a real row, and nobody's 工业 stands in for 制造业. Accounts that
-- leave manufacturing out do not hide a share that was published.
with candidates as (

    select
        area_code,
        area_name,
        frequency,
        period,
        gdp_yi,
        industry_yi,
        manufacturing_yi,
        {{ pct('manufacturing_yi', 'gdp_yi') }} as computed_share_pct,
        cast(null as decimal(9, 4)) as published_share_pct,
        {{ pct('industry_yi', 'gdp_yi') }} as industry_share_pct,
        file_id as publication,
        maturity,
        received_at,
        'accounts' as source_kind,
        is_simulated,
        case when is_simulated then 5 when manufacturing_yi is null then 3 else 1 end as preference
    from {{ ref('int_gdp__accounts') }}

    union all

    select
        area_code,
        area_name,
        frequency,
        period,
        gdp_yi,
        industry_yi,
        manufacturing_yi,
        case when is_manufacturing_of_one_vintage then {{ pct('manufacturing_yi', 'gdp_yi') }} end
            as computed_share_pct,
        share_pct as published_share_pct,
        coalesce(
            industry_share_pct, case when is_industry_of_one_vintage then {{ pct('industry_yi', 'gdp_yi') }} end
        ) as industry_share_pct,
        share_source as publication,
        maturity,
        received_at,
        'published' as source_kind,
        is_simulated,
        case
            when share_pct is not null or is_manufacturing_of_one_vintage then 2
            else 4
        end as preference
    from {{ ref('int_gdp__published') }}

),

preferred as (

    select
        *,
        coalesce(computed_share_pct, published_share_pct) as share_pct,
        case when frequency = 'year' then cast(cast(period as int) - 1 as string)
            else concat_ws('', cast(cast(substring(period, 1, 4) as int) - 1 as string), substring(period, 5, 2))
        end as period_last_year
    from candidates
    qualify row_number() over (partition by area_code, frequency, period order by preference) = 1

),

-- The yearly target of an area, from the documents' list; strictly as written.
targets as (

    select
        area.area_code,
        target.comparator as target_comparator,
        cast(target.target_value as decimal(9, 4)) as target_pct,
        cast(target.target_period as int) as target_year,
        target.source_doc as target_set_by
    from {{ parameter('target') }} as target
    inner join {{ ref('dim_area') }} as area
        on target.area = area.area_name
    where target.indicator = '制造业增加值占GDP比重'

),

compared as (

    select
        current_period.*,
        targets.target_pct,
        targets.target_comparator,
        targets.target_year,
        targets.target_set_by,
        -- Years whose shares come from different publications are not subtracted from one another.
        case
            when current_period.publication = last_year.publication
                then current_period.share_pct - last_year.share_pct
        end as yoy_pp
    from preferred as current_period
    left join preferred as last_year
        on
            current_period.area_code = last_year.area_code
            and current_period.frequency = last_year.frequency
            and current_period.period_last_year = last_year.period
    left join targets
        on current_period.area_code = targets.area_code

)

select
    compared.area_code,
    coalesce(area.area_name, compared.area_name) as area_name,
    compared.frequency,
    compared.period,
    compared.gdp_yi,
    compared.industry_yi,
    compared.manufacturing_yi,
    compared.share_pct,
    compared.industry_share_pct,
    cast(compared.yoy_pp as decimal(9, 4)) as yoy_pp,
    compared.target_pct,
    compared.target_comparator,
    compared.target_year,
    cast(compared.share_pct - compared.target_pct as decimal(9, 4)) as gap_pp,
    case
        when compared.target_pct is not null and compared.share_pct is not null and compared.frequency = 'quarter'
            and substring(compared.period, 6, 1) <> '4'
            then '仅供参考'
    end as gap_note,
    -- Compared unrounded where the levels are known: 26.96 prints 27.0 and is not above 27; nor is exactly 27.
    case compared.target_comparator
        when '>' then
            case
                when compared.computed_share_pct is not null
                    then compared.manufacturing_yi * 100 > compared.target_pct * compared.gdp_yi
                else compared.share_pct > compared.target_pct
            end
        when '>=' then
            case
                when compared.computed_share_pct is not null
                    then compared.manufacturing_yi * 100 >= compared.target_pct * compared.gdp_yi
                else compared.share_pct >= compared.target_pct
            end
    end as is_target_met,
    compared.maturity,
    compared.received_at,
    compared.source_kind,
    case
        when compared.computed_share_pct is not null then 'computed'
        when compared.published_share_pct is not null then 'published'
        when compared.gdp_yi is not null or compared.industry_share_pct is not null then 'not_published'
        else 'no_data'
    end as status,
    -- The target is the document's; which of several published versions counts is a rule of its own.
    concat_ws(
        '；',
        '目标：' || compared.target_set_by,
        case when compared.source_kind = 'published' then '版本先后：' || maturities.set_by end
    ) as set_by,
    compared.is_simulated
from compared
cross join (select max(set_by) as set_by from {{ parameter('data_maturity') }}) as maturities
left join {{ ref('dim_area') }} as area
    on compared.area_code = area.area_code
