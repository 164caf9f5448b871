{{ current_rows('distress_lists') }}
