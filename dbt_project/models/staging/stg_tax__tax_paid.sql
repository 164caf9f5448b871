{{ current_rows('tax_paid') }}
