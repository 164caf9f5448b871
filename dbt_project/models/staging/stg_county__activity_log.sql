{{ current_rows('activity_log') }}
