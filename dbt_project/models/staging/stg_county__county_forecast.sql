{{ current_rows('county_forecast') }}
