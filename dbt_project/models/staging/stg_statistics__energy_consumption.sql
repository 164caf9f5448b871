{{ current_rows('energy_consumption') }}
