-- Each target in each area it binds, with our reading of it: window, comparison, path. One row per target and area.
select
    target.target_id,
    target.kind,
    target.progress_basis,
    area.area_code,
    target.programme,
    target.indicator,
    target.comparator,
    target.target_value,
    target.target_upper,
    target.target_date,
    target.unit,
    target.source_doc,
    target.source_clause,
    reading.compared_as,
    reading.recurs,
    reading.path,
    reading.baseline_value,
    12 * cast(reading.baseline_from as int) + 11 as baseline_month_number,
    cast(half.target_value as double) / 100 as half_share,
    reading.window_from,
    reading.window_to,
    {{ month_number('reading.window_from') }} as first_month_number,
    {{ month_number('reading.window_to') }} as last_month_number,
    reading.oddity,
    reading.no_data_reason,
    reading.set_by,
    reading.set_note
from {{ parameter('target') }} as target
inner join {{ parameter('target_reading') }} as reading
    on target.target_id = reading.target_id
inner join {{ parameter('target_area') }} as area
    on target.area = area.area
left join {{ parameter('target') }} as half
    on reading.half_rule_id = half.target_id
