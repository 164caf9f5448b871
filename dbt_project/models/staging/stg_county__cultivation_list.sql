{{ current_rows('cultivation_list') }}
