import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models_reference import r_models, table_data
from scipy.optimize import minimize_scalar
from scipy.stats.contingency import odds_ratio as scipy_odds_ratio

from helpers.stats.proportions.by_group import proportions
from helpers.stats.proportions.effects import (
    CONDITIONAL,
    miettinen_nurminen,
    odds_ratio,
    risk_difference,
    score_statistic,
)
from helpers.stats.proportions.tables2x2 import TwoByTwo, n_minus_one

COUNTS = st.integers(0, 12)
NAMES = list(r_models()["tables"])


def comparison(function, *counts):
    return function(table_data(*counts), "contrast").set_index("method")


@pytest.mark.parametrize("name", NAMES)
def test_intervals_match_r(name):
    reference = r_models()["tables"][name]
    found = proportions(table_data(*reference["counts"]), "contrast").set_index("group").loc["tandem"]
    limits = reference["clopper_pearson"]
    assert [found["ci_low"], found["ci_high"]] == pytest.approx(limits, rel=1e-9, abs=1e-12)


@settings(deadline=None, max_examples=12)
@given(st.lists(st.tuples(st.sampled_from([True, False, None]), st.sampled_from(list("abc"))), min_size=1))
def test_proportions_equal_a_recount(patients):
    outcome = pd.Series([o for o, _ in patients], dtype=object)
    groups = pd.Series(pd.Categorical([g for _, g in patients], list("abc"), ordered=True))
    data = pd.DataFrame({"event": outcome, "arm": groups})
    found = proportions(data, "arm").set_index("group")
    for name in "abc":
        own = [o for o, g in patients if g == name and o is not None]
        assert (found.loc[name, "n"], found.loc[name, "events"]) == (len(own), sum(own))
        if own:
            assert found.loc[name, "estimate"] == sum(own) / len(own)
            assert found.loc[name, "ci_low"] <= found.loc[name, "estimate"] <= found.loc[name, "ci_high"]
        else:
            assert found.loc[name, "note"] == "not estimable: no patients with a value"
        left_out = sum(o is None for o, g in patients if g == name)
        assert not left_out or not own or found.loc[name, "note"] == f"{left_out} without a value left out"


def test_everybody_is_one_group():
    found = proportions(pd.DataFrame({"event": [1, 0, 1]}))
    assert found.loc[0, ["group", "measure", "n", "events"]].tolist() == ["All", "proportion", 3, 2]


@pytest.mark.parametrize("name", NAMES)
def test_conditional_odds_ratio_matches_the_exact_equations_in_r(name):
    reference = r_models()["tables"][name]
    found = comparison(odds_ratio, *reference["counts"]).loc["Conditional odds ratio, exact interval"]
    exact = reference["conditional"]
    if exact["estimate"]:
        assert found["estimate"] == pytest.approx(exact["estimate"], rel=1e-6)
    else:
        assert np.isnan(found["estimate"])
        assert found["note"].startswith("not estimable: ")
    for limit, key in (("ci_low", "low"), ("ci_high", "high")):
        assert found[limit] == pytest.approx(exact[key], rel=1e-6) if exact[key] else np.isnan(found[limit])
    assert found["p"] == pytest.approx(reference["fisher"], rel=1e-9)


def test_published_odds_ratio():
    found = comparison(odds_ratio, 2, 12, 10, 11).loc["Sample odds ratio, Woolf interval"]
    assert found[["estimate", "ci_low", "ci_high", "p"]].astype(float).round(3).tolist() == [0.183, 0.033, 1.029, 0.054]


@settings(deadline=None, max_examples=8)
@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_firth_odds_ratio_equals_firthmodels(a, b, c, d):
    if 0 in (a + b, c + d, a + c, b + d):
        return
    from firthmodels import FirthLogisticRegression

    data = table_data(a, b, c, d)
    treated = (data["contrast"] == "tandem").to_numpy(float)[:, None]
    model = FirthLogisticRegression(backend="numpy", gtol=1e-9, xtol=1e-9, max_halfstep=0, max_iter=200)
    model.fit(treated, data["event"].to_numpy()).lrt()
    found = comparison(odds_ratio, a, b, c, d).loc["Firth odds ratio, penalised profile likelihood"]
    limits = np.exp(model.conf_int(method="pl", tol=1e-9, max_iter=200)[0])
    assert found["estimate"] == pytest.approx(np.exp(model.coef_[0]), rel=1e-6)
    assert [found["ci_low"], found["ci_high"]] == pytest.approx(limits, rel=1e-6)
    assert found["p"] == pytest.approx(model.lrt_pvalues_[0], rel=1e-6)


