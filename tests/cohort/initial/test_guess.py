"""Which canonical column a header and its cells mean, in five languages; and what nobody may take for one."""

import csv
from pathlib import Path

import pytest

from helpers.cohort.initial.guess import guess_table
from tests.cohort.initial.columns import column

with (Path(__file__).parent / "headers.csv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))
HEADERS = [(header, row["cells"], row["canonical"]) for row in ROWS for header in row["headers"].split("|")]


@pytest.mark.parametrize(("header", "cells", "canonical"), [row for row in HEADERS if row[2]])
def test_headers_of_five_languages_find_their_column(header, cells, canonical):
    assert [name for name, _ in guess_table([column(header, cells)], "patients").chosen] == [canonical]


@pytest.mark.parametrize(("header", "cells"), [row[:2] for row in HEADERS if not row[2]])
def test_other_columns_are_never_taken(header, cells):
    """Of the diagnosis, the donor, another infusion; before what is after; or words and cells that do not agree."""
    guess = guess_table([column(header, cells)], "patients")
    assert not guess.lines
    assert header in guess.unused


def test_the_longer_phrase_wins_and_the_other_column_is_told():
    guess = guess_table([column("Infusion date", "dates"), column("2nd infusion date", "dates")], "patients")
    assert guess.chosen["infusion_date", ""].source.name == "2nd infusion date"
    assert guess.unused == {"Infusion date": 'infusion_date is taken from "2nd infusion date"'}


def test_of_two_columns_that_fit_alike_none_is_taken():
    guess = guess_table([column("CRS grade (ASTCT)", "grades"), column("CRS grade (Lee)", "grades")], "patients")
    assert guess.lines == []
    assert guess.open == [
        'crs_grade: "CRS grade (ASTCT)" (another is as good) or "CRS grade (Lee)" (another is as good)?'
    ]


def test_dates_before_the_infusion_are_no_events_after_it():
    earlier = column("HSCT date", [f"2001-0{1 + row % 9}-01" for row in range(24)])
    guess = guess_table([column("Infusion date", "dates"), earlier], "patients")
    assert [line.name for line in guess.lines] == ["infusion_date"]
    question = 'transplant_day: "HSCT date", of another time? Most of its dates lie before the infusion'
    assert guess.open == [question]


def test_a_patient_s_number_is_the_study_s_own_or_is_to_be_removed():
    columns = [column("Pat.-Nr.", "ids"), column("Patient number", [*"ab"] * 12)]
    guess = guess_table(columns, "patients")
    assert [line.source for line in guess.lines] == ['"Pat.-Nr."']
    assert guess.unused["Patient number"].startswith("looks like a patient's number: remove it")


def test_a_column_of_yes_and_nothing_is_told():
    guess = guess_table([column("Tocilizumab", ["x", "", ""] * 8)], "patients")
    assert "empty cells are read as missing, not as no" in guess.lines[0].reason


def test_a_label_says_more_than_a_name_and_may_speak_against_it():
    assert guess_table([column("V17", "ages", "Age at infusion")], "patients").lines[0].source == '"V17"'
    assert guess_table([column("AGE", "ages", "Age at diagnosis")], "patients").lines == []


@pytest.mark.parametrize(
    ("header", "cells", "reason"),
    [
        ("Bemerkung", "notes", "notes: free text is not read"),
        ("Surname", "ids", "looks like a name: remove it, or name it otherwise if it is none"),
        ("Nothing", "empty", "empty"),
        ("Biopsy", "dates", "another date"),
        ("Blablub", "notes", "looks like notes"),
    ],
)
def test_why_a_column_is_not_used(header, cells, reason):
    assert guess_table([column(header, cells)], "patients").unused == {header: reason}
