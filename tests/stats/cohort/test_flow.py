"""The flow of patients against recounts, and the counts of the data checks."""

import dataclasses

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.cohort import load_cohort
from helpers.cohort.views import exposure_kinds
from helpers.stats.cohort import flow
from helpers.study import Exposure, FlowStep

STUDY = load_cohort("data/second_cart").study
ROW = st.tuples(
    st.sampled_from(["cr", "crh", "cri", "nr", "not_evaluable", None]),
    st.sampled_from([arm.label for arm in STUDY.arms]),
    st.sampled_from([np.nan, 60.0]),
    st.sampled_from([np.nan, 90.0]),
)


def patients_of(rows):
    frame = pd.DataFrame(rows, columns=["response", "arm", "transplant_day", "dac_consolidation_day"])
    labels = [arm.label for arm in STUDY.arms]
    return frame.assign(arm=pd.Categorical(frame["arm"], labels, ordered=True))


@settings(max_examples=12, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=30))
def test_steps_equal_a_recount(rows):
    patients = patients_of(rows)
    counts = flow.flow_steps(patients, STUDY).set_index(["group", "term"])["estimate"]
    for group in ["All", *patients["arm"].cat.categories]:
        own = [row for row in rows if group in ("All", row[1])]
        remission = [row for row in own if row[0] in ("cr", "crh", "cri")]
        assert counts[group, "Infused"] == len(own)
        if any(row[0] for row in own):
            assert counts[group, "Evaluable for response"] == sum(row[0] in ("cr", "crh", "cri", "nr") for row in own)
            assert counts[group, "In complete remission"] == len(remission)
            consolidated = sum(row[2] > 0 or row[3] > 0 for row in remission)
            assert counts[group, STUDY.exposures[0].label] == consolidated


@settings(max_examples=15, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=30))
def test_reasons_account_for_everybody_who_stopped(rows):
    reasons = flow.flow_reasons(patients_of(rows), STUDY)
    for step in flow.flow_steps(patients_of(rows), STUDY).itertuples():
        stopped = reasons[(reasons["reference"] == step.level) & (reasons["group"] == step.group)]
        assert stopped["estimate"].sum() == step.n - step.estimate
        assert set(stopped["n"]) <= {step.n - step.estimate}
        assert step.note == "; ".join(f"{row.level}: {row.estimate:.0f}" for row in stopped.itertuples())


def test_screening_log_comes_first_and_its_gaps_are_said():
    log = (FlowStep("Screened", 12, {"declined": 3}), FlowStep("Collected", 8, {}))
    steps = flow.flow_steps(
        patients_of([("cr", STUDY.arms[0].label, np.nan, np.nan)] * 5), dataclasses.replace(STUDY, flow=log)
    )
    first = steps[steps["group"] == "All"].head(3)
    assert list(first["term"]) == ["Screened", "Collected", "Infused"]
    assert list(first["estimate"]) == [12, 8, 5]
    assert list(first["n"]) == [12, 12, 8]
    assert list(first["note"]) == ["", "declined: 3; reason not recorded: 1", "reason not recorded: 3"]


def test_complications_are_no_steps():
    klein = load_cohort("data/klein_bmt")
    assert set(flow.flow_steps(klein.patients, klein.study)["level"]) == {"treated"}
    assert exposure_kinds(klein.study) == {}


def test_patients_without_a_treatment_are_said_to_have_none():
    cohort = load_cohort("data/second_cart")
    why = flow.flow_reasons(cohort.patients, cohort.study).query("group == 'All'")["term"]
    assert list(why) == ["no remission", "no consolidation (transplant or decitabine)"]
    assert Exposure("dli", "DLI", ()).absence == "no DLI"


def test_kinds_of_exposure_add_up_to_the_published_ones():
    cohort = load_cohort("data/second_cart")
    counted = flow.exposure_counts(cohort.patients, exposure_kinds(cohort.study), cohort.study)
    assert list(counted["estimate"]) == [4, 3]
    assert set(counted["n"]) == {23}


def test_every_check_of_the_data_is_a_row():
    quality = load_cohort("data/klein_bmt").quality
    rows = flow.data_checks(quality)
    assert len(rows) == len(quality)
    assert rows["estimate"].sum() == quality["rows_touched"].sum()


def test_one_arm_is_counted_once():
    patients = patients_of([("cr", STUDY.arms[0].label, np.nan, np.nan)])
    alone = patients.assign(arm=patients["arm"].cat.remove_unused_categories())
    assert list(flow.patients_by_arm(alone)["group"]) == ["All"]
    assert set(flow.flow_steps(alone, STUDY)["group"]) == {"All"}


def test_accrual_names_months_only():
    dates = pd.DataFrame({"infusion_date": pd.to_datetime(["2020-03-17", None, "2021-11-02"])})
    row = flow.accrual(dates).iloc[0]
    assert (row["note"], row["estimate"], row["n"]) == ("March 2020 to November 2021", 2, 3)
    assert flow.accrual(dates.drop(columns="infusion_date")).empty
