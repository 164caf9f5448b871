{{ current_rows('evaluation_adjustments') }}
