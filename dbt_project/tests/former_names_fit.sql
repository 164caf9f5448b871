-- A cell of the register with more former names or codes than parts_of reads would lose one in silence.
select
    enterprise_id,
    former_names,
    former_ids
from {{ ref('stg_statistics__enterprise_registry') }}
where
    split_part({{ replace_all('former_names', '[;；、,，|\\n]+', '；') }}, '；', 17) <> ''
    or split_part({{ replace_all('former_ids', '[;；、,，|\\n]+', '；') }}, '；', 17) <> ''
