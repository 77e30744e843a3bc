"""Sentences made from estimates; each fact is told by one function."""

from helpers.present.sentences.cohort import (
    accrual,
    balance,
    completeness,
    data_checks,
    follow_up,
    missing_values,
    patient_counts,
)
from helpers.present.sentences.general import (
    answer,
    cards,
    each_test,
    effect,
    effect_cards,
    effects,
    endpoint_cards,
    missing_cards,
    say,
    warn,
)
<<<<<<< HEAD
from helpers.present.sentences.models import (
    agreement,
    choice_of_covariates,
    discrimination,
    events_allow,
    few_events,
    influence,
    missing_covariates,
    model_headline,
    nothing_to_model,
    proportionality,
    separation,
)
=======
from helpers.present.sentences.response import days, interactions, post_hoc, proportions, tests
>>>>>>> house
from helpers.present.sentences.survival import (
    at_time,
    censoring,
    compared,
    few_at_risk,
    gain,
    identity,
    immortal_time,
    overstatement,
    survival,
)

__all__ = [
<<<<<<< HEAD
    "agreement",
=======
    "accrual",
>>>>>>> house
    "answer",
    "at_time",
    "balance",
    "cards",
    "censoring",
    "choice_of_covariates",
    "compared",
<<<<<<< HEAD
    "discrimination",
=======
    "completeness",
    "data_checks",
    "days",
>>>>>>> house
    "each_test",
    "effect",
    "effect_cards",
    "effects",
    "endpoint_cards",
    "events_allow",
    "few_at_risk",
<<<<<<< HEAD
    "few_events",
    "gain",
    "identity",
    "immortal_time",
    "influence",
    "missing_cards",
    "missing_covariates",
    "model_headline",
    "nothing_to_model",
    "overstatement",
    "proportionality",
=======
    "follow_up",
    "gain",
    "identity",
    "immortal_time",
    "interactions",
    "missing_cards",
    "missing_values",
    "overstatement",
    "patient_counts",
    "post_hoc",
    "proportions",
>>>>>>> house
    "say",
    "separation",
    "survival",
    "tests",
    "warn",
]
