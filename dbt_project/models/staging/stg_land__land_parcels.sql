{{ current_rows('land_parcels') }}
