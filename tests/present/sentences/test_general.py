"""Sentences made from estimates: their numbers are the rows' numbers, and they claim no more than the interval."""

import numpy as np
import pytest

from helpers.present.sentences import general as sentences
from helpers.stats.estimates import estimates, single

RATIO = {"measure": "hazard_ratio", "method": "Cox", "group": "All", "term": "Age", "p": 0.2}


def row(**fields):
    return estimates([fields]).iloc[0]


def test_one_refuses_none_and_two():
    frame = estimates([RATIO | {"estimate": 1.0}] * 2)
    with pytest.raises(LookupError, match="found 2"):
        single(frame, term="Age")
    with pytest.raises(LookupError, match="found 0"):
        single(frame, term="Sex")


@pytest.mark.parametrize(
    ("low", "high", "reading"),
    [(0.5, 2.0, "includes no difference"), (1.1, 2.0, "excludes no difference"), (0.5, 1.0, "includes no difference")],
)
def test_a_ratio_is_read_against_one(low, high, reading):
    assert reading in sentences.effect(row(**RATIO, estimate=1.2, ci_low=low, ci_high=high))


def test_a_difference_is_read_against_zero():
    difference = RATIO | {"measure": "risk_difference"}
    assert "excludes" in sentences.effect(row(**difference, estimate=0.3, ci_low=0.1, ci_high=0.5))
    assert "includes" in sentences.effect(row(**difference, estimate=0.3, ci_low=-0.1, ci_high=0.5))


def test_what_is_not_estimable_gives_its_reason_and_no_number():
    told = sentences.effect(row(**RATIO | {"p": np.nan}, estimate=np.nan, note="not estimable: no events"))
    assert told == "Age: hazard ratio not estimable: no events."


def test_nothing_recorded_gives_no_sentence():
    assert sentences.effects(estimates([])) == ""


def test_a_report_without_data_still_has_an_answer():
    assert sentences.say("", "") is None
    assert sentences.answer("").text == "Not recorded in this cohort."


@pytest.mark.parametrize("end", [np.nextafter(1, 0), 1.0, np.nextafter(1, 2)])
def test_the_last_bits_of_a_limit_exclude_nothing(end):
    for limits in ({"ci_low": end, "ci_high": 3.0}, {"ci_low": 0.2, "ci_high": end}):
        assert "includes no difference" in sentences.effect(row(**RATIO, estimate=1.5, **limits))
