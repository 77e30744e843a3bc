"""Types, codes, ranges and completeness of a table, checked with pandera against the dictionary."""

import numpy as np
import pandas as pd
import pandera.pandas as pa

from helpers.cohort.dictionary import Column
from helpers.cohort.findings import Findings
from helpers.cohort.mapping import Plan, to_dates
from helpers.faults import list_words
from helpers.study import DAYS_PER_MONTH

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
            frame[name] = cells.astype(object)
            continue
        is_date = column.type == "date"
        frame[name] = to_dates(cells) if is_date else _to_numbers(cells)
        check, problem, remedy = DATE if is_date else NUMBER
        unread = text.index[cells.notna() & frame[name].isna()]
        findings.check(check, name, cells.count(), unread, file=plan.file, problem=problem, remedy=remedy)
        source = plan.sources[name]
        if column.type == "day" and not source.date and (source.unit or time_unit) == "months":
            frame[name] = frame[name] * DAYS_PER_MONTH
    return pd.DataFrame(frame, index=text.index)


def _to_numbers(cells: pd.Series) -> pd.Series:
    """Numbers; NaN where the text is none."""
    codes, texts = pd.factorize(cells)
    numbers = pd.to_numeric(pd.Series([*texts, np.nan], dtype=object), errors="coerce").to_numpy(dtype=float)
    return pd.Series(numbers[codes], index=cells.index)


def check_columns(frame: pd.DataFrame, given: pd.DataFrame, plan: Plan, findings: Findings) -> dict[str, pd.Series]:
    """By column, True for each cell that breaks its code, range or completeness; all are recorded as faults.

    `given` is True where the source has a value, so that a cell that could not be read is not called empty too.
    """
    return {name: _check_column(cells, given[name], plan, findings) for name, cells in frame.items()}


def _check_column(cells: pd.Series, given: pd.Series, plan: Plan, findings: Findings) -> pd.Series:
    """True for each cell of a column that breaks a rule of it."""
    name, column, broken = str(cells.name), plan.columns[str(cells.name)], pd.Series(False, index=cells.index)
    if column.required == "every row":
        check, problem = "Is given in every row", "empty, but needed in every row"
        empty = cells.index[~given]
        findings.check(check, name, len(cells), empty, file=plan.file, problem=problem, remedy="Give the value.")
        broken |= ~given
    for asked, problem, remedy in _questions(column):
        answers = asked(cells.dropna()).check_output
        rows = answers.index[~answers.to_numpy(dtype=bool)]
        findings.check(str(asked.error), name, given.sum(), rows, file=plan.file, problem=problem, remedy=remedy)
        broken[rows] = True
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
