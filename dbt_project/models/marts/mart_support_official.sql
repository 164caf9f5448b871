-- Officials and the number of firms each answers for, against the rule (two firms each) and the ranks it names.
select
    assigned.month,
    assigned.official_name,
    assigned.official_unit,
    min(assigned.official_rank_band) as official_rank_band,
    count(distinct assigned.member_id) as firms_supported,
    count(distinct case when firms.member_id is not null then assigned.member_id end) as firms_in_scope,
    cast(rules.firms_per_official as int) as firms_per_official,
    case
        when count(distinct assigned.member_id) < rules.firms_per_official then 'under'
        when count(distinct assigned.member_id) > rules.firms_per_official then 'over'
        else 'exact'
    end as load_state,
    bool_or(assigned.is_rank_eligible) as is_rank_eligible,
    rules.set_by,
    bool_or(assigned.is_simulated) as is_simulated
from {{ ref('int_support__assigned') }} as assigned
inner join {{ parameter('support_rule') }} as rules
    on {{ in_force('rules', year_of('assigned.month')) }}
left join {{ ref('mart_support_enterprise') }} as firms
    on assigned.month = firms.month and assigned.member_id = firms.member_id
group by
    assigned.month, assigned.official_name, assigned.official_unit,
    rules.firms_per_official, rules.set_by
