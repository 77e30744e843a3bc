"""A subgroup of the patients by one declared column."""

from __future__ import annotations

import pandas as pd

from helpers.cohort.dictionary import columns_for
from helpers.cohort.findings import CohortError
from helpers.cohort.mapping import to_words
from helpers.faults import Fault, suggest
from helpers.study import Study


def patients_in(patients: pd.DataFrame, subgroup: str, study: Study) -> pd.DataFrame:
    """The patients for whom "column=value" holds, with a new RangeIndex; CohortError when that means nobody.

    Numbers are compared as numbers; words as in the files, in any capitals; arms by key or label. Patients
    without a value are not in the subgroup.
    """
    column, sign, value = (part.strip() for part in subgroup.partition("="))
    allowed = [name for name in patients if name in columns_for(study, "patients")]
    if not sign or not value or column not in allowed:
        raise _refusal("not a declared column and a value", f"Write column=value. {suggest(column, allowed)}")
    kept = patients[_matches(patients, column, value, study)].reset_index(drop=True)
    if kept.empty:
        raise _refusal("no patient is in it", f"Check the value: the words of {column} are in data/README.md.")
    return kept


def _matches(patients: pd.DataFrame, column: str, value: str, study: Study) -> pd.Series:
    """True for the patients whose column has the value."""
    if pd.api.types.is_numeric_dtype(patients[column]):
        number = pd.to_numeric(value, errors="coerce")
        return patients[column] == number
    if column == "arm":
        labels = {arm.key.casefold(): arm.label for arm in study.arms}
        value = labels.get(value.casefold(), value)
        return patients["arm"].astype(str).str.casefold() == value.casefold()
    words = columns_for(study, "patients")[column].words
    word = to_words(pd.Series([value], dtype=object), {}, words).iloc[0]
    return patients[column].astype(str).str.casefold().eq(word.casefold()) & patients[column].notna()


def _refusal(problem: str, remedy: str) -> CohortError:
    """The error of a subgroup that cannot be made."""
    return CohortError("Subgroup", [Fault(problem, "subgroup", remedy.strip())])
