{{ current_rows('enterprise_declaration') }}
