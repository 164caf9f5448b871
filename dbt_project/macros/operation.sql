{# The groups that monthly operation is shown by. #}

{# Each row of `cells` once for every group it counts in: its reporting unit and the city, by total, by industry and by
   each of its chains. It needs reporting_unit_code, city_code and industry_code. #}
{% macro operation_groups(cells) -%}
select
    broken_down.*,
    case when areas.area_kind = 'unit' then broken_down.reporting_unit_code else broken_down.city_code end as area_code
from (

    select
        {{ cells }}.*,
        'total' as breakdown,
        'all' as breakdown_code,
        '全部工业' as breakdown_name
    from {{ cells }}

    union all

    select
        {{ cells }}.*,
        'industry' as breakdown,
        coalesce(substring({{ cells }}.industry_code, 1, 2), 'unmatched') as breakdown_code,
        coalesce(industry.industry_name, '未匹配名录') as breakdown_name
    from {{ cells }}
    left join {{ ref('dim_industry') }} as industry
        on substring({{ cells }}.industry_code, 1, 2) = industry.industry_code

    union all

    select
        {{ cells }}.*,
        'chain' as breakdown,
        chains.chain_code as breakdown_code,
        chains.chain_name as breakdown_name
    from {{ cells }}
    inner join (
        -- Two prefixes of one chain may both fit.
        select distinct
            codes.industry_code,
            chain.chain_code,
            chain.chain_name
        from (select distinct industry_code from {{ cells }}) as codes
        inner join {{ parameter('industry_chain') }} as chain
            on substring(codes.industry_code, 1, length(chain.industry_prefix)) = chain.industry_prefix
    ) as chains
        on {{ cells }}.industry_code = chains.industry_code

) as broken_down
cross join (select 'unit' as area_kind union all select 'city' as area_kind) as areas
where areas.area_kind = 'unit' or broken_down.city_code <> broken_down.reporting_unit_code
{%- endmacro %}
