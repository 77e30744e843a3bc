"""Proportions of patients, and comparisons of two or more of them."""

from helpers.stats.proportions.by_group import distribution, outcome_proportions, proportions
from helpers.stats.proportions.effects import CONDITIONAL, NEWCOMBE, WOOLF, odds_ratio, risk_difference
from helpers.stats.proportions.fragility import fragility_index
from helpers.stats.proportions.tables2x2 import FISHER, TESTS, compare
from helpers.stats.proportions.tables_rxc import compare_arms
from helpers.stats.proportions.targets import by_targets
