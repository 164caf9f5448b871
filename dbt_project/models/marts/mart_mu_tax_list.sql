-- 亩均税收 top and bottom: the place of each evaluated unit in its county and in its industry, from both ends.
with valued as (

    select
        score.scheme,
        score.data_year,
        score.scheme_group,
        score.enterprise_id,
        score.enterprise_name,
        score.area_code,
        score.industry_code,
        score.final_class,
        item.value as tax_per_mu,
        item.numerator as tax_wan,
        item.denominator as land_mu,
        score.scheme_status,
        score.is_simulated
    from {{ ref('mart_mu_score') }} as score
    inner join {{ ref('mart_mu_score_item') }} as item
        on
            score.scheme = item.scheme
            and score.data_year = item.data_year
            and score.enterprise_id = item.enterprise_id
            and item.indicator = 'tax_per_mu'
    where score.enterprise_id = score.evaluated_as and item.value is not null

)

select
    valued.scheme,
    valued.data_year,
    valued.scheme_group,
    valued.enterprise_id,
    valued.enterprise_name,
    valued.area_code,
    valued.industry_code,
    valued.final_class,
    valued.tax_per_mu,
    valued.tax_wan,
    valued.land_mu,
    {% for name, scope in {'overall': '', 'area': ', area_code', 'industry': ', industry_code'}.items() -%}
    rank() over (
        partition by scheme, scheme_group{{ scope }} order by tax_per_mu desc nulls last
    ) as {{ name }}_top_rank,
    rank() over (
        partition by scheme, scheme_group{{ scope }} order by tax_per_mu asc nulls last
    ) as {{ name }}_bottom_rank,
    {% endfor -%}
    valued.scheme_status,
    valued.is_simulated
from valued
