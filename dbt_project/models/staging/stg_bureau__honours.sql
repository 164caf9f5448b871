{{ current_rows('honours') }}
