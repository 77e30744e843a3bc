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
from helpers.present.tables.robustness import choice_table, each_choice_table, fit_table, plan_table, range_table
from helpers.present.tables.survival import by_time, durations, landmarks, tests

__all__ = [
    "baseline",
    "by_time",
    "checks",
    "choice_table",
    "count_only",
    "count_with_interval",
    "count_with_percent",
    "crosstab",
    "durations",
    "each_choice_table",
    "fit_table",
    "flow",
    "follow_up",
    "landmarks",
    "listing",
    "p_only",
    "plan_table",
    "range_table",
    "side_by_side",
    "tests",
]
