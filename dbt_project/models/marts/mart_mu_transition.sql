-- Class of the year before → class of this year, firm by firm, between the schemes of one office in consecutive
-- data years (same area and same kind of evaluated entity).
with pairs as (

    select
        this_year.scheme,
        last_year.scheme as last_scheme
    from {{ parameter('scheme') }} as this_year
    inner join {{ parameter('scheme') }} as last_year
        on
            this_year.scheme_area_code = last_year.scheme_area_code
            and this_year.entity = last_year.entity
            and this_year.data_year = last_year.data_year + 1
    qualify row_number() over (partition by this_year.scheme order by last_year.is_binding desc, last_year.scheme asc) = 1

),

now as (

    select
        score.*,
        pairs.last_scheme,
        -- Tiers count from the best; classes of the two years compare by that, whatever their names.
        tier.tier_no
    from {{ ref('mart_mu_score') }} as score
    inner join pairs
        on score.scheme = pairs.scheme
    left join {{ parameter('scheme_tier') }} as tier
        on
            score.scheme = tier.scheme
            and score.scheme_group = tier.scheme_group
            and score.final_class = tier.tier_class

),

before as (

    select
        score.*,
        pairs.scheme as next_scheme,
        -- Tiers count from the best; classes of the two years compare by that, whatever their names.
        tier.tier_no
    from {{ ref('mart_mu_score') }} as score
    inner join pairs
        on score.scheme = pairs.last_scheme
    left join {{ parameter('scheme_tier') }} as tier
        on
            score.scheme = tier.scheme
            and score.scheme_group = tier.scheme_group
            and score.final_class = tier.tier_class

)

select
    coalesce(now.scheme, before.next_scheme) as scheme,
    coalesce(now.data_year, before.data_year + 1) as data_year,
    coalesce(now.last_scheme, before.scheme) as last_scheme,
    coalesce(now.enterprise_id, before.enterprise_id) as enterprise_id,
    coalesce(now.enterprise_name, before.enterprise_name) as enterprise_name,
    coalesce(now.area_code, before.area_code) as area_code,
    coalesce(now.reporting_unit_code, before.reporting_unit_code) as reporting_unit_code,
    coalesce(now.industry_code, before.industry_code) as industry_code,
    before.final_class as last_class,
    now.final_class,
    cast(now.total_score - before.total_score as decimal(24, 6)) as score_change,
    case
        when before.enterprise_id is null then 'new'
        when now.enterprise_id is null then 'left'
        when before.final_class = now.final_class then 'same'
        when now.tier_no < before.tier_no then 'up'
        when now.tier_no > before.tier_no then 'down'
        else 'other'
    end as transition,
    coalesce(now.is_simulated, false) or coalesce(before.is_simulated, false) as is_simulated
from now
full outer join before
    on now.scheme = before.next_scheme and now.enterprise_id = before.enterprise_id
