"""Computed sentences, a module per question; no sentence reads a number from anywhere but the rows it is given."""

from helpers.present.sentences.cohort import (
    accrual,
    balance,
    completeness,
    data_checks,
    follow_up,
    missing_values,
    patient_counts,
)
from helpers.present.sentences.general import answer, cards, each_test, effects, missing_cards, say
from helpers.present.sentences.response import days, interactions, post_hoc, proportions, tests
from helpers.present.sentences.safety import adverse_events, associations, icaht, onset_and_duration

__all__ = [
    "accrual",
    "adverse_events",
    "answer",
    "associations",
    "balance",
    "cards",
    "completeness",
    "data_checks",
    "days",
    "each_test",
    "effects",
    "follow_up",
    "icaht",
    "interactions",
    "missing_cards",
    "missing_values",
    "onset_and_duration",
    "patient_counts",
    "post_hoc",
    "proportions",
    "say",
    "tests",
]
