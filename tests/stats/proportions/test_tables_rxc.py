from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models_reference import r_models
from scipy.special import gammaln

from helpers.stats.proportions import tables_rxc
from helpers.stats.proportions.tables_rxc import compare_arms, freeman_halton, freeman_halton_sampled, table_tests

CELL = st.integers(0, 4)


@pytest.mark.parametrize("name", r_models()["arms"])
def test_freeman_halton_matches_fisher_test(name):
    reference = r_models()["arms"][name]
    assert freeman_halton(np.array(reference["counts"])) == pytest.approx(reference["exact"], rel=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.lists(CELL, min_size=6, max_size=6))
def test_freeman_halton_equals_brute_force(cells):
    table = np.array(cells).reshape(3, 2)
    if 0 in table.sum(axis=1) or 0 in table.sum(axis=0):
        return
    rows, first = table.sum(axis=1), table[:, 0].sum()
    weights = [
        np.exp(-gammaln(np.array([*x, *(rows - x)]) + 1).sum())
        for x in product(*(range(size + 1) for size in rows))
        if sum(x) == first
    ]
    own = np.exp(-gammaln(table + 1).sum())
    expected = sum(w for w in weights if w <= own * (1 + 1e-7)) / sum(weights)
    assert freeman_halton(table) == pytest.approx(expected, rel=1e-9)


def test_published_arms():
    outcome = pd.Series(np.repeat([True, False] * 3, [10, 8, 12, 2, 1, 2]))
    arms = pd.Series(pd.Categorical(np.repeat(["single", "tandem", "sequential"], [18, 14, 3])))
    found = compare_arms(pd.DataFrame({"event": outcome, "arm": arms})).set_index("method")
    assert found.loc["Freeman-Halton exact", "p"] == pytest.approx(0.0932, abs=5e-5)
    assert found.loc["Pearson chi-square", "p"] == pytest.approx(r_models()["arms"]["published"]["pearson"], rel=1e-9)
    assert found["n"].tolist() == [35, 35]
    assert found["events"].tolist() == [23, 23]
    assert found.loc["Pearson chi-square", "df"] == 2
    assert np.isnan(found.loc["Pearson chi-square", "estimate"])
    assert "smallest expected count 1.0" in found.loc["Pearson chi-square", "note"]


def test_sampled_p_is_repeatable_and_near_the_exact_one():
    table = np.array([[5, 6, 7], [8, 1, 4], [3, 3, 9]])
    sampled = freeman_halton_sampled(table)
    assert sampled == freeman_halton_sampled(table)
    assert sampled == pytest.approx(freeman_halton(table), abs=4 * np.sqrt(0.14 * 0.86 / tables_rxc.DRAWS))


def test_large_tables_are_sampled_and_say_so(monkeypatch):
    monkeypatch.setattr(tables_rxc, "TABLE_LIMIT", 5)
    outcome = pd.Series(np.repeat([True, False] * 3, [10, 8, 12, 2, 1, 2]))
    found = compare_arms(pd.DataFrame({"event": outcome, "arm": np.repeat(list("abc"), [18, 14, 3])}))
    assert found.loc[0, "method"] == "Freeman-Halton, random tables"
    assert "seed" in found.loc[0, "note"]


@pytest.mark.parametrize("outcome", [[True] * 4, [None] * 4])
def test_nothing_to_compare_is_said(outcome):
    arms = pd.Series(list("abca")[: len(outcome)], dtype=object)
    found = compare_arms(pd.DataFrame({"event": pd.Series(outcome, dtype=object), "arm": arms}))
    assert found["note"].str.startswith("not estimable: fewer than two groups or two outcomes").all()


def test_words_as_outcomes_and_missing_values():
    outcome = pd.Series(["CR", "CRi", "NR", None, "NR"], dtype=object)
    for row in table_tests(outcome, pd.Series(list("aabba"))):
        assert row["n"] == 4
        assert row["note"].endswith("1 without a value left out")
