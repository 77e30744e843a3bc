"""Numbers that stand for a missing value, and those that only look so."""

import pytest

FAULT, DOUBT, NOTHING = "faults", "questions", ""
STUDY = '[[covariates]]\ncolumn = "ldh"\nlabel = "LDH"\ntype = "continuous"\n'
# Column, all its other values, the code, how often, and what is said.
CASES = [
    ("last_contact_day", None, "9999", 1, FAULT),
    ("last_contact_day", None, "8888", 2, FAULT),
    ("last_contact_day", None, "99999", 1, FAULT),
    ("cell_dose_e6_per_kg", range(1, 5), "99", 3, FAULT),
    ("cell_dose_e6_per_kg", range(1, 5), "99", 1, DOUBT),
    ("cell_dose_e6_per_kg", range(1, 5), "999", 1, FAULT),
    ("car_t_persistence_days", range(20, 400, 9), "999", 2, DOUBT),
    ("car_t_persistence_days", range(20, 400, 9), "999", 1, NOTHING),
    ("car_t_persistence_days", range(900, 1100, 5), "999", 3, NOTHING),
    ("car_t_persistence_days", range(60, 120), "99", 3, NOTHING),
    ("age_years", range(60, 100), "99", 3, NOTHING),
    ("age_years", range(18, 70), "0", 1, DOUBT),
    ("age_years", range(18, 70), "99", 1, DOUBT),
    ("age_years", range(80, 96), "99", 1, NOTHING),
    ("prior_lines", range(1, 7), "9", 1, DOUBT),
    ("prior_lines", range(1, 9), "9", 1, NOTHING),
    ("age_years", range(1, 41), "0", 2, NOTHING),
    ("prior_lines", range(1, 5), "0", 2, NOTHING),
    ("ldh", range(100, 400), "-9", 2, FAULT),
    ("ldh", range(100, 400), "-9", 1, DOUBT),
    ("ldh", range(-40, 0), "-9", 2, NOTHING),
    ("ldh", range(100, 400), "-99", 1, FAULT),
]


@pytest.mark.parametrize(("column", "others", "code", "times", "kind"), CASES)
def test_a_code_stands_apart_from_all_other_numbers(told, many, study_toml, column, others, code, times, kind):
    study = study_toml + STUDY if column == "ldh" else study_toml
    many = many.drop(columns=["infusion_date", "crs_duration_days"])
    if others:
        many[column] = [str(others[row % len(others)]) for row in range(40)]
    rows = [1, 3, 5][:times]  # of patients who are alive
    many.loc[rows, column] = code
    said = told(many, study)
    numbers = ", ".join(str(row + 2) for row in rows)
    place = f"patients.csv row{'s' * (times > 1)} {numbers}, {column}: "
    wrong = "a hundred years or more" if code == "99999" else "looks like a code for a missing value"
    assert said == ([place + wrong] if kind == FAULT else [], [place + wrong] if kind == DOUBT else [])


def test_a_code_is_no_day_that_breaks_the_rules_of_days(told, many):
    many["transplant_day"] = ["9999"] * 30 + [str(day) for day in range(40, 50)]
    many.loc[1, "response_day"] = "999"
    assert [fault.split(": ")[1] for fault in told(many).faults] == ["looks like a code for a missing value"] * 2


def test_a_code_that_the_study_names_is_missing(told, many, study_toml):
    many.loc[[1, 3], "response_day"] = "999"
    named = study_toml + '[columns]\nresponse_day = { column = "response_day", missing = ["999"] }\n'
    assert told(many, named) == ([], [])


def test_codes_in_the_other_tables(told, many):
    events = "patient_id,term,grade,onset_day,resolution_day\n"
    events += "".join(f"S-00{row},Fever,1,{row},{row + 3}\n" for row in range(1, 8)) + "S-008,Fever,2,4,9999\n"
    assert told(many, adverse_events=events).faults == [
        "adverse_events.csv row 9, resolution_day: looks like a code for a missing value"
    ]


@pytest.mark.parametrize(("often", "asked"), [(8, True), (3, False)])
def test_a_highest_number_that_is_there_too_often_may_be_a_code(told, many, often, asked):
    many["bm_blasts_pct"] = ["99"] * often + [f"{2.4 * row + 0.5:.1f}" for row in range(often, 40)]
    assert bool(told(many).questions) == asked


def test_terms_that_differ_only_in_capitals_are_one(told, many):
    events = "patient_id,term,grade,onset_day\nS-001,Fever,1,3\nS-002,FEVER,2,4\n"
    assert "rows 2, 3, term: looks like another word of the column" in told(many, adverse_events=events)
