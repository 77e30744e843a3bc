"""Types, codes, ranges and completeness of a table, checked with pandera against the dictionary."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pandera.pandas as pa

from helpers.cohort.dictionary import Column
from helpers.cohort.findings import Findings
from helpers.cohort.mapping import Plan, to_dates
from helpers.faults import list_words
from helpers.study import DAYS_PER_MONTH, Source

DTYPES = {"integer": "float64", "number": "float64", "day": "float64", "date": "datetime64[ns]"}
UNIQUE = ("patients", "patient_id")


def typed(text: pd.DataFrame, plan: Plan, findings: Findings, *, time_unit: str) -> pd.DataFrame:
    """The columns in their types: numbers as floats, dates as datetimes, days in days since time zero.

    Cells that cannot be read become NaN and are recorded as faults.
    """
    frame = {}
    for name, cells in text.items():
        column = plan.columns[name]
        if column.type in ("text", "category"):
            frame[name] = cells
            continue
        convert, check, problem, remedy = CONVERSIONS["date" if column.type == "date" else "number"]
        frame[name], given = convert(cells), cells.notna()
        bad = text.index[given & frame[name].isna()]
        findings.check(check, name, int(given.sum()), bad, file=plan.file, problem=problem, remedy=remedy)
        if column.type == "day" and _in_months(plan.sources[name], time_unit):
            frame[name] = frame[name] * DAYS_PER_MONTH
    return pd.DataFrame(frame, index=text.index)


def _in_months(source: Source, time_unit: str) -> bool:
    """True when a source's days are in months."""
    return not source.date and (source.unit or time_unit) == "months"


def check_columns(frame: pd.DataFrame, given: pd.DataFrame, plan: Plan, findings: Findings) -> pd.DataFrame:
    """True for each cell that breaks its column's type, code, range or completeness; all are recorded as faults.

    `given` is True where the source has a value, so that a cell that could not be read is not called empty too.
    """
    schema = pa.DataFrameSchema({name: _schema(plan.columns[name]) for name in frame})
    failed = _failures(schema, frame)
    broken = pd.DataFrame(False, index=frame.index, columns=frame.columns)
    for name in frame:
        for check, problem, remedy in _questions(plan.columns[name]):
            rows = failed.get((name, check), frame.index[:0])
            checked = int(given[name].sum())
            if check == "given":
                rows, checked = frame.index[~given[name]], len(frame)
            findings.check(CHECKS[check], name, checked, rows, file=plan.file, problem=problem, remedy=remedy)
            broken.loc[rows, name] = True
    return broken


CHECKS = {
    "given": "Is given in every row",
    "field_uniqueness": "Is different in every row",
    "words": "Is one of the allowed words",
    "low": "Is not below the allowed range",
    "high": "Is not above the allowed range",
    "whole": "Is a whole number",
}


def _schema(column: Column) -> pa.Column:
    """The pandera column: type, allowed words or range, uniqueness."""
    checks = []
    if column.words:
        checks.append(pa.Check.isin(column.words, error="words"))
    if column.low is not None:
        checks.append(pa.Check.ge(column.low, error="low"))
    if column.is_number:
        high = np.finfo(float).max if column.high is None else column.high  # never infinite
        checks.append(pa.Check.le(high, error="high"))
    if column.type == "integer":
        checks.append(pa.Check(lambda numbers: numbers % 1 == 0, error="whole"))
    unique = (column.table, column.name) == UNIQUE
    return pa.Column(DTYPES.get(column.type, "object"), checks, nullable=True, unique=unique)


def _questions(column: Column) -> list[tuple[str, str, str]]:
    """The checks that a column's schema asks, each with the problem and the remedy in words."""
    questions = []
    if column.required == "every row":
        questions.append(("given", "empty, but needed in every row", "Give the value."))
    if (column.table, column.name) == UNIQUE:
        questions.append(("field_uniqueness", "the same patient more than once", "Keep one row per patient."))
    if column.words:
        remedy = f"Use one of {list_words(column.words)}, or map the source's codes in study.toml."
        questions.append(("words", "not one of the allowed words", remedy))
    if column.low is not None:
        problem = "negative" if column.low == 0 else f"below {column.low:g}"
        remedy = f"Allowed: {column.allowed}{' ' + column.unit if column.unit else ''}. Correct it or leave it empty."
        questions.append(("low", problem, _time_remedy(column) or remedy))
    if column.is_number:
        problem = "not a finite number" if column.high is None else f"above {column.high:g}"
        questions.append(("high", problem, f"Allowed: {column.allowed}. Check the unit ({column.unit or 'none'})."))
    if column.type == "integer":
        questions.append(("whole", "not a whole number", "Give a whole number."))
    return questions


def _time_remedy(column: Column) -> str:
    """What to do about a day before time zero."""
    if column.type != "day":
        return ""
    return "Days count from time zero; leave empty what happened before (prior_transplant records a transplant)."


def _failures(schema: pa.DataFrameSchema, frame: pd.DataFrame) -> dict[tuple[str, str], pd.Index]:
    """The rows (index labels) that fail each (column, check)."""
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        groups = cases.groupby(["column", "check"])["index"]
        return {key: pd.Index(sorted(set(rows.astype(int)))) for key, rows in groups}
    return {}


def _numbers(cells: pd.Series) -> pd.Series:
    """The cells as floats; NaN where the text is no number."""
    return pd.to_numeric(cells, errors="coerce").astype("float64")


CONVERSIONS = {
    "date": (to_dates, "Is a date", "not a date", "Write dates as YYYY-MM-DD."),
    "number": (
        _numbers,
        "Is a number",
        "not a number",
        "Write a plain number, or leave the cell empty when it is not known.",
    ),
}
