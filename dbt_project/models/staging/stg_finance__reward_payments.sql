{{ current_rows('reward_payments') }}
