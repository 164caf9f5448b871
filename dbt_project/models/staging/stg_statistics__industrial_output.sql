{{ current_rows('industrial_output') }}
