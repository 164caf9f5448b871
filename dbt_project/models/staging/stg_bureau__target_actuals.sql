{{ current_rows('target_actuals') }}
