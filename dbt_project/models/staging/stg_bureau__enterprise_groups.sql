{{ current_rows('enterprise_groups') }}
