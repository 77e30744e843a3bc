"""Sentences made from estimates: their numbers are the rows' numbers, and they claim no more than the interval."""

import numpy as np
import pytest

from helpers.present.sentences import general as sentences
from helpers.stats.estimates import estimates, single

RATIO = {"measure": "hazard_ratio", "method": "Cox", "group": "All", "term": "Age", "p": 0.2}
P_VALUE = {"measure": "p_value", "group": "Arms", "estimate": 1.0}


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


def test_tests_are_counted_below_five_percent():
    frame = estimates([P_VALUE | {"method": name, "p": p} for name, p in (("a", 0.03), ("b", 0.07), ("c", 0.049))])
    told = sentences.tests(frame)
    assert told.startswith("2 of 3 tests give P below 0.05")
    assert "0.030 (a)" in told
    assert "0.070 (b)" in told


def test_rates_state_counts_percent_and_interval():
    share = {"measure": "proportion", "method": "Clopper-Pearson", "n": 18, "events": 10, "estimate": 10 / 18}
    told = sentences.rates(estimates([share | {"group": "A", "ci_low": 0.308, "ci_high": 0.785}]), "Remission")
    assert told == "Remission: 10 of 18 (55.6%, 95% CI 30.8% to 78.5%) in the group A."


@pytest.mark.parametrize(
    "sentence",
    [sentences.effects, sentences.tests, sentences.counts, sentences.follow_up],
)
def test_nothing_recorded_gives_no_sentence(sentence):
    assert sentence(estimates([])) == ""


def test_a_report_without_data_still_has_an_answer():
    assert sentences.say("", "") is None
    assert sentences.answer("").text == "Not recorded in this cohort."


@pytest.mark.parametrize("end", [np.nextafter(1, 0), 1.0, np.nextafter(1, 2)])
def test_the_last_bits_of_a_limit_exclude_nothing(end):
    for limits in ({"ci_low": end, "ci_high": 3.0}, {"ci_low": 0.2, "ci_high": end}):
        assert "includes no difference" in sentences.effect(row(**RATIO, estimate=1.5, **limits))


def test_the_last_bits_of_a_p_or_a_difference_decide_nothing():
    ps = {"a": np.nextafter(0.05, 1), "b": np.nextafter(0.05, 0), "c": 0.05}
    found = estimates(P_VALUE | {"method": name, "p": p} for name, p in ps.items())
    assert sentences.tests(found) == "0 of 3 tests give P below 0.05; the smallest is 0.050 (a), the largest 0.050 (a)."
    sizes = {"a": -0.1, "b": np.nextafter(0.1, 1)}
    found = estimates({"measure": "smd", "method": "x", "term": t, "estimate": size} for t, size in sizes.items())
    assert sentences.balance(found).startswith("0 of 2")
    assert "largest difference is in a (-0.10)" in sentences.balance(found)