def test_newcombe_interval_of_the_first_published_example():
    # Newcombe 1998, table II: 56/70 against 48/80
    found = comparison(risk_difference, 56, 14, 48, 32).loc["Newcombe"]
    assert found[["estimate", "ci_low", "ci_high"]].astype(float).round(4).tolist() == [0.2, 0.0524, 0.3339]


def test_miettinen_nurminen_interval_of_the_published_example():
    # Newcombe 1998, table II, method 7 is Mee (no n/(n-1)); with it: 56/70 against 48/80
    found = comparison(risk_difference, 56, 14, 48, 32).loc["Miettinen-Nurminen"]
    assert found[["ci_low", "ci_high"]].astype(float).round(4).tolist() == [0.0528, 0.3382]


def test_miettinen_nurminen_at_zero_is_the_n_minus_one_test():
    table = TwoByTwo(12, 2, 11, 10)
    assert score_statistic(table, 0.0) ** 2 == pytest.approx(n_minus_one(table), rel=1e-9)


@settings(deadline=None, max_examples=20)
@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_miettinen_nurminen_limits_solve_the_score_equation(a, b, c, d):
    """At each limit inside (-1, 1) the statistic, its variance maximised numerically, is 1.96."""
    if 0 in (a + b, c + d):
        return
    table = TwoByTwo(a, b, c, d)
    n1, n2 = a + b, c + d
    for delta in miettinen_nurminen(table):
        if abs(delta) > 0.999:
            continue

        def lost(q, delta=delta):
            p = np.clip([q + delta, 1 - q - delta, q, 1 - q], 1e-300, 1)
            return -(np.array([a, b, c, d]) * np.log(p)).sum()

        q = minimize_scalar(
            lost, bounds=(max(0, -delta), min(1, 1 - delta)), method="bounded", options={"xatol": 1e-12}
        ).x
        p = q + delta
        variance = (p * (1 - p) / n1 + q * (1 - q) / n2) * (n1 + n2) / (n1 + n2 - 1)
        assert abs(a / n1 - c / n2 - delta) / np.sqrt(variance) == pytest.approx(1.959964, rel=2e-3)


@settings(deadline=None, max_examples=20)
@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_every_table_gives_an_effect_or_a_reason(a, b, c, d):
    for function in (odds_ratio, risk_difference):
        found = comparison(function, a, b, c, d)
        told = found["note"].str.startswith("not estimable: ")
        assert (found["estimate"].notna() ^ told).all()
        inside = found.dropna(subset=["estimate", "ci_low", "ci_high"])
        assert (inside["ci_low"] <= inside["estimate"] + 1e-12).all()
        assert (inside["estimate"] <= inside["ci_high"] + 1e-12).all()


@settings(deadline=None, max_examples=60)
@given(st.tuples(*[st.integers(1, 60)] * 4))
def test_conditional_odds_ratio_equals_scipy(counts):
    found = comparison(odds_ratio, *counts).loc[CONDITIONAL, ["ci_low", "estimate", "ci_high"]]
    other = scipy_odds_ratio(np.reshape(counts, (2, 2)))
    limits = other.confidence_interval(0.95)
    assert list(found) == pytest.approx([limits.low, other.statistic, limits.high], rel=1e-9)


def test_in_a_million_patients_the_conditional_odds_ratio_is_near_the_sample_odds_ratio():
    rows = comparison(odds_ratio, 260_000, 240_000, 250_000, 250_000)[["ci_low", "estimate", "ci_high"]]
    assert list(rows.loc[CONDITIONAL]) == pytest.approx(list(rows.iloc[0]), rel=1e-4)
