-- Who answers for which firm in each month: the newest list of each sender, within the dates that it gives.
select
    assigned.month,
    assigned.official_name,
    assigned.official_unit,
    assigned.official_rank_band,
    coalesce(assigned.enterprise_id, '名称:' || {{ plain_text('assigned.enterprise_name') }}) as member_id,
    assigned.enterprise_name,
    assigned.reporting_unit_code,
    coalesce(ranks.is_rank_eligible, false) as is_rank_eligible,
    assigned._is_simulated as is_simulated
from {{ carried(identified('support_assignments'), 999) }} as assigned
left join {{ parameter('support_rank') }} as ranks
    on
        assigned.official_rank_band = ranks.official_rank_band
        and {{ in_force('ranks', year_of('assigned.month')) }}
where
    (assigned.assigned_from_on is null or {{ month_of('assigned.assigned_from_on') }} <= assigned.month)
    and (assigned.assigned_until_on is null or {{ month_of('assigned.assigned_until_on') }} >= assigned.month)
qualify
    row_number() over (
        partition by
            assigned.month, assigned.official_name, assigned.official_unit,
            coalesce(assigned.enterprise_id, '名称:' || {{ plain_text('assigned.enterprise_name') }})
        order by assigned._received_at desc, assigned._file_id desc, assigned._sheet desc, assigned._row desc
    ) = 1
