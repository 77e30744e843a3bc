"""Baseline description and standardised mean differences, against recounts by hand."""

import numpy as np
import pandas as pd
import pytest

from helpers.stats.cohort import baseline


@pytest.fixture
def patients():
    arms = pd.Categorical(["a", "a", "a", "b", "b", "b"], ["a", "b"], ordered=True)
    columns = {"age": [30.0, 40.0, np.nan, 50.0, 70.0, 90.0], "sex": ["female", "male", "male", "male", None, "male"]}
    return pd.DataFrame({"arm": arms, "contrast": arms, **columns})


LABELS = {"age": "Age", "sex": "Sex"}


def cell(frame, **match):
    rows = frame[np.logical_and.reduce([frame[name] == wanted for name, wanted in match.items()])]
    assert len(rows) == 1
    return rows.iloc[0]


def test_quartiles_equal_numpy(patients):
    described = baseline.describe(patients, LABELS, by="arm")
    for name, q in baseline.QUANTILES.items():
        expected = np.quantile([30, 40, 50, 70, 90], q)
        assert cell(described, term="Age", group="All", measure=name)["estimate"] == pytest.approx(expected)


def test_missing_values_are_counted_and_never_in_a_denominator(patients):
    described = baseline.describe(patients, LABELS, by="arm")
    assert cell(described, term="Sex", group="b", measure="missing")["estimate"] == 1
    share = cell(described, term="Sex: male", group="b")
    assert (share["events"], share["n"], share["estimate"]) == (2, 2, 1.0)


def test_numeric_difference_equals_its_definition(patients):
    row = cell(baseline.balance(patients, LABELS, "contrast"), term="Age")
    assert row["estimate"] == pytest.approx((70 - 35) / np.sqrt((400 + 50) / 2))


def test_two_level_difference_equals_the_textbook_formula(patients):
    row = cell(baseline.balance(patients, LABELS, "contrast"), term="Sex")
    p, q = 2 / 3, 1.0
    assert row["estimate"] == pytest.approx(abs(q - p) / np.sqrt((p * (1 - p) + q * (1 - q)) / 2))


def test_differences_of_like_groups_are_beyond_chance_five_times_in_a_hundred():
    rng = np.random.default_rng(7)
    beyond = []
    for _ in range(150):
        sides = pd.Categorical(["a"] * 40 + ["b"] * 60, ["a", "b"], ordered=True)
        frame = pd.DataFrame({"side": sides, "age": rng.normal(size=100), "site": rng.choice([*"uvwx"], 100)})
        beyond.append(baseline.beyond_chance(baseline.balance(frame, {"age": "Age", "site": "Site"}, by="side")))
    assert pd.concat(beyond).mean() == pytest.approx(0.05, abs=0.03)


def test_chance_is_as_wide_as_the_groups_are_small(patients):
    row = cell(baseline.balance(patients, LABELS, "contrast"), term="Sex")
    sizes = patients.groupby("contrast", observed=True)["sex"].count()
    assert row["std_error"] == pytest.approx(np.sqrt((1 / sizes).sum()))
    assert row["df"] == 1


def test_no_variation_is_not_estimable(patients):
    flat = patients.assign(age=[1, 1, 1, 2, 2, 2])
    row = cell(baseline.balance(flat, {"age": "Age"}, "contrast"), term="Age")
    assert np.isnan(row["estimate"])
    assert row["note"] == "not estimable: no variation within the groups"


def test_rounding_is_no_variation_and_no_difference():
    groups = pd.Categorical(["a"] * 3 + ["b"] * 6, ["a", "b"], ordered=True)
    same = pd.DataFrame({"side": groups, "dose": 0.1, "age": [0.1, 0.2, 0.3] * 3, "apart": [0.1] * 3 + [0.7] * 6})
    found = baseline.balance(same, {n: n for n in ("dose", "age", "apart")}, by="side")
    assert found["estimate"].tolist()[:2] == [0.0, 0.0]
    assert found.loc[2, "note"] == "not estimable: no variation within the groups"
