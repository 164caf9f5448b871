{{ current_rows('research_development') }}
