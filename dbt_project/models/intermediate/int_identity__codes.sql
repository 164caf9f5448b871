-- Codes that firms used to have and whose they are now; a code that two firms name as their own is nobody's.
select
    upper({{ replace_all('part', '[- ]', '') }}) as former_id,
    min(enterprise_id) as enterprise_id
from {{ parts_of(ref('stg_statistics__enterprise_registry'), ['enterprise_id'], 'former_ids') }} as former
where upper({{ replace_all('part', '[- ]', '') }}) <> enterprise_id
group by upper({{ replace_all('part', '[- ]', '') }})
having count(distinct enterprise_id) = 1
