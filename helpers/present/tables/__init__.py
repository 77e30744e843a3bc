"""Tables printed from estimates."""

from helpers.present.tables.cohort import baseline, checks, flow, follow_up
from helpers.present.tables.listing import (
    count_only,
    count_with_interval,
    count_with_percent,
    crosstab,
    listing,
    p_only,
    side_by_side,
)
from helpers.present.tables.survival import by_time, durations, landmarks, tests

__all__ = [
    "baseline",
    "by_time",
    "checks",
    "count_only",
    "count_with_interval",
    "count_with_percent",
    "crosstab",
    "durations",
    "flow",
    "follow_up",
    "landmarks",
    "listing",
    "p_only",
    "side_by_side",
    "tests",
]
