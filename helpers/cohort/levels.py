"""Whether the covariates that a study declares can be used as declared."""

from __future__ import annotations

import pandas as pd

from helpers.cohort.dictionary import columns_for
from helpers.cohort.findings import Findings
from helpers.faults import list_words
from helpers.study import Covariate, Study

FILE = "study.toml"


def check_covariates(study: Study, patients: pd.DataFrame, findings: Findings) -> None:
    """Record a fault for each covariate whose declared type or reference does not fit its column."""
    columns = columns_for(study, "patients")
    for covariate in study.covariates:
        place = f"[[covariates]] {covariate.column}"
        is_number = columns[covariate.column].is_number
        if is_number != (covariate.kind == "continuous"):
            problem = f"declared as {covariate.kind}, but the column holds {'numbers' if is_number else 'words'}"
            remedy = f"Declare it as {'continuous' if is_number else 'binary or categorical'}."
            findings.fault(problem, file=FILE, column=place, remedy=remedy)
        elif not is_number and covariate.column in patients:
            _check_levels(covariate, columns[covariate.column].words, patients, findings, place)


def _check_levels(
    covariate: Covariate, words: tuple[str, ...], patients: pd.DataFrame, findings: Findings, place: str
) -> None:
    """Record a fault when the reference is no level, or a binary covariate has more than two."""
    levels = list(words) or sorted(patients[covariate.column].dropna().unique())
    if covariate.reference not in levels:
        remedy = f"Use one of {list_words(words)}." if words else "Name a level that occurs in the column."
        findings.fault("the reference is not a level of the column", file=FILE, column=place, remedy=remedy)
    if covariate.kind == "binary" and len(levels) > 2:
        remedy = 'Declare it as "categorical", or map its codes to two words in [columns].'
        findings.fault(f"declared as binary but has {len(levels)} levels", file=FILE, column=place, remedy=remedy)
