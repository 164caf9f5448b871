{{ current_rows('objections') }}
