{{ current_rows('issue_ledger') }}
