-- Names that wait for a decision, with the firms they may mean and the line to add to identity_decisions.csv.
select
    matched.dataset,
    contracts.dataset_title,
    matched.firm_role,
    matched.plain_name,
    matched.enterprise_name,
    matched.given_id,
    matched.given_area,
    matched.match_area_code,
    matched.review_reason,
    matched.rows_listed as rows_waiting,
    matched.first_period,
    matched.last_period,
    max(case when suggested.suggestion_no = 1 then suggested.enterprise_id end) as suggested_id_1,
    max(case when suggested.suggestion_no = 1 then suggested.known_name end) as suggested_name_1,
    max(case when suggested.suggestion_no = 1 then suggested.area_code end) as suggested_area_1,
    max(case when suggested.suggestion_no = 1 then suggested.similarity_pct end) as suggested_pct_1,
    max(case when suggested.suggestion_no = 2 then suggested.enterprise_id end) as suggested_id_2,
    max(case when suggested.suggestion_no = 2 then suggested.known_name end) as suggested_name_2,
    max(case when suggested.suggestion_no = 2 then suggested.area_code end) as suggested_area_2,
    max(case when suggested.suggestion_no = 2 then suggested.similarity_pct end) as suggested_pct_2,
    max(case when suggested.suggestion_no = 3 then suggested.enterprise_id end) as suggested_id_3,
    max(case when suggested.suggestion_no = 3 then suggested.known_name end) as suggested_name_3,
    max(case when suggested.suggestion_no = 3 then suggested.area_code end) as suggested_area_3,
    max(case when suggested.suggestion_no = 3 then suggested.similarity_pct end) as suggested_pct_3,
    concat_ws(
        ',', matched.dataset, matched.enterprise_name, coalesce(matched.match_area_code, ''),
        '（填代码或 none）', '（谁定的）', '（哪天）', ''
    ) as decision_line,
    matched.is_simulated
from {{ ref('int_identity__matched') }} as matched
left join {{ parameter('extract_contract') }} as contracts
    on matched.dataset = contracts.dataset
left join {{ ref('int_identity__suggested') }} as suggested
    on
        matched.plain_name = suggested.plain_name
        and coalesce(matched.match_area_code, '') = suggested.match_area_code
where matched.review_reason is not null
group by
    matched.dataset, contracts.dataset_title, matched.firm_role, matched.plain_name, matched.enterprise_name,
    matched.given_id, matched.given_area, matched.match_area_code, matched.review_reason, matched.rows_listed,
    matched.first_period, matched.last_period, matched.is_simulated
