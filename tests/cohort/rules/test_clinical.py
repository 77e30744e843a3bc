"""The clinical rules: each alone, any of them together, and against a recount row by row."""

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.cohort import CohortError, load_cohort
from helpers.cohort.findings import Findings
from helpers.cohort.rules import Facts, apply_rules
from helpers.cohort.rules.clinical import CLINICAL_RULES
from helpers.study import load_study

STUDY = load_study("data/second_cart")

# What is written over a faultless patient (CR on day 28, last contact on day 400), and where the fault is said to be.
PLANTS = {
    "relapse without remission": ({"response": "nr", "relapse_day": "100"}, "relapse_day, response"),
    "relapse before remission": ({"relapse_day": "20"}, "relapse_day, response_day"),
    "relapse on the day of remission": ({"relapse_day": "28"}, "relapse_day, response_day"),
    "relapse after last contact": ({"relapse_day": "401"}, "relapse_day, last_contact_day"),
    "transplant after last contact": ({"transplant_day": "400.5"}, "transplant_day, last_contact_day"),
    "response after last contact": ({"response_day": "500"}, "response_day, last_contact_day"),
    "death after last contact": ({"death_day": "401"}, "death_day, last_contact_day"),
    "contact after death": ({"death_day": "399"}, "death_day, last_contact_day"),
    "negative relapse": ({"relapse_day": "-1"}, "relapse_day"),
    "negative last contact": ({"last_contact_day": "-400"}, "last_contact_day"),
    "response day without response": ({"response": ""}, "response_day, response"),
    "onset without a grade": ({"crs_onset_day": "3", "crs_grade": "0"}, "crs_onset_day, crs_grade"),
    "onset with an empty grade": ({"crs_onset_day": "3", "crs_grade": ""}, "crs_onset_day, crs_grade"),
    "fatal grade without death": ({"crs_grade": "5"}, "crs_grade, death_day"),
    "toxicity beyond last contact": (
        {"crs_grade": "1", "crs_onset_day": "300", "crs_duration_days": "150"},
        "crs_duration_days, last_contact_day",
    ),
    "cause without death": ({"cause_of_death": "infection"}, "cause_of_death, death_day"),
    "infinite day": ({"relapse_day": "inf"}, "relapse_day"),
    "age with a unit": ({"age_years": "40 years"}, "age_years"),
    "half a grade": ({"crs_grade": "1.5"}, "crs_grade"),
    "unknown sex": ({"sex": "3"}, "sex"),
}


def clean(rows):
    frame = pd.DataFrame(
        {
            "patient_id": [f"P{number}" for number in range(rows)],
            "arm": "one",
            "age_years": "40",
            "sex": "female",
            "response": "cr",
            "response_day": "28",
            "relapse_day": "",
            "transplant_day": "",
            "death_day": "",
            "cause_of_death": "",
            "last_contact_day": "400",
            "crs_grade": "1",
            "crs_onset_day": "",
            "crs_duration_days": "",
        }
    )
    return frame.astype(object)


def faults(folder):
    with pytest.raises(CohortError) as error:
        load_cohort(folder)
    return error.value.faults


@pytest.mark.parametrize("plant", PLANTS)
def test_each_rule_finds_its_fault_and_nothing_else(make_cohort, plant):
    cells, place = PLANTS[plant]
    frame = clean(5)
    frame.loc[2, list(cells)] = list(cells.values())
    found = faults(make_cohort(frame))
    assert [(fault.rows, fault.column) for fault in found] == [((4,), place)]


@settings(max_examples=12, deadline=None)
@given(st.lists(st.sampled_from(sorted(PLANTS)), min_size=1, max_size=12))
def test_any_faults_together_are_all_found(tmp_path_factory, plants):
    folder = tmp_path_factory.mktemp("planted")
    (folder / "study.toml").write_text(
        'title = "x"\nsynthetic = true\n[time]\nunit = "days"\n[[arms]]\nkey = "one"\nlabel = "One"\n'
    )
    frame = clean(len(plants) + 1)
    for row, plant in enumerate(plants):
        cells, _ = PLANTS[plant]
        frame.loc[row, list(cells)] = list(cells.values())
    frame.to_csv(folder / "patients.csv", index=False)
    found = {(row, fault.column) for fault in faults(folder) for row in fault.rows}
    assert found == {(row + 2, PLANTS[plant][1]) for row, plant in enumerate(plants)}


DAY = st.one_of(st.just(math.nan), st.integers(-2, 8).map(float))
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["cr", "crh", "cri", "nr", "not_evaluable", None]), DAY, DAY, DAY, st.integers(0, 8).map(float)
    ),
    min_size=1,
    max_size=10,
)


def breaks_a_rule(response, response_day, relapse, death, last):
    """Whether a patient's days contradict each other, written as a clinician would look at them."""
    in_cr = response in ("cr", "crh", "cri")
    return (
        (not math.isnan(relapse) and not in_cr)
        or (in_cr and relapse <= response_day)
        or any(day > last for day in (response_day, relapse, death))
        or death < last
        or any(day > death for day in (response_day, relapse))
        or (response is None and not math.isnan(response_day))
    )


@settings(max_examples=100, deadline=None)
@given(ROWS)
def test_rules_equal_a_recount_row_by_row(rows):
    columns = ["response", "response_day", "relapse_day", "death_day", "last_contact_day"]
    values = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[1:], float) | {"response": object})
    findings = Findings()
    apply_rules(CLINICAL_RULES, Facts.of(values, values.notna(), STUDY), "patients.csv", findings)
    broken = {row for fault in findings.faults for row in fault.rows}
    assert broken == {number for number, row in enumerate(rows) if breaks_a_rule(*row)}


def test_relapse_needs_no_response_where_all_are_in_remission(make_cohort, study_toml):
    frame = clean(3).assign(relapse_day="10").drop(columns=["response", "response_day"])
    assert load_cohort(make_cohort(frame, study_toml)).recorded("relapse_day")
    frame = clean(3).assign(relapse_day="10", response="nr", response_day="")
    study = study_toml + '[endpoints.lfs]\npopulation = "all"\n'
    assert load_cohort(make_cohort(frame, study)).recorded("relapse_day")


def test_days_of_declared_exposures_are_checked_too(make_cohort, study_toml):
    study = study_toml + '[[exposures]]\nkey = "gvhd"\nlabel = "GVHD"\ncolumns = ["gvhd_day"]\n'
    found = faults(make_cohort(clean(2).assign(gvhd_day=["500", ""]), study))
    assert [(fault.rows, fault.column) for fault in found] == [((2,), "gvhd_day, last_contact_day")]
    cleared = study + '[columns]\ngvhd_day = {column = "gvhd_day", empty_after_last_contact = true}\n'
    cohort = load_cohort(make_cohort(clean(2).assign(gvhd_day=["500", "30"]), cleared))
    assert cohort.patients["gvhd_day"].isna().tolist() == [True, False]
    assert cohort.quality.set_index("check").loc["days after last contact emptied, as study.toml asks"].iloc[-1] == 1


def test_long_lists_of_rows_are_shortened(make_cohort):
    (fault,) = faults(make_cohort(clean(60).assign(sex="x")))
    assert fault.place.startswith("patients.csv rows 2, 3, 4")
    assert fault.place.endswith("21 and 40 more, sex")
