"""Sentences made from estimates; each fact is told by one function."""

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
    tests,
    warn,
)
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
    "answer",
    "at_time",
    "cards",
    "censoring",
    "compared",
    "each_test",
    "effect",
    "effect_cards",
    "effects",
    "endpoint_cards",
    "few_at_risk",
    "gain",
    "identity",
    "immortal_time",
    "missing_cards",
    "overstatement",
    "say",
    "survival",
    "tests",
    "warn",
]
