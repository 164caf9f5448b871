{{ current_rows('gas_water') }}
