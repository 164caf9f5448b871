{{ current_rows('industry_growth') }}
