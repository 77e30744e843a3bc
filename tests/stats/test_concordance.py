import numpy as np
import pytest
from models_reference import WORDS, r_models, small_set

from helpers.stats import concordance as c
from helpers.stats.concordance import concordance


@pytest.mark.parametrize("name", ["klein", "second_cart", "tied", "censored"])
def test_apparent_concordance_matches_r(name):
    found = concordance(*small_set(name), **WORDS, samples=2)
    assert found.loc[0, "estimate"] == pytest.approx(r_models()["survival"][name]["concordance"], rel=1e-9)


def test_bootstrap_repeats_itself_and_adds_up():
    data, design = small_set("tied")
    first, second = (concordance(data, design, **WORDS, samples=30) for _ in range(2))
    assert first.equals(second)
    apparent, optimism, corrected = first["estimate"]
    assert corrected == pytest.approx(apparent - optimism)
    assert optimism > 0
    assert first.loc[2, "ci_low"] < corrected < first.loc[2, "ci_high"]
    other = concordance(data, design, **WORDS, samples=30, seed=1)
    assert other.loc[1, "estimate"] != optimism


def test_optimism_of_pure_noise_takes_the_concordance_back_to_a_half():
    data, design = small_set("klein")
    rng = np.random.default_rng(5)
    noise = design.matrix.assign(**{term: rng.normal(size=len(data)) for term in design.columns})
    found = concordance(data, c.Design(noise, design.covariates), **WORDS, samples=60)
    assert found.loc[0, "estimate"] > 0.53
    assert found.loc[2, "estimate"] == pytest.approx(0.5, abs=0.06)


def test_samples_without_a_model_are_counted():
    found = concordance(*small_set("censored"), **WORDS, samples=20)
    assert found.loc[1:, "note"].str.contains("without a model|gave no model").all()


def test_nothing_to_fit_is_said():
    data, design = small_set("klein")
    assert concordance(data.assign(event=0), design, **WORDS)["note"].str.startswith("not estimable: ").all()
