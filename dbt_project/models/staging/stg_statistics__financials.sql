{{ current_rows('financials') }}
