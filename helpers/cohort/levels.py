"""The levels of columns of words: whether covariates can be used as declared, and how levels are shown."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from helpers.cohort.dictionary import columns_for
from helpers.cohort.findings import Findings
from helpers.faults import list_words
from helpers.study import Study
from helpers.study.keys import FILE

READ_AS_CODES = ("response",)  # the definitions of remission compare its codes


def with_labels(study: Study, patients: pd.DataFrame) -> tuple[Study, pd.DataFrame]:
    """The study and its patients with the reader's labels in place of code words, in the dictionary's order.

    "dac_fc" becomes "DAC + FC" among the patients and as a covariate's reference. Labelled columns become ordered
    categories of the levels that occur; words without a label, and all columns that a study declares, stay.
    """
    columns = columns_for(study, "patients")
    names = [name for name in patients if name in columns and name not in READ_AS_CODES]
    readable = {name: columns[name].readable for name in names if columns[name].readable}
    covariates = tuple(
        replace(item, reference=readable.get(item.column, {}).get(item.reference, item.reference))
        for item in study.covariates
    )
    patients = patients.copy()
    for name, labels in readable.items():
        levels = pd.CategoricalDtype(list(labels.values()), ordered=True)
        patients[name] = patients[name].map(labels).astype(levels).cat.remove_unused_categories()
    return replace(study, covariates=covariates), patients


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
        if is_number or covariate.kind == "continuous" or covariate.column not in patients:
            continue
        words = columns[covariate.column].words
        levels = list(words) or sorted(patients[covariate.column].dropna().unique())
        if covariate.reference not in levels:
            remedy = f"Use one of {list_words(words)}." if words else "Name a level that occurs in the column."
            findings.fault("the reference is not a level of the column", file=FILE, column=place, remedy=remedy)
        if covariate.kind == "binary" and len(levels) > 2:
            remedy = 'Declare it as "categorical", or map its codes to two words in [columns].'
            findings.fault(f"declared as binary but has {len(levels)} levels", file=FILE, column=place, remedy=remedy)
