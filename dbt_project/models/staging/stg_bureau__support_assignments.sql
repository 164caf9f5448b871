{{ current_rows('support_assignments') }}
