{{ current_rows('tax_sales') }}
