{{ current_rows('plant_leases') }}
