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
    effect_cards,
    effects,
    endpoint_cards,
    missing_cards,
    say,
    warn,
)
from helpers.present.sentences.models import cards as model_cards
from helpers.present.sentences.models import (
    choice_of_covariates,
    depending_on_method,
    discrimination,
    few_events,
    influence,
    missing_covariates,
    model_headline,
    nothing_to_model,
    proportionality,
    separation,
)
from helpers.present.sentences.response import days, interactions, post_hoc, proportions, tests
from helpers.present.sentences.safety import adverse_events, associations, icaht, onset_and_duration
from helpers.present.sentences.survival import (
    at_time,
    censoring,
    compared,
    gain,
    identity,
    immortal_time,
    medians,
    overstatement,
    selection,
)
from helpers.present.sentences.survival import cards as survival_cards
