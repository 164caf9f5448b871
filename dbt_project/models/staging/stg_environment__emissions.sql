{{ current_rows('emissions') }}
