"""Deaths of everybody against a recount patient by patient, and of the published transplants."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.cohort import load_cohort
from helpers.stats.estimates import filter_rows, single
from helpers.stats.safety.deaths import PERIODS, deaths_by_period

SYNTHETIC, KLEIN = load_cohort("data/second_cart"), load_cohort("data/klein_bmt")
ROW = st.tuples(
    st.sampled_from("ab"),
    st.sampled_from(["cr", "cri", "nr", "not_evaluable", np.nan]),
    st.sampled_from([np.nan, 10.0, 99.0]),
    st.sampled_from([np.nan, 0.0, 30.0, 31.0, 100.0, 101.0]),
    st.sampled_from([29.0, 30.0, 200.0]),
)


def cohort_of(rows):
    """A cohort of patients given as (arm, response, day of relapse, day of death, day of last contact)."""
    names = ["arm", "response", "relapse_day", "death_day", "last_contact_day"]
    patients = pd.DataFrame(rows, columns=names)
    patients["last_contact_day"] = patients["death_day"].fillna(patients["last_contact_day"])
    arms = pd.Categorical(patients["arm"], ["a", "b"], ordered=True)
    return replace(SYNTHETIC, patients=patients.assign(arm=arms))


def state(response, relapse, death):
    """The state in which a patient died, by the words of the definition."""
    if relapse <= death:
        return "After relapse"
    return "In remission" if response in ("cr", "cri") else "Without remission"


@settings(max_examples=20, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=20))
def test_deaths_equal_a_recount(rows):
    for row in filter_rows(deaths_by_period(cohort_of(rows)), measure="proportion").itertuples():
        after, until = PERIODS.get(row.level, (-1, np.inf))
        own = [patient for patient in rows if row.group in ("All", patient[0])]
        died = [patient for patient in own if patient[3] <= until and (patient[3] > after or after == 0)]
        counted = [patient for patient in died if row.term in ("All deaths", state(*patient[1:4]))]
        assert (row.n, row.events) == (len(own), len(counted))


@settings(max_examples=10, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=20))
def test_patients_last_seen_alive_within_a_period_are_counted(rows):
    unseen = filter_rows(deaths_by_period(cohort_of(rows)), measure="missing").set_index("level")["estimate"]
    alive = [last for *_, death, last in rows if np.isnan(death)]
    assert unseen.to_dict() == {period: sum(last < PERIODS[period][1] for last in alive) for period in unseen.index}


def test_in_a_cohort_of_remissions_every_death_has_a_state():
    rows = filter_rows(deaths_by_period(KLEIN), group="All", level="at any time")
    assert rows.set_index("term")["events"].to_dict() == {"All deaths": 81, "After relapse": 40, "In remission": 41}
    assert set(rows["n"]) == {137}


def test_recorded_causes_are_counted_and_unknown_states_are_not():
    patients = SYNTHETIC.patients.assign(cause_of_death=pd.Categorical(["Infection", None] * 17 + [None]))
    patients.loc[patients["death_day"].isna(), "cause_of_death"] = np.nan
    found = deaths_by_period(replace(SYNTHETIC, patients=patients.drop(columns="response")))
    assert set(found["variable"]) == {"", "cause_of_death"}
    infection = single(found, variable="cause_of_death", term="Infection", level="at any time")
    assert infection["events"] == (patients["cause_of_death"] == "Infection").sum() > 0
    assert infection["ci_high"] == pytest.approx(0.5, abs=0.3)
