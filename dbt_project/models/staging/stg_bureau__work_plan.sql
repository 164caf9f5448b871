{{ current_rows('work_plan') }}
