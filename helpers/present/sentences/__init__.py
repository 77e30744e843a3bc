"""Sentences made from estimates; each fact is told by one function."""

from helpers.present.sentences.cohort import (
    accrual,
    assignment,
    balance,
    balance_caption,
    characteristics,
    cohort_cards,
    data_checks,
    follow_up,
    later_treatments,
    missing_values,
    patient_counts,
)
from helpers.present.sentences.general import answer, caption, cards, effects, missing_cards, say, warn
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
from helpers.present.sentences.response import (
    adjusted,
    comparison,
    comparison_card,
    count_cards,
    days,
    each_proportion,
    interactions,
    post_hoc,
    proportions,
    targets,
    tests,
)
from helpers.present.sentences.safety import (
    adverse_events,
    associations,
    endpoint_tests,
    onset_and_duration,
    onsets,
    without_relapse,
)
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
from helpers.present.sentences.survival import comparison_card as survival_comparison
