{{ current_rows('enterprise_registry') }}
