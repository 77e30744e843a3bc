"""Endpoints against a recount patient by patient, and properties that hold for every cohort."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.cohort import Cohort, NotRecorded, load_cohort, survival_data
from helpers.study import DAYS_PER_MONTH, load_study

KEYS = ("os", "efs", "lfs", "relapse", "nrm", "dor")
STUDY = load_study("data/second_cart")


def cohort_of(rows, study=STUDY):
    columns = ["response", "response_day", "relapse_day", "death_day", "last_contact_day"]
    frame = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[1:], float) | {"response": object})
    return Cohort(study, frame, None, None, pd.DataFrame(), {})


@st.composite
def patients(draw):
    """One patient that passes the checks; few days, so that ties are common."""
    day = st.integers(0, 6)
    last = draw(day)
    death = last if draw(st.booleans()) else math.nan
    response = draw(st.sampled_from(["cr", "crh", "cri", "nr", "not_evaluable", None]))
    response_day = draw(st.integers(0, last)) if response and draw(st.booleans()) else math.nan
    relapse = math.nan
    if response in ("cr", "crh", "cri") and draw(st.booleans()):
        response_day = 0.0 if last == 0 else float(draw(st.integers(0, last - 1)))
        relapse = float(draw(st.integers(int(response_day) + 1, last))) if last else math.nan
    return response, response_day, relapse, death, last


cohorts = st.lists(patients(), min_size=1, max_size=12).map(cohort_of)


def recount(row, key):
    """Day, cause of one patient, written as a clinician would count; None when not in the population."""
    in_cr = row.response in ("cr", "crh", "cri")
    relapsed, died = not math.isnan(row.relapse_day), not math.isnan(row.death_day)
    if key == "os":
        return (row.death_day, "death") if died else (row.last_contact_day, "censored")
    if key != "efs" and not in_cr:
        return None
    if key == "efs" and not in_cr:
        assessed = not math.isnan(row.response_day)
        if row.response == "nr" or assessed or not died:
            return (row.response_day if assessed else 0.0), "non-response"
        return row.death_day, "death without relapse"
    if relapsed:
        return row.relapse_day, "relapse"
    if died:
        return row.death_day, "death without relapse"
    return row.last_contact_day, "censored"


@settings(max_examples=30, deadline=None)
@given(cohorts)
def test_endpoints_equal_a_recount_patient_by_patient(cohort):
    for key in KEYS:
        expected = {}
        for index, row in zip(cohort.patients.index, cohort.patients.itertuples(), strict=True):
            counted = recount(row, key)
            if counted and not (key == "dor" and math.isnan(row.response_day)):
                expected[index] = counted
        if not cohort.recorded("response") and key != "os":
            continue
        if (
            key == "dor"
            and cohort.patients["response_day"][cohort.patients["response"].isin(["cr", "crh", "cri"])].isna().all()
        ):
            continue
        data = cohort.endpoint(key)
        assert list(data.index) == list(expected)
        start = data["response_day"] if key == "dor" else 0
        days = data["time_months"] * DAYS_PER_MONTH + start
        assert np.allclose(days, [day for day, _ in expected.values()])
        assert list(data["cause"]) == [cause for _, cause in expected.values()]
        asked = {"relapse": ["relapse"], "nrm": ["death without relapse"]}.get(key)
        events = [int(cause in asked if asked else cause != "censored") for _, cause in expected.values()]
        assert list(data["event"]) == events


@settings(max_examples=30, deadline=None)
@given(cohorts)
def test_leukaemia_free_survival_ends_by_relapse_or_by_death_never_both(cohort):
    if not cohort.recorded("response"):
        return
    lfs, relapse, nrm = (cohort.endpoint(key) for key in ("lfs", "relapse", "nrm"))
    assert (relapse["event"] + nrm["event"] == lfs["event"]).all()
    assert relapse["cause"].equals(nrm["cause"])
    assert lfs["time_months"].equals(relapse["time_months"])
    assert (lfs["time_months"] <= cohort.endpoint("os")["time_months"][lfs.index] + 1e-12).all()
    assert (lfs["time_months"] >= 0).all()


def test_relapse_and_death_on_one_day_is_a_relapse():
    cohort = cohort_of([("cr", 28, 100, 100, 100)])
    assert cohort.endpoint("lfs")["cause"].tolist() == ["relapse"]
    assert cohort.endpoint("relapse")["event"].tolist() == [1]
    assert cohort.endpoint("nrm")["event"].tolist() == [0]
    assert cohort.endpoint("os")["event"].tolist() == [1]


def test_event_on_the_day_of_last_contact_is_an_event():
    cohort = cohort_of([("cr", 28, 100, math.nan, 100), ("cr", 28, math.nan, 60, 60)])
    assert cohort.endpoint("lfs")["cause"].tolist() == ["relapse", "death without relapse"]


def test_event_free_survival_counts_patients_without_remission_as_failures():
    nan = math.nan
    cohort = cohort_of(
        [("nr", 28, nan, 90, 90), ("nr", nan, nan, nan, 90), ("not_evaluable", nan, nan, 12, 12),
         ("not_evaluable", nan, nan, nan, 50), (None, nan, nan, nan, 50), ("cr", 28, nan, nan, 365.25)]
    )  # fmt: skip
    data = cohort.endpoint("efs")
    failures = ["non-response", "non-response", "death without relapse", "non-response", "non-response", "censored"]
    assert data["cause"].tolist() == failures
    assert (data["time_months"] * DAYS_PER_MONTH).round(6).tolist() == [28, 0, 12, 0, 0, 365.25]
    assert data["time_months"].iloc[-1] == 12


def test_remission_is_the_origin_when_asked():
    cohort = cohort_of([("cr", 28, 100, math.nan, 100), ("cri", math.nan, 50, math.nan, 60)])
    data = cohort.endpoint("lfs", origin="remission")
    assert (data["time_months"] * DAYS_PER_MONTH).round(9).tolist() == [72]
    assert data.attrs["without_origin"] == 1
    assert cohort.endpoint("lfs").attrs["without_origin"] == 0
    assert data["time_months"].equals(cohort.endpoint("dor")["time_months"])


def test_cohort_without_relapses_or_deaths_is_all_censored():
    cohort = cohort_of([("cr", 28, math.nan, math.nan, 100)])
    for key in KEYS:
        assert cohort.endpoint(key)["cause"].tolist() == ["censored"]


def test_population_without_patients_gives_an_empty_frame():
    cohort = cohort_of([("nr", 28, math.nan, math.nan, 100)])
    assert cohort.endpoint("lfs").empty


@pytest.mark.parametrize("column", ["response", "relapse_day", "response_day"])
def test_endpoints_that_lack_a_column_say_so(column):
    cohort = cohort_of([("cr", 28, 100, 120, 120)])
    cohort = dataclasses.replace(cohort, patients=cohort.patients.drop(columns=column))
    lacking = {"response": {"efs", "lfs", "relapse", "nrm", "dor"}, "response_day": {"dor"}}
    for key in KEYS:
        if key in lacking.get(column, {"efs", "lfs", "relapse", "nrm", "dor"}):
            with pytest.raises(NotRecorded, match="not recorded in this cohort"):
                survival_data(cohort.patients, cohort.study, key)
        else:
            assert len(survival_data(cohort.patients, cohort.study, key)) == 1


@pytest.mark.parametrize(("key", "origin"), [("pfs", None), ("os", "remission"), ("lfs", "landmark")])
def test_unknown_endpoints_and_origins_are_refused(key, origin):
    with pytest.raises(ValueError, match=key):
        cohort_of([("cr", 28, 100, 120, 120)]).endpoint(key, origin)


RECORDED = """
[endpoints.lfs]
population = "all"
time = "pfs"
event = "pfs_event"
[endpoints.efs]
time = "pfs"
event = "pfs_event"
"""


def test_recorded_endpoint_is_used_as_recorded(make_cohort, patients, study_toml):
    patients["pfs"] = ["200", "700", "300", "28", "12", "500", "28", "390"]
    patients["pfs_event"] = ["1", "0", "1", "1", "1", "1", "1", "0"]
    folder = make_cohort(patients.drop(columns="relapse_day"), study_toml + RECORDED)
    cohort = load_cohort(folder)
    lfs, efs = cohort.endpoint("lfs"), cohort.endpoint("efs")
    death = "death without relapse"
    assert (lfs["time_months"] * DAYS_PER_MONTH).round(6).tolist() == [200, 700, 300, 28, 12, 500, 28, 390]
    assert lfs["cause"].tolist() == ["relapse", "censored", "relapse", "relapse", death, death, "relapse", "censored"]
    assert efs["cause"].tolist()[3:5] == ["non-response", death]
    assert cohort.endpoint("nrm")["event"].sum() == 2
    note = cohort.quality["check"].str.contains("as recorded ends on another day")
    assert not note.any()  # without days of relapse there is nothing to compare the recorded time with


def test_recorded_endpoint_must_agree_with_relapse_and_death(make_cohort, patients, study_toml):
    from helpers.cohort import CohortError

    patients["pfs"] = ["200", "700", "301", "90", "12", "500", "300", "400"]
    patients["pfs_event"] = ["1", "1", "0", "1", "1", "1", "0", "1"]
    with pytest.raises(CohortError) as error:
        load_cohort(make_cohort(patients, study_toml + RECORDED))
    assert "row 3, lfs_day, lfs_event: an event without a relapse or a death" in str(error.value)
    assert "row 4, lfs_day, lfs_event: no event although a relapse" in str(error.value)
    assert len(error.value.faults) == 2


def test_an_endpoint_knows_what_it_is_about(make_cohort, patients, study_toml):
    named = study_toml + '\n[endpoints.lfs]\nlabel = "Progression-free survival"\n'
    cohort = load_cohort(make_cohort(patients, named))
    lfs, dor = cohort.endpoint("lfs"), cohort.endpoint("dor")
    assert lfs.about.label == "Progression-free survival"
    assert lfs.about.clock == f"months since {cohort.study.time_zero}"
    assert dor.about.clock == "months since remission"
    assert lfs.about.population == "patients in CR"
    assert set(lfs.about.causes) == {"relapse", "death without relapse"}


def test_what_an_endpoint_is_about_survives_selecting_and_assigning():
    data = load_cohort("data/second_cart").endpoint("os")
    chosen = data[data["time_months"] > 1].assign(half=data["time_months"] / 2)[["time_months", "event", "half"]]
    assert chosen.about == data.about
    assert chosen.copy().about.key == "os"


def test_an_endpoint_shows_patients_events_clock_and_first_rows():
    data = load_cohort("data/second_cart").endpoint("os")
    html = data._repr_mimebundle_()["text/html"]
    assert f"{len(data)} patients" in html
    assert f"{int(data['event'].sum())} events" in html
    assert data.about.clock in html
    assert html.count("<tr>") == 1 + 5


def test_an_endpoint_that_is_not_recorded_says_so_and_holds_nothing():
    data = load_cohort("data/klein_bmt").endpoint("efs")
    assert data.shape == (0, 0)
    assert data.heading() == "Event-free survival: not recorded in this cohort"


def test_an_outcome_holds_the_patients_of_whom_it_is_known():
    cohort = load_cohort("data/second_cart")
    remission = cohort.outcome("cr")
    assert len(remission) == 35
    assert remission["event"].sum() == cohort.patients["response"].isin(["cr", "crh", "cri"]).sum()
    assert remission.about.label == "Complete remission"


def test_everybody_in_remission_at_time_zero_is_asked_of_relapse_where_no_response_is_recorded():
    rows = [(None, math.nan, 30.0, math.nan, 60.0), (None, math.nan, math.nan, 40.0, 40.0)]
    at_zero = dataclasses.replace(STUDY, response=dataclasses.replace(STUDY.response, at_time_zero=True))
    assert list(cohort_of(rows, at_zero).endpoint("lfs")["cause"]) == ["relapse", "death without relapse"]
    assert cohort_of(rows).endpoint("lfs").empty
