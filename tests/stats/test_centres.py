"""Pooling against R code written out by hand (tests/reference/centres.R), funnel limits against the binomial itself."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from helpers.cohort import load_cohort
from helpers.stats.centres import (
    BETWEEN,
    HOMOGENEITY,
    PREDICTION,
    RANDOM_EFFECTS,
    SHARE_BETWEEN,
    comparable,
    control_limits,
    funnel,
    pooled,
    target,
)
from helpers.stats.estimates import estimates, not_estimable, single
from helpers.stats.survival import survival_at

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "centres.json").read_text())
EVENTS, PATIENTS = [0, 3, 7, 10, 12, 9], [8, 14, 15, 30, 12, 21]
CASES = [4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27]
VACCINATED = [123, 306, 231, 13598, 5069, 1541, 2545, 88391, 7499, 1716, 50634, 2498, 16913]
CASES_0 = [11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29]
NOT_VACCINATED = [139, 303, 220, 12867, 5808, 1451, 629, 88391, 7277, 1665, 27338, 2341, 17854]


def shares(events, patients, **fields):
    record = {"measure": "proportion", "method": "Clopper-Pearson"} | fields
    pairs = zip(events, patients, strict=True)
    return estimates([record | {"estimate": e / n, "events": e, "n": n} for e, n in pairs])


def bcg(with_error=True):
    a, b, c, d = map(np.array, (CASES, VACCINATED, CASES_0, NOT_VACCINATED))
    ratio, error = (a / b) / (c / d), np.sqrt(1 / a - 1 / b + 1 / c - 1 / d)
    low, high = (ratio * np.exp(side * 1.959963984540054 * error) for side in (-1, 1))
    given = error if with_error else np.full(len(a), np.nan)
    rows = zip(ratio, low, high, given, strict=True)
    columns = ("estimate", "ci_low", "ci_high", "std_error")
    return estimates([dict(zip(columns, row, strict=True)) | {"measure": "risk_ratio", "method": "x"} for row in rows])


def assert_pooled(found, reference, back):
    mean, further = single(found, method=RANDOM_EFFECTS), single(found, method=PREDICTION)
    ends = [mean["estimate"], mean["ci_low"], mean["ci_high"], further["ci_low"], further["ci_high"]]
    names = ("mean", "low", "high", "further_low", "further_high")
    np.testing.assert_allclose(ends, back(np.array([reference[name] for name in names])), rtol=1e-6)
    test = single(found, method=HOMOGENEITY)
    numbers = [single(found, method=BETWEEN)["estimate"], single(found, method=SHARE_BETWEEN)["estimate"]]
    expected = [reference[name] for name in ("tau2", "share", "q", "p")]
    np.testing.assert_allclose([*numbers, test["statistic"], test["p"]], expected, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("with_error", [True, False])
def test_ratios_are_pooled_as_in_r(with_error):
    assert_pooled(pooled(comparable(bcg(with_error))), REFERENCE["bcg"], np.exp)


def test_paule_and_mandel_published_this_variance_for_the_vaccine():
    assert single(pooled(comparable(bcg())), method=BETWEEN)["estimate"] == pytest.approx(0.3181, abs=5e-5)  # metafor


def test_proportions_are_pooled_on_their_logits_and_none_or_all_are_kept():
    def back(x):
        return 1 / (1 + np.exp(-x))

    assert_pooled(pooled(comparable(shares(EVENTS, PATIENTS))), REFERENCE["shares"], back)
    assert_pooled(pooled(comparable(shares([10, 20, 31], [20, 40, 60]))), REFERENCE["alike"], back)


def test_a_share_of_survival_without_censoring_has_its_patients_as_size_and_the_interval_of_log_log():
    uncensored = shares([6, 9, 4], [10, 20, 12])
    share, n = uncensored["estimate"], uncensored["n"]
    rows = uncensored.assign(measure="survival", std_error=np.sqrt(share * (1 - share) / n))
    found = comparable(rows)
    np.testing.assert_allclose(found["size"], n)
    np.testing.assert_allclose(found["effect"], np.log(-np.log(share)))
    np.testing.assert_allclose(found["variance"], (1 - share) / (share * n * np.log(share) ** 2))  # Greenwood, delta
    rest = comparable(rows.assign(measure="cumulative_incidence", estimate=1 - share))
    np.testing.assert_allclose(rest[["effect", "variance", "size"]], found[["effect", "variance", "size"]])
    up, down = single(pooled(found), method=RANDOM_EFFECTS), single(pooled(rest), method=RANDOM_EFFECTS)
    assert 1 - down["estimate"] == pytest.approx(up["estimate"])
    assert [1 - down["ci_high"], 1 - down["ci_low"]] == pytest.approx([up["ci_low"], up["ci_high"]])
    assert up["ci_low"] < up["estimate"] < up["ci_high"]


@pytest.mark.parametrize(("share", "limits"), [(0.0, (0.0, 1 - 0.025 ** (1 / 17))), (1.0, (0.025 ** (1 / 17), 1.0))])
def test_nobody_or_everybody_counts_with_the_patients_of_the_exact_limit(share, limits):
    record = {"measure": "survival", "method": "x", "estimate": share, "n": 20}
    found = comparable(estimates([record | dict(zip(("ci_low", "ci_high"), limits, strict=True))]))
    assert found["size"].tolist() == pytest.approx([17])
    assert 0 < np.exp(-np.exp(found["effect"].iloc[0])) < 1
    assert found["variance"].iloc[0] > 0


def test_what_has_no_scale_no_number_or_no_precision_is_left_out():
    assert comparable(shares([], [])).empty
    medians = estimates([{"measure": "median", "method": "x", "estimate": 3.0, "ci_low": 1.0, "ci_high": 9.0}])
    assert comparable(medians).empty
    no_error = estimates([{"measure": "hazard_ratio", "method": "x", "estimate": 2.0}])
    separated = bcg().head(1).assign(status="separated")
    none = estimates([not_estimable("nobody", measure="proportion", method="x")])
    assert [len(comparable(rows)) for rows in (no_error, separated, none)] == [0, 0, 0]


def test_two_centres_are_not_pooled():
    found = pooled(comparable(shares([3, 4], [9, 9])))
    assert found["note"].tolist() == ["not estimable: fewer than 3 centres"]
    assert pooled(comparable(shares([], []))).shape[0] == 1


@pytest.mark.parametrize("n", [1, 8, 30, 250])
def test_limits_are_those_of_spiegelhalter_in_r(n):
    found = control_limits("proportion", 0.46, [n]).iloc[0]
    for name, tail in (("95", "0.025"), ("998", "0.001")):
        reference = REFERENCE[f"limits_{n}_{tail}"]
        assert [found[f"low_{name}"], found[f"high_{name}"]] == pytest.approx(list(reference.values()), abs=1e-12)


@pytest.mark.parametrize("middle", [0.0, 0.03, 0.46, 0.97, 1.0])
def test_outside_means_an_exact_one_sided_p_below_half_a_tail(middle):
    n = np.repeat(np.arange(1, 40), 41)
    events = np.tile(np.arange(41), 39)
    n, events = n[events <= n], events[events <= n]
    limits = control_limits("proportion", middle, n)
    for name, tail in (("95", 0.025), ("998", 0.001)):
        low = binom.cdf(events, n, middle) < tail
        high = binom.sf(events - 1, n, middle) < tail
        np.testing.assert_array_equal(events / n < limits[f"low_{name}"] - 1e-12, low)
        np.testing.assert_array_equal(events / n > limits[f"high_{name}"] + 1e-12, high)


def test_centres_outside_are_named_by_the_wider_limit():
    rows = shares([20, 22, 18, 31, 3, 39], [40] * 6)
    found = funnel(comparable(rows))
    assert target(comparable(rows)) == pytest.approx(133 / 240)
    assert found["outside"].tolist() == ["", "", "", "95%", "99.8%", "99.8%"]


def test_limits_of_ratios_are_symmetric_on_their_logarithms():
    found = funnel(comparable(bcg()))
    middle = target(comparable(bcg()))
    np.testing.assert_allclose(np.log(found["high_95"] / middle), 1.959963984540054 * found["std_error"])
    np.testing.assert_allclose(found["low_998"] * found["high_998"], middle**2)
    z = np.abs(np.log(found["estimate"] / middle)) / found["std_error"]
    assert found["outside"].tolist() == np.select([z > 3.0902, z > 1.96], ["99.8%", "95%"], "").tolist()


def test_chance_alone_leaves_one_centre_in_twenty_outside():
    rng = np.random.default_rng(3)
    n = rng.integers(40, 400, 4000)
    outside = funnel(comparable(shares(rng.binomial(n, 0.4), n)))["outside"]
    assert 0.03 < (outside != "").mean() < 0.055
    assert (outside == "99.8%").mean() < 0.004


def test_the_variance_between_is_found_for_any_number_of_centres():
    rng = np.random.default_rng(5)
    for centres in (3, 10, 500):
        n = rng.integers(20, 200, centres)
        share = 1 / (1 + np.exp(-rng.normal(0, 0.5, centres)))
        rows = comparable(shares(rng.binomial(n, share), n))
        spread = single(pooled(rows), method=BETWEEN)["estimate"]
        weights = 1 / (rows["variance"] + spread)
        mean = np.average(rows["effect"], weights=weights)
        q = (weights * (rows["effect"] - mean) ** 2).sum()
        assert q == pytest.approx(centres - 1, rel=1e-6) or (spread == 0 and q < centres - 1)


def test_kaplan_meier_rows_of_a_cohort_can_be_pooled():
    klein = load_cohort("data/klein_bmt")
    rows = survival_at(klein.endpoint("os"), [24], by="arm")
    found = comparable(rows)
    assert len(found) == 3
    assert (found["size"] <= found["n"] + 1e-9).all()
    assert rows["estimate"].min() < single(pooled(found), method=RANDOM_EFFECTS)["estimate"] < rows["estimate"].max()


def test_the_order_of_the_centres_does_not_matter():
    rows = bcg()
    turned = pd.DataFrame(rows.iloc[::-1])
    numbers = pooled(comparable(rows))[["estimate", "ci_low", "ci_high"]]
    np.testing.assert_allclose(pooled(comparable(turned))[["estimate", "ci_low", "ci_high"]], numbers, rtol=1e-9)


@pytest.mark.parametrize("events", [10, 0])
def test_equal_centres_have_nothing_between_them(events):
    found = pooled(comparable(shares([events] * 4, [20] * 4)))
    assert found.loc[found["measure"] != "p_value", "status"].tolist() == ["ok"] * 4
    assert single(found, method=SHARE_BETWEEN)["estimate"] == single(found, method=BETWEEN)["estimate"] == 0
    assert single(found, method=HOMOGENEITY)["p"] == 1
