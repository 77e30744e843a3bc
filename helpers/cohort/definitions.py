"""What the words of a report mean for one study: the rows of data/definitions.csv that its data need."""

import csv

from helpers.cohort.endpoints import about_endpoint, recorded
from helpers.cohort.load import Cohort
from helpers.study import PROJECT_ROOT

DEFINITIONS = PROJECT_ROOT / "data" / "definitions.csv"


def definitions(cohort: Cohort, section: str) -> list[tuple[str, str]]:
    """Term and meaning of the words of one report, in the order of the file.

    A row is left out where a column that it `needs` is recorded in no table of the cohort. {os}, {os_population} and
    {os_clock} in its text become the study's own words, and so for every endpoint.
    """
    words: dict[str, str] = {}
    for key in cohort.study.endpoints:
        about = about_endpoint(cohort.study, key)
        words |= {key: about.label, f"{key}_population": about.population, f"{key}_clock": about.clock}
    with DEFINITIONS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if section in row["section"].split("|")]
    needed = [row for row in rows if all(_recorded(cohort, name) for name in row["needs"].split())]
    return [(row["term"].format_map(words), row["definition"].format_map(words)) for row in needed]


def _recorded(cohort: Cohort, column: str) -> bool:
    """Whether any table of the cohort has values in a column."""
    tables = (cohort.patients, cohort.adverse_events, cohort.blood_counts)
    return any(table is not None and recorded(table, column) for table in tables)
