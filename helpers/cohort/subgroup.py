"""A subgroup of the patients by one declared column."""

from __future__ import annotations

import pandas as pd

from helpers.cohort.dictionary import Column, columns_for
from helpers.cohort.findings import CohortError
from helpers.cohort.mapping import to_words
from helpers.faults import Fault, list_words, suggest
from helpers.study import Study

TYPES = ("category", "integer", "number")


def patients_in(patients: pd.DataFrame, subgroup: str, study: Study) -> pd.DataFrame:
    """The patients for whom "column=value" holds, with a new RangeIndex; CohortError when that means nobody.

    The column is one of words or of plain numbers, not a date, a day or a patient's number. Numbers are compared as
    numbers; words as in the files, in any capitals; arms by key or label. Patients without a value are not in the
    subgroup.
    """
    columns = {name: column for name, column in columns_for(study, "patients").items() if column.type in TYPES}
    allowed = {name: columns[name] for name in patients if name in columns}
    name, _, value = (part.strip() for part in subgroup.partition("="))
    if name not in allowed:
        remedy = f"{suggest(name, allowed)} Write column=value; the columns are {', '.join(allowed)}."
        raise _refusal(f'this cohort has no column "{name}" to choose by', remedy)
    if not value:
        raise _refusal(f'"{subgroup}" is not column=value', _advice(patients, allowed[name]))
    matches = _matches(patients, allowed[name], value, study)
    if not matches.any():
        raise _refusal(f'no patient has {name} "{value}"', _advice(patients, allowed[name]))
    return patients[matches].reset_index(drop=True)


def _advice(patients: pd.DataFrame, column: Column) -> str:
    """What may stand after "column="; the levels of a column of words, but no number of a patient."""
    if column.is_number:
        return f"{column.name} holds numbers: write {column.name}=NUMBER, or choose by a column of words."
    words = list(column.words) or sorted(patients[column.name].dropna().unique())
    return f"Write for example {column.name}={words[0]}; its words are {list_words(words)}."


def _matches(patients: pd.DataFrame, column: Column, value: str, study: Study) -> pd.Series:
    """True for the patients whose column has the value."""
    cells = patients[column.name]
    if pd.api.types.is_numeric_dtype(cells):
        return cells == pd.to_numeric(value, errors="coerce")
    if column.name == "arm":
        value = {arm.key.casefold(): arm.label for arm in study.arms}.get(value.casefold(), value)
    else:
        value = to_words(pd.Series([value], dtype=object), {}, column.words).iloc[0]
    return cells.astype(str).str.casefold().eq(value.casefold()) & cells.notna()


def _refusal(problem: str, remedy: str) -> CohortError:
    """The error of a subgroup that cannot be made."""
    return CohortError("subgroup", [Fault(problem, "subgroup", remedy.strip())])
