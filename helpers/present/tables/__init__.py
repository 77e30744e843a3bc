"""Tables printed from estimates."""

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
    "by_time",
    "count_only",
    "count_with_interval",
    "count_with_percent",
    "crosstab",
    "durations",
    "landmarks",
    "listing",
    "p_only",
    "side_by_side",
    "tests",
]
