-- The schemes in force: what they rest on, whether they bind, when objections close, and how many they grade.
select
    scheme.scheme,
    scheme.scheme_title,
    scheme.entity,
    scheme.scheme_area_code,
    scheme.data_year,
    scheme.evaluation_year,
    scheme.scheme_status,
    scheme.scheme_document,
    scheme.scheme_note,
    scheme.is_binding,
    scheme.data_authority,
    scheme.publicity_from_on,
    scheme.publicity_to_on,
    scheme.objection_until_on,
    cast(count(score.unit_no) as bigint) as participants,
    cast(count(case when score.score_status = 'graded' then 1 end) as bigint) as graded_units,
    coalesce(bool_or(score.is_simulated), false) as is_simulated
from {{ parameter('scheme') }} as scheme
left join (
    select classes.*
    from {{ ref('int_mu_classes') }} as classes
    inner join {{ ref('int_mu_members') }} as members
        on classes.unit_no = members.unit_no and members.pass_no = 0
) as score
    on scheme.scheme_key = score.scheme_key
group by
    scheme.scheme, scheme.scheme_title, scheme.entity, scheme.scheme_area_code, scheme.data_year,
    scheme.evaluation_year, scheme.scheme_status, scheme.scheme_document, scheme.scheme_note, scheme.is_binding,
    scheme.data_authority, scheme.publicity_from_on, scheme.publicity_to_on, scheme.objection_until_on
