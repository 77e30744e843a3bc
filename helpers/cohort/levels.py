"""The levels of columns: whether covariates can be used as declared, how levels are shown, and subgroups by one."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from helpers.cohort.dictionary import Column, columns_for
from helpers.cohort.findings import CohortError, Findings
from helpers.cohort.mapping import words_of
from helpers.faults import Fault, list_words, suggest
from helpers.study import Source, Study, keys
from helpers.study.keys import FILE

BASELINE = ("baseline", "product")  # roles of columns that are known at time zero
SUBGROUP_TYPES = ("category", "integer", "number")
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
    """Record a fault for each covariate that is no baseline factor, or whose type or reference does not fit."""
    columns = columns_for(study, "patients")
    for covariate in study.covariates:
        place = f"[[covariates]] {covariate.column}"
        if other := _not_baseline(study, covariate.column, columns):
            read = "an outcome, an event or an id" if other == covariate.column else f"read from the column of {other}"
            remedy = "Name a factor known at time zero; declare what begins later under [[exposures]]."
            findings.fault(f"no baseline factor: {read}", file=FILE, column=place, remedy=remedy)
            continue
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
        elif covariate.kind == "categorical":
            keys.check_most(levels, keys.MOST, f"{place} levels", findings.faults)


def _not_baseline(study: Study, covariate: str, columns: Mapping[str, Column]) -> str:
    """The outcome, event or id that a covariate is, or whose source it shares; "" for a factor known at time zero."""
    own = {item.column for item in study.covariates if not columns[item.column].in_dictionary}
    names = [c.name for c in columns.values() if c.role not in BASELINE and (c.role or c.name not in own)]
    read = _sources(study, covariate)
    shared = (name for name in names if name != "arm" and read & _sources(study, name))
    return covariate if covariate in names else next(shared, "")


def _sources(study: Study, name: str) -> set[str]:
    """The source's columns that a column of patients is read from, in any capitals."""
    source = study.columns["patients"].get(name, Source(column=name))
    return {" ".join(header.casefold().split()) for header in source.source_columns}


def ask_for_arms(study: Study, patients: pd.DataFrame, findings: Findings) -> None:
    """Record a question for the arms that nobody is in, where somebody is in another."""
    there = {*patients["arm"].dropna()} if "arm" in patients else set()
    empty = [arm.key for arm in study.arms if there and arm.key not in there]
    for key in empty:
        problem, remedy = f'nobody is in the arm "{key}"', "Correct its key or the codes of arm, or remove this arm."
        said = {"file": FILE, "problem": problem, "remedy": remedy, "whole": True}
        findings.question("an arm is declared that nobody is in", "[[arms]]", len(study.arms), [1], **said)


def patients_in(patients: pd.DataFrame, subgroup: str, study: Study) -> pd.DataFrame:
    """The patients for whom "column=value" holds, with a new RangeIndex; CohortError when that means nobody.

    The column is one of words or of plain numbers, not a date, a day or a patient's number. Numbers are compared as
    numbers; words as in the files, in any capitals; arms by key or label. Patients without a value are not in the
    subgroup.
    """
    columns = {name: column for name, column in columns_for(study, "patients").items() if column.type in SUBGROUP_TYPES}
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
        value = words_of({}, column.words)(value)
    return cells.astype(str).str.casefold().eq(value.casefold()) & cells.notna()


def _refusal(problem: str, remedy: str) -> CohortError:
    """The error of a subgroup that cannot be made."""
    return CohortError("subgroup", [Fault(problem, "subgroup", remedy.strip())])
