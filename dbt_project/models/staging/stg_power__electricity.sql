{{ current_rows('electricity') }}
