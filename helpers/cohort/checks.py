"""Types, codes, ranges and completeness of a table, checked with pandera against the dictionary."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pandera.pandas as pa

from helpers.cohort.dictionary import Column
from helpers.cohort.findings import Findings
from helpers.cohort.mapping import Plan, to_dates
from helpers.faults import list_words
from helpers.study import DAYS_PER_MONTH

DTYPES = {"integer": "float64", "number": "float64", "day": "float64", "date": "datetime64[ns]"}
# Check, problem and remedy of cells that cannot be read.
DATE = ("Is a date", "not a date", "Write dates as YYYY-MM-DD.")
NUMBER = ("Is a number", "not a number", "Write a plain number, or leave the cell empty when it is not known.")
Question = tuple[pa.Check, str, str]  # what is asked, and the problem and the remedy where the answer is no


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
        is_date = column.type == "date"
        frame[name] = to_dates(cells) if is_date else pd.to_numeric(cells, errors="coerce").astype("float64")
        check, problem, remedy = DATE if is_date else NUMBER
        unread = text.index[cells.notna() & frame[name].isna()]
        findings.check(check, name, cells.count(), unread, file=plan.file, problem=problem, remedy=remedy)
        source = plan.sources[name]
        if column.type == "day" and not source.date and (source.unit or time_unit) == "months":
            frame[name] = frame[name] * DAYS_PER_MONTH
    return pd.DataFrame(frame, index=text.index)


def check_columns(frame: pd.DataFrame, given: pd.DataFrame, plan: Plan, findings: Findings) -> pd.DataFrame:
    """True for each cell that breaks its column's type, code, range or completeness; all are recorded as faults.

    `given` is True where the source has a value, so that a cell that could not be read is not called empty too.
    """
    questions = {name: _questions(plan.columns[name]) for name in frame}
    failed = _failures(frame, plan, questions)
    broken = pd.DataFrame(False, index=frame.index, columns=frame.columns)
    for name in frame:
        empty = frame.index[~given[name]]
        if plan.columns[name].required == "every row":
            check, problem = "Is given in every row", "empty, but needed in every row"
            findings.check(check, name, len(frame), empty, file=plan.file, problem=problem, remedy="Give the value.")
            broken.loc[empty, name] = True
        for asked, problem, remedy in questions[name]:
            check, checked = str(asked.error), given[name].sum()
            rows = failed.get((name, check), empty[:0])
            findings.check(check, name, checked, rows, file=plan.file, problem=problem, remedy=remedy)
            broken.loc[rows, name] = True
    return broken


def _questions(column: Column) -> list[Question]:
    """What is asked of a column's cells: uniqueness, allowed words, allowed range, whole numbers."""
    questions = []
    if (column.table, column.name) == ("patients", "patient_id"):
        check = pa.Check(lambda cells: ~cells.duplicated(keep=False), error="Is different in every row")
        questions.append((check, "the same patient more than once", "Keep one row per patient."))
    if column.words:
        remedy = f"Use one of {list_words(column.words)}, or map the source's codes in study.toml."
        check = pa.Check.isin(column.words, error="Is one of the allowed words")
        questions.append((check, "not one of the allowed words", remedy))
    if column.low is not None:
        problem = "negative" if column.low == 0 else f"below {column.low:g}"
        remedy = f"Allowed: {column.allowed}{' ' + column.unit if column.unit else ''}. Correct it or leave it empty."
        before = "Days count from time zero; leave empty what happened before (prior_transplant records a transplant)."
        check = pa.Check.ge(column.low, error="Is not below the allowed range")
        questions.append((check, problem, before if column.type == "day" else remedy))
    if column.is_number:
        high = np.finfo(float).max if column.high is None else column.high  # never infinite
        problem = "not a finite number" if column.high is None else f"above {column.high:g}"
        remedy = f"Allowed: {column.allowed}. Check the unit ({column.unit or 'none'})."
        questions.append((pa.Check.le(high, error="Is not above the allowed range"), problem, remedy))
    if column.type == "integer":
        check = pa.Check(lambda numbers: numbers % 1 == 0, error="Is a whole number")
        questions.append((check, "not a whole number", "Give a whole number."))
    return questions


def _failures(
    frame: pd.DataFrame, plan: Plan, questions: Mapping[str, list[Question]]
) -> dict[tuple[str, str], pd.Index]:
    """The rows (index labels) that fail each check, by column and check."""
    columns = {}
    for name in frame:
        dtype = DTYPES.get(plan.columns[name].type, "object")
        columns[name] = pa.Column(dtype, [check for check, _, _ in questions[name]], nullable=True)
    try:
        pa.DataFrameSchema(columns).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        groups = errors.failure_cases.groupby(["column", "check"])["index"]
        return {key: pd.Index(sorted(set(rows.astype(int)))) for key, rows in groups}
    return {}
