from dataclasses import replace
from fractions import Fraction
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from models_reference import BOTH, klein_patients, r_models, small_set
from test_ties import nudged

from helpers.stats.models import discrimination as c
from helpers.stats.models.cox_regression import CoxData, cox, cox_data
from helpers.stats.models.design import design_matrix
from helpers.stats.models.discrimination import Pairs, concordance, predictor
from helpers.study import Covariate


@pytest.mark.parametrize("name", ["klein", "second_cart", "tied", "censored"])
def test_apparent_concordance_matches_r(name):
    found = concordance(*small_set(name), samples=2)
    assert found.loc[0, "estimate"] == pytest.approx(r_models()["survival"][name]["concordance"], rel=1e-9)


def test_bootstrap_repeats_itself_and_adds_up(monkeypatch):
    data, design = small_set("tied")
    first, second = (concordance(data, design, samples=30) for _ in range(2))
    assert first.equals(second)
    apparent, optimism, corrected = first["estimate"]
    assert corrected == pytest.approx(apparent - optimism)
    assert optimism > 0
    assert first.loc[2, "ci_low"] < corrected < first.loc[2, "ci_high"]
    monkeypatch.setattr(c, "SEED", 1)
    assert concordance(data, design, samples=30).loc[1, "estimate"] != optimism


def test_optimism_of_pure_noise_takes_the_concordance_back_to_a_half():
    data, design = small_set("klein")
    rng = np.random.default_rng(5)
    noise = design.matrix.assign(**{term: rng.normal(size=len(data)) for term in design.columns})
    found = concordance(data, c.Design(noise, design.terms), samples=60)
    assert found.loc[0, "estimate"] > 0.53
    assert found.loc[2, "estimate"] == pytest.approx(0.5, abs=0.06)


def test_samples_without_a_model_are_counted():
    found = concordance(*small_set("censored"), samples=20)
    assert found.loc[1:, "note"].str.contains("without a model|gave no model").all()


def test_nothing_to_fit_is_said():
    data, design = small_set("klein")
    assert concordance(data.assign(event=0), design)["note"].str.startswith("not estimable: ").all()


def pattern_sums(data, design):
    """The log hazard of each covariate pattern, added up in exact arithmetic from coefficients cut to 12 digits."""
    logs = [Fraction(f"{np.log(ratio):.12g}") for ratio in cox(data, design)["estimate"]]
    return [
        sum(Fraction(value) * log for value, log in zip(row, logs, strict=True)) for row in design.matrix.to_numpy()
    ]


def counted(data, risks):
    """Harrell's C by counting pairs one by one."""
    won, pairs = Fraction(0), 0
    rows = list(zip(data["time_months"].round(6), data["event"], risks, strict=True))
    for (time, event, risk), (other_time, other_event, other_risk) in permutations(rows, 2):
        if event and (other_time > time or (other_time == time and not other_event)):
            won += Fraction(1) if risk > other_risk else Fraction(risk == other_risk, 2)
            pairs += 1
    return float(won / pairs)


def categorical_klein():
    """The transplant patients with nothing but words for covariates: many share a pattern."""
    terms = [Covariate(name, name, "categorical", "", BOTH, "") for name in ("group", "male", "mtx")]
    return small_set("klein")[0], design_matrix(klein_patients(), terms)


@pytest.mark.parametrize(
    ("sets", "value"), [(lambda: small_set("second_cart"), 0.780092592592593), (categorical_klein, None)]
)
def test_patients_of_one_covariate_pattern_tie_as_a_count_of_pairs_by_pattern_has_it(sets, value):
    data, design = sets()
    expected = counted(data, pattern_sums(data, design))
    assert concordance(data, design, samples=2).loc[0, "estimate"] == pytest.approx(expected, rel=1e-12)
    assert value is None or expected == pytest.approx(value, rel=1e-12)


def test_the_last_bits_of_matrix_and_coefficients_do_not_move_the_concordance():
    data, design = categorical_klein()
    used = cox_data(data, design)
    whole = used.fit(list(range(len(used.terms))))
    found = {
        Pairs(used.time, used.event, predictor(nudged(used.matrix, seed), nudged(whole.coefficients, seed))).concordance
        for seed in range(10)
    }
    assert len(found) == 1


def test_patterns_whose_effects_cancel_tie_at_zero():
    matrix = np.array([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    found = predictor(matrix, np.array([0.3, -0.1, -0.2]))
    assert found[0] == found[1] != found[2]


def test_another_processor_gives_the_same_bootstrap(monkeypatch):
    data, design = small_set("second_cart")
    found = concordance(data, design, samples=40)
    fit = CoxData.fit

    def elsewhere(used, columns, rows=None, near=None):
        seed = 0 if rows is None else len(np.unique(rows))
        return fit(replace(used, matrix=nudged(used.matrix, seed)), columns, rows, near)

    monkeypatch.setattr(CoxData, "fit", elsewhere)
    again = concordance(data, design, samples=40)
    pd.testing.assert_frame_equal(found, again, rtol=1e-12)


@pytest.mark.parametrize("name", ["tied", "censored", "klein"])
def test_pairs_are_those_of_a_count_one_by_one_and_the_error_that_of_each_weight(name):
    data = small_set(name)[0]
    time, event = data["time_months"].to_numpy(), data["event"].to_numpy()
    risk = np.random.default_rng(3).integers(0, 9, len(time)).astype(float)
    first = (event == 1)[:, None] & ((time > time[:, None]) | ((time == time[:, None]) & (event == 0)))
    won = first * (2.0 * (risk < risk[:, None]) + (risk == risk[:, None]))
    found = c.Pairs(time, event, risk)
    assert found.comparable.tolist() == (first.sum(axis=0) + first.sum(axis=1)).tolist()
    assert found.won.tolist() == (won.sum(axis=0) + won.sum(axis=1)).tolist()
    assert found.concordance == pytest.approx(won.sum() / 2 / first.sum(), rel=1e-14)

    def weighted(weights):
        return (weights @ won @ weights) / 2 / (weights @ first @ weights)

    step = 1e-5 * np.eye(len(time))
    slopes = [(weighted(1 + one) - weighted(1 - one)) / 2e-5 for one in step]
    assert found.error == pytest.approx(np.linalg.norm(slopes), rel=1e-6)


def test_of_many_patients_there_is_one_row_with_the_jackknife(monkeypatch):
    data, design = small_set("klein")
    first = concordance(data, design, samples=2).loc[0]
    monkeypatch.setattr(c, "RESAMPLED", 100)
    found = concordance(data, design)
    assert found["method"].tolist() == [c.JACKKNIFE]
    assert found.loc[0, "estimate"] == first["estimate"]
    assert found.loc[0, "ci_low"] < first["estimate"] < found.loc[0, "ci_high"]
