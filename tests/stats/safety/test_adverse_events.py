"""Adverse events against a recount event by event, on random cohorts and on an ADaM-shaped file, and against R."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.cohort import load_cohort
from helpers.stats.estimates import single
from helpers.stats.safety import adverse_events as ae

R = json.loads((Path(__file__).parents[2] / "reference" / "clinical.json").read_text(encoding="utf-8"))
PEOPLE = [f"p{number}" for number in range(6)]
EVENT = st.tuples(
    st.sampled_from(PEOPLE),
    st.sampled_from(["Sepsis", "Nausea", "Pain: chest"]),
    st.sampled_from(["Infections", "Other: class", None]),
    st.integers(1, 5),
    st.sampled_from([-2.0, 0.0, 5.0, 40.0, np.nan]),
)


def cohort():
    arms = pd.Categorical(["a", "a", "b", "b", "b", "b"], ["a", "b"], ordered=True)
    return pd.DataFrame({"patient_id": PEOPLE, "arm": arms, "contrast": arms})


def frame(rows):
    return pd.DataFrame(rows, columns=["patient_id", "term", "system_organ_class", "grade", "onset_day"])


def recount(rows, patients):
    """Patients, patients with grade 3 or more, and events, by endpoint, class, term and group."""
    arms = dict(zip(patients["patient_id"], patients["arm"].astype(str), strict=True))
    worst, events = {}, Counter()
    for who, term, owner, grade, day in rows:
        if day < 0:
            continue
        owner = owner or ae.NO_CLASS
        for item in ((ae.ANY, "", ""), (ae.CLASS, owner, ""), (ae.TERM, owner, term)):
            for group in (arms[who], "All"):
                events[*item, group] += 1
                worst[*item, group, who] = max(worst.get((*item, group, who), 0), grade)
    some = Counter(key[:4] for key in worst)
    severe = Counter((key[0] + ae.SEVERE, *key[1:4]) for key, grade in worst.items() if grade >= 3)
    return some + severe, events


@settings(max_examples=15, deadline=None)
@given(st.lists(EVENT, max_size=25))
def test_patients_and_events_equal_a_recount(rows):
    patients = cohort()
    found = ae.adverse_events_by_term(patients, frame(rows))
    people, events = recount(rows, patients)
    for row in found.itertuples():
        key = (row.endpoint, row.variable, row.level, row.group)
        assert (events[key] == row.estimate) if row.measure == "count" else (people[key] == row.events)
    counted = {(row.endpoint, row.variable, row.level, row.group) for row in found.itertuples()}
    assert set(events) | set(people) <= counted


@settings(max_examples=10, deadline=None)
@given(st.lists(EVENT, min_size=1, max_size=25))
def test_terms_stand_under_their_class_most_frequent_first(rows):
    found = ae.adverse_events_by_term(cohort(), frame(rows))
    everybody = found[(found["group"] == "All") & (found["measure"] == "proportion")]
    classes = everybody[everybody["endpoint"] == ae.CLASS]
    terms = everybody[everybody["endpoint"] == ae.TERM]
    assert classes["events"].is_monotonic_decreasing
    assert list(terms["variable"].drop_duplicates()) == list(classes["variable"])
    for _, of_class in terms.groupby("variable"):
        assert of_class["events"].is_monotonic_decreasing


def test_events_before_the_infusion_are_left_out_and_counted():
    events = frame([("p0", "Sepsis", "Infections", 4, -1.0), ("p0", "Sepsis", "Infections", 2, np.nan)])
    found = ae.adverse_events_by_term(cohort(), events)
    assert found.loc[(found["endpoint"] == ae.ANY) & (found["group"] == "All"), "events"].max() == 1
    assert found.loc[(found["endpoint"] == ae.ANY + ae.SEVERE), "events"].max() == 0


def test_events_that_began_on_day_zero_or_before_are_counted():
    events = frame([("p0", "Sepsis", "Infections", 4, day) for day in (-1.0, -0.5, 0.0, 0.5, 1.0, np.nan)])
    assert ae.onset_counts(events).set_index("level")["estimate"].to_dict() == {"before day 0": 2, "on day 0": 2}
    assert ae.onset_counts(None).empty
    assert ae.onset_counts(events.drop(columns="onset_day")).empty


def test_everybody_is_the_denominator():
    found = ae.adverse_events_by_term(cohort(), frame([("p0", "Sepsis", "Infections", 4, 1.0)]))
    sizes = found[found["measure"] == "proportion"].groupby("group")["n"].first()
    assert sizes.to_dict() == {"a": 2, "b": 4, "All": 6}


def test_exact_intervals_match_binom_test():
    people = pd.DataFrame({"patient_id": range(7), "arm": pd.Categorical(["a"] * 7)})
    found = ae.adverse_events_by_term(people, frame([(who, "Sepsis", "Infections", 1, 1.0) for who in range(3)]))
    limits = single(found, endpoint=ae.ANY, measure="proportion")[["ci_low", "ci_high"]]
    assert limits.tolist() == pytest.approx(R["binomial"][1], abs=1e-12)


def test_no_event_is_a_row_of_zeros_and_no_file_is_no_row():
    found = ae.adverse_events_by_term(cohort(), frame([]))
    assert set(found["term"]) == {ae.ANY_EVENT}
    assert found.loc[found["measure"] == "proportion", "events"].eq(0).all()
    assert ae.adverse_events_by_term(cohort(), None).empty
    assert ae.infections(cohort(), None).empty


def test_infections_are_found_by_class_in_any_capitals():
    rows = [
        ("p0", "X", "INFECTIONS AND INFESTATIONS", 3, 2.0),
        ("p0", "Y", "Infections", 1, 50.0),
        ("p3", "Z", "Gut", 5, 1),
    ]
    found = ae.infections(cohort(), frame(rows))
    everybody = found[found["group"] == "All"].set_index("level")["events"]
    assert everybody.to_dict() == {"any": 1, "3 or more": 1, "by day 30": 1, "after day 30": 1}
    assert single(found, group="All", level="3 or more")["endpoint_label"] == "Infection of grade 3 or more"


ADAM = """USUBJID,AEDECOD,AEBODSYS,AESEV,AESTDY
X-1,HEADACHE,NERVOUS SYSTEM DISORDERS,MILD,3
X-1,HEADACHE,NERVOUS SYSTEM DISORDERS,SEVERE,9
X-2,HEADACHE,NERVOUS SYSTEM DISORDERS,MODERATE,
X-2,SEPSIS,INFECTIONS AND INFESTATIONS,SEVERE,20
X-3,NAUSEA,GASTROINTESTINAL DISORDERS,MILD,-4
"""
MAPPING = """
[columns]
patient_id = "USUBJID"
[adverse_events]
patient_id = "USUBJID"
term = "AEDECOD"
system_organ_class = "AEBODSYS"
onset_day = "AESTDY"
grade = { column = "AESEV", values = { MILD = "1", MODERATE = "2", SEVERE = "3" } }
"""


def test_an_adam_file_is_mapped_and_counted(make_cohort, study_toml):
    people = pd.DataFrame({"USUBJID": ["X-1", "X-2", "X-3"], "arm": ["one", "two", "two"]})
    people = people.assign(death_day="", last_contact_day="100")
    loaded = load_cohort(make_cohort(people, study_toml + MAPPING, adverse_events=ADAM))
    found = ae.adverse_events_by_term(loaded.patients, loaded.adverse_events)
    headache = {"variable": "NERVOUS SYSTEM DISORDERS", "level": "HEADACHE", "group": "All"}
    assert single(found, endpoint=ae.TERM, measure="proportion", **headache)["events"] == 2
    assert single(found, endpoint=ae.TERM + ae.SEVERE, **headache)["events"] == 1
    assert single(found, endpoint=ae.TERM, measure="count", **headache)["estimate"] == 3
    assert "NAUSEA" not in set(found["level"])
