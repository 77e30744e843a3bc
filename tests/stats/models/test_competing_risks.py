import numpy as np
import pytest
from models_reference import errors, logs, r_models, small_set

from helpers.stats.models.competing_risks import cause_specific, fine_gray

SETS = ("klein", "second_cart", "tied")


@pytest.mark.parametrize("name", SETS)
def test_cause_specific_hazards_match_coxph(name):
    data, design = small_set(name)
    found, reference = cause_specific(data, design, "relapse"), r_models()["survival"][name]["relapse"]
    assert logs(found) == pytest.approx(reference["coef"], rel=1e-6)
    assert errors(found) == pytest.approx(reference["se"], rel=1e-6)
    assert found["measure"].eq("hazard_ratio").all()


@pytest.mark.parametrize("name", SETS)
def test_fine_gray_matches_crr(name):
    data, design = small_set(name)
    found, reference = fine_gray(data, design, "relapse"), r_models()["survival"][name]["fine_gray"]
    assert logs(found) == pytest.approx(reference["coef"], rel=1e-6)
    assert errors(found) == pytest.approx(reference["se"], rel=1e-6)
    assert found["measure"].eq("subdistribution_hazard_ratio").all()
    assert found["events"].eq((data["cause"] == "relapse").sum()).all()


@pytest.mark.parametrize("model", [cause_specific, fine_gray])
def test_separated_terms_have_no_estimate(model):
    data, design = small_set("quiet_arm")
    found = model(data, design, "relapse")
    assert found.loc[0, "note"].startswith("not estimable: separation")
    assert np.isnan(found.loc[0, "estimate"])


def test_competing_patients_stay_at_risk_in_the_search_for_separation():
    """In the set "censored" R's crr drifts to -31 for the stratum; the search finds that it has no end."""
    data, design = small_set("censored")
    found = fine_gray(data, design, "relapse").set_index("term")
    assert found.loc["Stratum: y vs x", "note"].startswith("not estimable: separation")


@pytest.mark.parametrize("model", [cause_specific, fine_gray])
def test_a_cause_without_events_is_said(model):
    data, design = small_set("klein")
    assert model(data, design, "accident")["note"].eq("not estimable: no events").all()


@pytest.mark.parametrize("model", [cause_specific, fine_gray])
@pytest.mark.parametrize("rows", [slice(30, 35), slice(95, 100)])
def test_five_patients_give_an_estimate_or_a_reason(model, rows):
    data, design = small_set("klein")
    found = model(data.iloc[rows], design, "relapse")
    assert (found["estimate"].notna() | found["note"].str.startswith("not estimable: ")).all()
