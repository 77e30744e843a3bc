"""Tables made from estimates, a module per question."""

from helpers.present.tables.cohort import baseline, checks, flow, follow_up
from helpers.present.tables.listing import count_with_interval, crosstab, listing
from helpers.present.tables.safety import adverse_events, associations

__all__ = [
    "adverse_events",
    "associations",
    "baseline",
    "checks",
    "count_with_interval",
    "crosstab",
    "flow",
    "follow_up",
    "listing",
]
