"""Proportions of patients, and comparisons of two or more of them."""

from helpers.stats.proportions.by_group import distribution, outcome_proportions, proportions
from helpers.stats.proportions.effects import odds_ratio, risk_difference
from helpers.stats.proportions.fragility import fragility_index
from helpers.stats.proportions.tables2x2 import FISHER, TESTS, compare
from helpers.stats.proportions.tables_rxc import compare_arms

__all__ = [
    "FISHER",
    "TESTS",
    "compare",
    "compare_arms",
    "distribution",
    "fragility_index",
    "odds_ratio",
    "outcome_proportions",
    "proportions",
    "risk_difference",
]
