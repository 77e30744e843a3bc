"""Sentences on who the patients are: their numbers are the rows' numbers."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from helpers.cohort import load_cohort
from helpers.cohort.views import described_labels, exposure_kinds
from helpers.present.sentences import cohort as sentences
from helpers.stats import survival
from helpers.stats.cohort import accrual, data_checks, describe, flow
from helpers.stats.estimates import estimates
from helpers.study import FlowStep, load_study

STUDY = load_study("data/second_cart")
ARMS = "Single CD19 or CD22: 18; Tandem CD19/CD22: 14; Sequential CD19 and CD22: 3"


def test_accrual_says_what_happened_and_when():
    dates = pd.DataFrame({"infusion_date": pd.to_datetime(["2020-03-17", None, "2021-11-02"])})
    printed = sentences.accrual(accrual(dates), SimpleNamespace(treated="transplanted"))
    assert printed == "Transplanted from March 2020 to November 2021 (2 patients; 1 patient without a date)."
    printed = sentences.accrual(accrual(dates.dropna()), SimpleNamespace(treated="transplanted"))
    assert printed == "Transplanted from March 2020 to November 2021."


def differences(error, **sizes):
    row = {"measure": "smd", "method": "x", "std_error": error, "df": 1}
    return estimates(row | {"term": term, "estimate": size} for term, size in sizes.items())


def test_the_last_bits_of_a_difference_decide_nothing():
    limit = 0.1 * np.sqrt(chi2.ppf(0.95, 1))
    found = differences(0.1, a=-limit, b=np.nextafter(limit, 1))
    printed = sentences.balance(found, STUDY)
    assert printed.startswith("Tandem vs single or sequential: none of 2 characteristics differs by more than chance")
    assert printed.endswith("the largest standardised difference is in a (\u22120.20).")


def test_the_same_difference_is_chance_in_a_small_cohort_and_none_in_a_large_one():
    assert "none of 2 characteristics differs" in sentences.balance(differences(0.35, a=0.5, b=0.1), STUDY)
    assert "2 of 2 characteristics differ by" in sentences.balance(differences(0.03, a=0.5, b=0.1), STUDY)
    assert "1 of 1 characteristic differs by" in sentences.balance(differences(0.03, a=0.5), STUDY)
    assert sentences.balance(differences(0.03, a=0.5), replace(STUDY, contrast=None)) == ""


def test_a_randomised_study_says_so_and_one_arm_says_nothing():
    assert "not assigned at random" in sentences.assignment(STUDY)
    assert sentences.assignment(replace(STUDY, randomised=True)).startswith("The arms were assigned at random")
    assert sentences.assignment(replace(STUDY, arms=STUDY.arms[:1])) == ""


def test_the_flow_is_told_without_steps_that_lose_nobody_and_later_treatments_by_themselves():
    patients = load_cohort("data/second_cart").patients
    steps = flow.flow_steps(patients, STUDY)
    assert sentences.patient_counts(steps, STUDY) == f"35 patients infused ({ARMS}); in complete remission 23."
    one = flow.flow_steps(patients.head(1), STUDY)
    assert sentences.patient_counts(one, STUDY) == "1 patient infused; in complete remission 0."
    many = pd.concat([steps, steps[steps["group"] != "All"]], ignore_index=True)  # six arms
    assert sentences.patient_counts(many, STUDY).startswith("35 patients infused; ")
    later = flow.exposure_counts(patients, exposure_kinds(STUDY), STUDY)
    assert (
        sentences.later_treatments(later, STUDY) == "After remission: transplant 4/23; decitabine consolidation 3/23."
    )


def test_the_flow_begins_where_the_screening_log_does():
    study = replace(STUDY, flow=(FlowStep("Screened", 60, {}),))
    steps = flow.flow_steps(load_cohort("data/second_cart").patients, study)
    assert sentences.patient_counts(steps, study) == (
        f"35 patients infused ({ARMS}); screened 60; in complete remission 23."
    )


def test_one_patient_has_no_range():
    cohort = load_cohort("data/second_cart")
    one = cohort.patients.head(1)
    cards = sentences.cohort_cards(flow.patients_by_arm(one), describe(one, {"age_years": "Age, years"}), STUDY)
    assert cards[1] == ("Median age, years", "14", "one patient")
    printed = sentences.follow_up(survival.follow_up(cohort.endpoint("os").head(1), overall=True))
    assert printed.endswith("; one patient was observed for 9.3 months.")


@pytest.mark.parametrize(
    ("study", "labels"),
    [
        ("data/second_cart", ["Patients infused", "Median age, years", "Prior transplant", "Extramedullary disease"]),
        ("data/klein_bmt", ["Patients transplanted", "Median age, years", "Sex: male", "FAB type M4 or M5"]),
    ],
)
def test_cards_are_of_everybody_in_any_cohort(study, labels):
    cohort = load_cohort(study)
    description = describe(cohort.patients, described_labels(cohort), by="arm")
    cards = sentences.cohort_cards(flow.patients_by_arm(cohort.patients), description, cohort.study)
    assert [label for label, _, _ in cards] == labels
    assert cards[0][1:] == (
        ("35", "18 / 14 / 3 by arm") if study == "data/second_cart" else ("137", "38 / 54 / 45 by arm")
    )


def test_who_the_patients_are_is_told_from_what_is_recorded():
    cohort = load_cohort("data/second_cart")
    rows = describe(cohort.patients, described_labels(cohort), by="arm")
    assert sentences.characteristics(rows, STUDY) == [
        "Median age, years 32 (range 14 to 54); median prior lines of therapy 4 (range 3 to 6).",
        "Prior transplant 16/35 (46%); extramedullary disease 12/35 (34%); high-risk genetics 16/35 (46%).",
    ]
    alone = describe(cohort.patients.head(1), {"age_years": "Age, years"})
    assert sentences.characteristics(alone, STUDY) == ["Median age, years 14.", ""]
    assert sentences.characteristics(rows[:0], STUDY) == ["", ""]


def test_a_cohort_of_one_arm_without_age_has_one_card():
    patients = pd.DataFrame({"arm": pd.Categorical(["one"] * 2)})
    arms = flow.patients_by_arm(patients)
    study = replace(STUDY, covariates=())
    assert sentences.cohort_cards(arms, describe(patients, {}), study) == [("Patients infused", "2", "one arm")]


def test_checks_name_what_they_touched():
    quality = pd.DataFrame(
        {
            "kind": ["check", "question", "question", "note"],
            "check": ["Is a number", "No row is there twice", "Days are days", "relapse and death on the same day"],
            "columns": ["a", "all columns", "columns of days", "relapse_day, death_day"],
            "rows_checked": [3, 8, 8, 4],
            "rows_touched": [0, 2, 0, 1],
        }
    )
    rows = data_checks(quality)
    assert list(rows["term"]) == [
        "Is a number",
        "Question: No row is there twice",
        "Question: Days are days",
        "Note: relapse and death on the same day",
    ]
    noted = "To know of the data: relapse and death on the same day (1 patient)."
    doubtful = "Doubtful: No row is there twice (2 rows)."
    assert sentences.data_checks(rows) == f"1 check found no row with a fault. {doubtful} {noted}"
    assert sentences.data_checks(rows.assign(estimate=0)) == "1 check found no row with a fault."


@pytest.mark.parametrize(
    "sentence",
    [
        lambda rows: sentences.patient_counts(rows, STUDY),
        lambda rows: sentences.later_treatments(rows, STUDY),
        sentences.follow_up,
        lambda rows: sentences.balance(rows, STUDY),
        sentences.missing_values,
        sentences.data_checks,
    ],
)
def test_what_is_not_recorded_makes_no_sentence(sentence):
    assert sentence(estimates([])) == ""
