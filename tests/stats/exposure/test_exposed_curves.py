import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survival_reference import SETS, numbers, r_set, r_values

from helpers.cohort.endpoints import EndpointData
from helpers.frames import About
from helpers.stats.exposure.exposed_curves import LABELS, enough_exposed, simon_makuch, simon_makuch_at_risk

PATIENTS = st.lists(
    st.tuples(st.integers(1, 12), st.booleans(), st.one_of(st.none(), st.integers(1, 12))), min_size=1, max_size=20
)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize(("label", "key"), list(zip(LABELS, ("not_exposed", "exposed"), strict=True)))
def test_curves_match_survfit_with_entries(name, label, key):
    data = r_set(name)
    curves = simon_makuch(data, data["exposure"])
    ours, theirs = curves[curves["group"] == label].iloc[1:], r_values(name)["exposure"]["simon_makuch"][key]
    entries = ours["events"] + ours["censored"] > 0
    assert entries.all()
    kept = pd.DataFrame({name: numbers(values) for name, values in theirs.items()})
    kept = kept[kept["events"] + kept["censored"] > 0]
    np.testing.assert_allclose(ours["time_months"], kept["time"], rtol=1e-9)
    np.testing.assert_allclose(ours["survival"], kept["survival"], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ours["at_risk"], kept["at_risk"])
    limits = np.where(kept["survival"] == 1, np.nan, kept["low"])
    np.testing.assert_allclose(ours["ci_low"], limits, rtol=1e-9, atol=1e-12)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(PATIENTS, st.lists(st.integers(0, 13), min_size=1, max_size=4))
def test_numbers_at_risk_equal_a_recount(patients, times):
    data = pd.DataFrame(patients, columns=["time_months", "event", "exposure"]).astype(float)
    rows = simon_makuch_at_risk(data, data["exposure"], times)
    for row in rows.itertuples():
        exposed = row.group == LABELS[1]
        members = [(time, moved is not None and moved < row.time_months) for time, _, moved in patients]
        assert row.at_risk == sum(time >= row.time_months and state == exposed for time, state in members)


def test_curves_can_start_at_a_landmark_where_enough_are_exposed():
    data = r_set("klein_lfs")
    curves = simon_makuch(data, data["exposure"], from_months=6)
    first = curves.groupby("group", sort=False).first()
    assert first["time_months"].tolist() == [6, 6]
    assert first["at_risk"].tolist() == simon_makuch_at_risk(data, data["exposure"], [6.0 + 1e-6])["at_risk"].tolist()
    assert (curves["survival"] > 0).all()


def test_curves_start_where_enough_are_exposed():
    data = EndpointData({"time_months": [2.0, 5, 6, 7, 9], "event": [1, 1, 0, 1, 0]})
    months = pd.Series([1.0, 3, 4, np.nan, 8])
    for least, month in ((1, 1), (2, 4), (3, np.nan)):
        data.about = About("os", min_at_risk=least)
        np.testing.assert_equal(enough_exposed(data, months), month)
    data.about = About("os", min_at_risk=2)
    assert enough_exposed(data, months, earliest=3.5) == 4
    assert simon_makuch(data, months, from_months=np.nan).empty
    assert np.isnan(enough_exposed(EndpointData(), months))


def test_nobody_exposed_gives_one_curve():
    data = pd.DataFrame({"time_months": [1.0, 2.0], "event": [1, 0]})
    assert set(simon_makuch(data, pd.Series([np.nan, np.nan]))["group"]) == {LABELS[0]}
    assert simon_makuch(data, pd.Series([np.nan, np.nan]), from_months=9).empty
