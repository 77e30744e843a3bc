"""What the words of a report mean for one study: the rows of data/definitions.csv that its data need."""

import csv
import re
from collections.abc import Mapping

from helpers.cohort.endpoints import about_endpoint, recorded
from helpers.cohort.load import Cohort
from helpers.cohort.views import responses
from helpers.study import PROJECT_ROOT
from helpers.study.response import FAILED, PARTIAL
from helpers.study.wording import reworded

OTHER_DISEASES = {"scr", *PARTIAL, *FAILED} - {"nr"}  # words of the response that acute leukaemia does not have
DEFINITIONS = PROJECT_ROOT / "data" / "definitions.csv"


def definitions(cohort: Cohort, section: str) -> list[tuple[str, str]]:
    """Term and meaning of the words of one report, in the order of the file.

    A row is left out where a column that it `needs` is recorded in no table of the cohort. {os}, {os_population} and
    {os_clock} in its text become the study's own words, and so for every endpoint. It may need several_arms too,
    or acute_leukaemia or other_disease: what the words of the response tell.
    """
    response, occurring = cohort.study.response, responses(cohort)
    said = {old: new.replace("{", "{{").replace("}", "}}") for old, new in response.words(occurring).items()}
    words: dict[str, str] = {"counted": response.listed(occurring)}
    for key in cohort.study.endpoints:
        about = about_endpoint(cohort.study, key)
        words |= {key: about.label, f"{key}_population": about.population, f"{key}_clock": about.clock}
    with DEFINITIONS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if section in row["section"].split("|")]
    off = {f"{{{endpoint.key}}}" for endpoint in cohort.study.switched_off}
    rows = [row for row in rows if row["term"] not in off]
    needed = [row for row in rows if all(_holds(cohort, need) for need in row["needs"].split())]
    texts = [[_said(row[name], said).format_map(words) for name in ("term", "definition")] for row in needed]
    return [(term, meaning) for term, meaning in texts]


def _said(text: str, words: Mapping[str, str]) -> str:
    """A text in other words, but for the names in braces."""
    return "".join(part if part[:1] == "{" else reworded(part, words) for part in re.split(r"(\{\w+\})", text))


def _holds(cohort: Cohort, need: str) -> bool:
    """Whether a table of the cohort has values in a column, or what else a definition needs is so."""
    if need == "several_arms":
        return len(cohort.study.arms) > 1
    if need in ("acute_leukaemia", "other_disease"):
        other = OTHER_DISEASES & (responses(cohort) | {*cohort.study.response.remission})
        return bool(other) == (need == "other_disease")
    return _recorded(cohort, need)


def _recorded(cohort: Cohort, column: str) -> bool:
    """Whether any table of the cohort has values in a column."""
    tables = (cohort.patients, cohort.adverse_events, cohort.blood_counts)
    return any(table is not None and recorded(table, column) for table in tables)
