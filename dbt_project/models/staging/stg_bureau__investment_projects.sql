{{ current_rows('investment_projects') }}
