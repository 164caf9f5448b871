{{ current_rows('annual_financials') }}
