"""From a source's own names, codes, units and indicators to the canonical columns."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.cohort import CohortError, load_cohort
from helpers.cohort.mapping import NO, YES, plain_code, words_of
from helpers.study import DAYS_PER_MONTH

BASE = """
title = "Mapped"
synthetic = true
[time]
unit = "months"
[[arms]]
key = "a"
label = "A"
[[arms]]
key = "b"
label = "B"
[columns]
patient_id = {row_number = true}
arm = {column = "group", values = {1 = "a", 2 = "b"}}
last_contact_day = "os"
death_day = {time = "os", event = "died"}
"""
TABLE = pd.DataFrame(
    {
        "group": [1, 2, 1.0, "2.0"],
        "os": ["12", "24.5", "3", "7"],
        "died": ["1", "No", "TRUE", "0.0"],
        "status": ["1", "0", "2", "0"],
        "crs_day": ["2", "", "1", ""],
        "grade": ["1", "0", "2", "0"],
        "start": ["2020-01-31", "2020-02-01", "2021-06-01", "2020-01-01"],
        "hsct": ["2020-03-01", "", "", "2020-01-01T08:00"],
        "site": ["North", "South", "North", "West"],
        "risk": ["hi", "lo", "hi", ""],
    }
)


def faults(folder):
    with pytest.raises(CohortError) as error:
        load_cohort(folder)
    return str(error.value)


def test_rows_codes_months_and_indicators_are_mapped(make_cohort):
    frame = load_cohort(make_cohort(TABLE, BASE)).patients
    assert frame["patient_id"].tolist() == ["1", "2", "3", "4"]
    assert frame["arm"].astype(str).tolist() == ["A", "B", "A", "B"]
    assert np.allclose(frame["last_contact_day"] / DAYS_PER_MONTH, [12, 24.5, 3, 7], rtol=1e-15)
    assert frame["death_day"].notna().tolist() == [True, False, True, False]


def test_months_come_back_as_they_were(make_cohort):
    data = load_cohort(make_cohort(TABLE, BASE)).endpoint("os")
    assert np.allclose(data["time_months"], [12, 24.5, 3, 7], rtol=1e-15)
    assert data["event"].tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize(("code", "asked"), [("9", 1), ("unknown", 1), ("n.d.", 1), ("2", 0)])
def test_a_code_for_unknown_beside_the_codes_of_an_event_is_asked_about(make_cohort, code, asked):
    table = TABLE.assign(status=["1", "0", code, "0"])
    study = BASE.replace('event = "died"}', 'event = "status", event_codes = [1]}')
    said = [str(question) for question in load_cohort(make_cohort(table, study)).questions]
    assert len(said) == asked
    assert all("row 4, death_day (event status): a usual code for unknown is read as no event" in item for item in said)


def test_one_status_column_holds_competing_events_by_their_codes(make_cohort):
    study = BASE.replace('event = "died"}', 'event = "status", event_codes = [2]}') + (
        'relapse_day = {time = "os", event = "status", event_codes = [1]}\n[endpoints.lfs]\npopulation = "all"\n'
    )
    cohort = load_cohort(make_cohort(TABLE, study))
    causes = ["relapse", "censored", "death without relapse", "censored"]
    assert cohort.endpoint("lfs")["cause"].tolist() == causes


def test_toxicity_days_stay_days_in_a_study_of_months(make_cohort):
    study = BASE + 'crs_onset_day = "crs_day"\ncrs_grade = "grade"\n'
    assert load_cohort(make_cohort(TABLE, study)).patients["crs_onset_day"].tolist()[::2] == [2, 1]


def test_a_column_may_have_its_own_unit(make_cohort):
    study = BASE + 'transplant_day = {column = "crs_day", unit = "days"}\n'
    assert load_cohort(make_cohort(TABLE, study)).patients["transplant_day"].tolist()[::2] == [2, 1]


def test_dates_are_counted_from_the_infusion(make_cohort):
    study = BASE + 'infusion_date = "start"\ntransplant_day = {date = "hsct"}\n'
    frame = load_cohort(make_cohort(TABLE, study)).patients
    assert frame["transplant_day"].tolist()[::3] == [30, 0]
    assert frame["infusion_date"].dt.year.tolist() == [2020, 2020, 2021, 2020]


def test_dates_that_cannot_be_counted_are_faults(make_cohort):
    study = BASE + 'infusion_date = "start"\ntransplant_day = {date = "hsct"}\n'
    table = TABLE.assign(start=["", "then", "2021-06-01", "2020-01-01"], hsct=["2020-03-01", "", "soon", ""])
    message = faults(make_cohort(table, study))
    assert "row 2, transplant_day (date hsct): there is a date but no infusion_date" in message
    assert "row 3, infusion_date: not a date" in message
    assert "row 4, transplant_day (date hsct): not a date" in message
    assert "infusion_date is needed" in faults(make_cohort(TABLE, BASE + 'transplant_day = {date = "hsct"}\n'))


def test_unknown_indicators_and_events_without_a_time_are_faults(make_cohort):
    table = TABLE.assign(died=["7", "", "1", "1"], os=["12", "24.5", "3", ""])
    message = faults(make_cohort(table, BASE))
    assert "rows 2, 3, death_day (event died): the event indicator" in message
    assert "row 5, death_day (event died): the event happened but its time is empty" in message


def test_declared_covariates_of_the_study_are_read(make_cohort):
    study = (
        BASE
        + 'high_tumour_burden = {column = "risk", values = {lo = "low", hi = "high"}}\n'
        + (
            '[[covariates]]\ncolumn = "high_tumour_burden"\nlabel = "Burden"\ntype = "binary"\nreference = "low"\n'
            '[[covariates]]\ncolumn = "site"\nlabel = "Site"\ntype = "categorical"\nreference = "North"\n'
        )
    )
    frame = load_cohort(make_cohort(TABLE, study)).patients
    assert frame["high_tumour_burden"].tolist()[:3] == ["high", "low", "high"]
    assert frame["high_tumour_burden"].isna().tolist() == [False, False, False, True]
    assert frame["site"].tolist() == ["North", "South", "North", "West"]


def test_declared_covariate_without_a_column_is_a_fault(make_cohort):
    study = BASE + '[[covariates]]\ncolumn = "centre"\nlabel = "Centre"\ntype = "categorical"\nreference = "x"\n'
    assert 'there is no column "centre"' in faults(make_cohort(TABLE, study))


def test_other_tables_are_mapped_too(make_cohort):
    study = (
        BASE
        + '[adverse_events]\npatient_id = "USUBJID"\nterm = "AEDECOD"\n'
        + ('grade = {column = "AESEV", values = {MILD = "1", MODERATE = "2", SEVERE = "3"}}\nonset_day = "ASTDY"\n')
    )
    events = "USUBJID,AEDECOD,AESEV,ASTDY\n1,FEVER,MILD,3\n2,ANAEMIA,Severe,-2\n"
    frame = load_cohort(make_cohort(TABLE, study, adverse_events=events)).adverse_events
    assert frame["grade"].tolist() == [1, 3]
    assert frame["onset_day"].tolist() == [3, -2]


@given(st.sampled_from([*YES, *NO]), st.sampled_from([str.lower, str.upper, str.title]))
def test_usual_codes_of_yes_and_no_are_understood(code, spelling):
    expected = "yes" if code in YES else "no"
    assert words_of({}, ("no", "yes"))(spelling(code)) == expected


@pytest.mark.parametrize(
    ("code", "words", "word"),
    [
        ("M", ("female", "male"), "male"),
        ("f", ("female", "male"), "female"),
        ("Not evaluable", ("cr", "cri", "nr", "not_evaluable"), "not_evaluable"),
        ("CRi", ("cr", "cri"), "cri"),
        ("NEG", ("negative", "positive"), "negative"),
        ("DAC-FC", ("fc", "dac_fc"), "dac_fc"),
        ("2", ("female", "male"), "2"),
    ],
)
def test_words_are_understood_in_usual_spellings_and_others_left_for_the_checks(code, words, word):
    assert words_of({}, words)(code) == word


def test_value_map_goes_before_the_usual_meaning():
    word = words_of({"1": "no", "2": "yes"}, ("no", "yes"))
    assert [word(cell) for cell in ("1", "2", "1.0")] == ["no", "yes", "no"]


def test_plain_code_keeps_signs_and_decimals():
    assert [plain_code(code) for code in ("1.0", "1.5", "-1", "A b-c", "10")] == ["1", "1.5", "-1", "a_b_c", "10"]


@pytest.mark.parametrize("key", ['unit = "months"', "empty_after_last_contact = true"])
@pytest.mark.parametrize("name", ["crs_onset_day", "age_years", "sex"])
def test_keys_of_days_are_refused_where_they_would_do_nothing(make_cohort, key, name):
    study = f'{BASE}{name} = {{ column = "crs_day", {key} }}\n'
    with pytest.raises(CohortError) as error:
        load_cohort(make_cohort(TABLE, study))
    assert f"study.toml, {name}: {key.split()[0]} is read for columns of type day only" in str(error.value)
