"""Which analyses are reasonable, what they say together, and what the next trial needs."""
