{{ current_rows('gdp_accounts') }}
