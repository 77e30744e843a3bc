"""Data sets of the CIBMTR: 99 and -9 are missing where they can be nothing else, and what was emptied is said."""

import pandas as pd
import pytest

from helpers.cohort import CohortError, load_cohort
from helpers.cohort.findings import Findings
from helpers.cohort.reading import open_file
from helpers.study.sources import FileSource

# Invented: what the columns of public data sets look like.
DATA = """id,age,racegp,kps,dead,intxsurv,rel,intxrel,yeartx,donor
1,34,1,90,1,12.5,0,12.5,2015,-9
2,99,2,99,0,99,99,99,2016,-9
3,-9,99,80,0,48.1,1,7.2,2017,1
4,51,-9,90,1,3.0,0,3.0,99,2
"""
STUDY = """
title = "Small study"
synthetic = true
[time]
unit = "months"
[files]
patients = { file = "data.csv", format = "cibmtr" }
[columns]
patient_id = "id"
age_years = "age"
death_day = { time = "intxsurv", event = "dead" }
last_contact_day = "intxsurv"
relapse_day = { time = "intxrel", event = "rel" }
race = "racegp"
[[covariates]]
column = "race"
label = "Race"
type = "categorical"
reference = "1"
[[arms]]
key = "all patients"
label = "Patients"
[endpoints.lfs]
population = "all"
"""


@pytest.fixture
def raw(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(DATA, encoding="utf-8")
    return open_file(path, Findings(), FileSource("data.csv", format="cibmtr"))


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("racegp", ["1", "2", "", ""]),  # single digits: both codes
        ("rel", ["0", "", "1", "0"]),
        ("donor", ["", "", "1", "2"]),
        ("age", ["34", "99", "", "51"]),  # 99 can be an age, -9 cannot
        ("kps", ["90", "99", "80", "90"]),
        ("intxsurv", ["12.5", "99", "48.1", "3.0"]),
        ("yeartx", ["2015", "2016", "2017", "99"]),
    ],
)
def test_codes_are_missing_where_they_can_be_no_value(raw, column, cells):
    read = raw.text([column], Findings()).columns[column]
    assert list(pd.Series(read.values()).fillna("")) == cells


def test_what_is_missing_and_what_is_kept_is_said(raw):
    said = "\n".join(raw.raw.said)
    assert "unless study.toml names them (cells): age (1), racegp (2), rel (1), donor (2)\n" in said
    assert "list it under missing: age, kps, intxsurv, intxrel, yeartx\n" in said
    assert "times in months: intxsurv, intxrel" in said


@pytest.mark.parametrize("spelling", ["99.0", "99.00"])
def test_codes_are_known_with_their_decimals(tmp_path, spelling):
    path = tmp_path / "data.csv"
    path.write_text(DATA.replace(",99,99,2016", f",{spelling},99,2016"), encoding="utf-8")
    opened = open_file(path, Findings(), FileSource("data.csv", format="cibmtr"))
    assert opened.text(["rel"], Findings()).columns["rel"].given.tolist() == [True, False, True, True]


def test_months_read_as_days_are_faults(tmp_path):
    (tmp_path / "data.csv").write_text(DATA, encoding="utf-8")
    study = STUDY.replace('"months"', '"days"').replace('race = "racegp"', 'race = "racegp"\ncrs_onset_day = "intxrel"')
    (tmp_path / "study.toml").write_text(study, encoding="utf-8")
    with pytest.raises(CohortError) as error:
        load_cohort(tmp_path)
    said, wrong = str(error.value), "is in months, and is read in days"
    assert f'death_day: "intxsurv" {wrong}. Give unit = "months" in its source' in said
    assert f'crs_onset_day: "intxrel" {wrong}. Give a column in its unit' in said


def test_a_code_that_study_toml_names_keeps_its_meaning(tmp_path):
    (tmp_path / "data.csv").write_text(DATA.replace("2,99,2,99,0,99,99,99", "2,40,2,90,0,60,1,9"), encoding="utf-8")
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    assert load_cohort(tmp_path).patients["race"].isna().tolist() == [False, False, True, True]
    codes = '{ column = "racegp", values = { 1 = "one", 2 = "two", 99 = "none" } }'
    named = STUDY.replace('"racegp"', codes).replace('reference = "1"', 'reference = "one"')
    (tmp_path / "study.toml").write_text(named, encoding="utf-8")
    patients = load_cohort(tmp_path).patients
    assert patients["race"].fillna("").tolist() == ["one", "two", "none", ""]
    assert patients["death_day"].notna().tolist() == [True, False, False, True]


def test_an_unknown_relapse_is_no_missing_cell(tmp_path):
    data = DATA.replace("2,99,2,99,0,99,99,99", "2,40,2,90,1,60,99,99")
    (tmp_path / "data.csv").write_text(data, encoding="utf-8")
    (tmp_path / "study.toml").write_text(
        STUDY.replace('event = "rel"', 'event = "rel", unknown = [99]'), encoding="utf-8"
    )
    cohort = load_cohort(tmp_path)
    assert cohort.patients["relapse_known"].tolist() == ["yes", "no", "yes", "yes"]
    assert len(cohort.endpoint("relapse")) == len(cohort.endpoint("os")) - 1 == 3
