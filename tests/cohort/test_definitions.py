"""The meaning of a report's words: only what the cohort records, in the words of its study."""

import csv
from dataclasses import replace

import pytest

from helpers.cohort import load_cohort
from helpers.cohort.definitions import DEFINITIONS, definitions
from helpers.cohort.dictionary import dictionary
from helpers.report.section import Report

with DEFINITIONS.open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))


@pytest.fixture(scope="module")
def cohort():
    return load_cohort("data/second_cart")


def terms(cohort, section):
    return [term for term, _ in definitions(cohort, section)]


def test_every_column_that_a_definition_needs_is_in_the_dictionary():
    known = {column.name for column in dictionary()} | {"acute_leukaemia", "other_disease", "several_arms"}
    assert {name for row in ROWS for name in row["needs"].split()} <= known


def test_a_report_defines_only_what_its_cohort_records(cohort):
    transplant = load_cohort("data/klein_bmt")
    assert {"Early ICAHT", "Severe CRS", "Adverse events"} <= set(terms(cohort, "safety"))
    assert terms(transplant, "safety") == ["Non-relapse mortality"]
    assert terms(transplant, "response") == []
    without = replace(cohort, blood_counts=None)
    assert set(terms(cohort, "safety")) - set(terms(without, "safety")) == {
        "Early ICAHT",
        "Late ICAHT",
        "How counts are read",
        "Recovery",
    }


def test_endpoints_have_the_names_the_population_and_the_clock_of_the_study(cohort):
    endpoints = cohort.study.endpoints | {"lfs": replace(cohort.study.endpoints["lfs"], label="Relapse-free survival")}
    renamed = replace(cohort, study=replace(cohort.study, endpoints=endpoints))
    meaning = dict(definitions(renamed, "survival"))["Relapse-free survival"]
    assert "in patients in CR, in months since second CAR-T infusion" in meaning
    assert all("{" not in text for pair in definitions(cohort, "survival") for text in pair)


def test_a_report_shows_the_definitions_of_its_section(cohort):
    report = Report("safety", study="data/second_cart")
    assert report.definitions().items == definitions(cohort, "safety")
    assert Report("response", study="data/klein_bmt").definitions() is None
