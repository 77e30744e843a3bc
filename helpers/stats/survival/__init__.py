"""Time to event: curves, what is read off them, and tests between groups."""
