"""Types, codes, ranges and completeness of a table, checked against the dictionary."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.cohort.dates import refusals, to_dates
from helpers.cohort.dictionary import Column
from helpers.cohort.findings import Findings
from helpers.cohort.mapping import Plan
from helpers.cohort.numbers import read_numbers
from helpers.cohort.rules.identity import repeated
from helpers.cohort.texts import REFUSED, Texts, TextTable
from helpers.faults import list_words
from helpers.study import DAYS_PER_MONTH
from helpers.study.letters import look_alike

BEFORE = "Days count from time zero; leave empty what happened before (prior_transplant records a transplant)."
LARGEST = 1e15  # of a number without a limit: what can be squared and summed
LONGEST = 36_499  # days, not a hundred years
CODE = 'Correct it; a code for a missing value can be named in study.toml: missing = ["..."] of the column or file.'
FREE = ("text", "category")  # types of columns that may hold any word
Breaks = Callable[[np.ndarray], np.ndarray]


class Given(NamedTuple):
    """The rows of a table as numbered in the file, and for which of them the source has a cell of a column."""

    rows: np.ndarray
    cells: np.ndarray


Question = tuple[str, Breaks, str, str]  # what is asked, of which values the answer is no, problem and remedy then


def check_line_breaks(read: TextTable, mapped: Mapping[str, Texts], plan: Plan, findings: Findings) -> None:
    """Record a fault for the cells with line breaks in columns of numbers, days, dates, words and ids.

    In a text of the reader's own they may stand; so may they in a code that the study gives a meaning.
    """
    check, problem = "Is written in one line", "a line break inside the cell: a quotation mark opened and not closed?"
    for name, source in plan.sources.items():
        column = plan.columns[name]
        cells = [mapped[name]] if column.type == "category" else [read.columns[part] for part in source.source_columns]
        if column.type == "text" and name != "patient_id":
            continue
        broken = np.logical_or.reduce([part.among(_in_lines(part)) for part in cells if _in_lines(part)])
        if np.any(broken):
            remedy, rows = "Write the cell in one line, or close the quotation mark.", read.rows[broken]
            findings.check(check, name, len(broken), rows, file=plan.file, problem=problem, remedy=remedy)
    findings.passed(check, plan.file, len(read.rows))


def _in_lines(cells: Texts) -> list[str]:
    """The texts with a line break."""
    whole = "".join(cells.texts)
    return [text for text in cells.texts if "\n" in text or "\r" in text] if "\n" in whole or "\r" in whole else []


def typed(
    mapped: Mapping[str, Texts], rows: pd.Index, plan: Plan, findings: Findings, *, time_unit: str
) -> pd.DataFrame:
    """The columns in their types: numbers as floats, dates as datetimes, days in days since time zero.

    Cells that cannot be read become NaN and are recorded as faults.
    """
    columns, file, numbered = plan.columns, plan.file, rows.to_numpy()
    numbers = {name: cells for name, cells in mapped.items() if columns[name].is_number}
    percent = [name for name in numbers if columns[name].unit == "%"]
    read, frame = read_numbers(numbers, plan.numbers, percent), {}
    for name, cells in mapped.items():
        column, source = columns[name], plan.sources.get(name)
        if column.type in ("text", "category"):
            frame[name] = cells.values()
            continue
        checked, is_date = int(cells.given.sum()), column.type == "date"
        frame[name] = to_dates(cells) if is_date else read[name].values
        asked, refused = ("Is a date", refusals(cells)) if is_date else ("Is a number", read[name].refusals())
        findings.refused(asked, name, checked, numbered, file=file, refusals=refused)
        if is_date or source is None:
            continue
        for what, count in read[name].changes.items():
            findings.changed(what, count, file=file, column=source.column or source.time)
        if column.type == "day" and not source.date and (source.unit or time_unit) == "months":
            frame[name] = frame[name] * DAYS_PER_MONTH
    return pd.DataFrame(frame, index=rows)


def check_columns(frame: pd.DataFrame, given: pd.DataFrame, plan: Plan, findings: Findings) -> dict[str, np.ndarray]:
    """By column, True for each cell that breaks its code, range or completeness; all are recorded as faults.

    `given` is True where the source has a value, so that a cell that could not be read is not called empty too.
    """
    rows = frame.index.to_numpy()
    return {
        name: _check_column(name, cells.to_numpy(), Given(rows, given[name].to_numpy()), plan, findings)
        for name, cells in frame.items()
    }


def _check_column(name: str, values: np.ndarray, given: Given, plan: Plan, findings: Findings) -> np.ndarray:
    """True for each cell of a column that breaks a rule of it."""
    column, broken, checked = plan.columns[name], ~given.cells, int(given.cells.sum())
    known = ~pd.isna(values)
    if values.dtype == object:
        known &= values != REFUSED
    if column.required == "every row":
        check, problem, empty = "Is given in every row", "empty, but needed in every row", given.rows[broken]
        findings.check(check, name, len(values), empty, file=plan.file, problem=problem, remedy="Give the value.")
    else:
        broken = np.zeros(len(values), bool)
    for check, breaks, problem, remedy in _questions(column):
        wrong = np.zeros(len(values), bool)
        with np.errstate(invalid="ignore"):  # of infinite numbers
            wrong[known] = breaks(values[known])
        findings.check(check, name, checked, given.rows[wrong], file=plan.file, problem=problem, remedy=remedy)
        broken |= wrong
    return broken


def _questions(column: Column) -> Iterator[Question]:
    """What is asked of a column's cells: uniqueness, allowed words, allowed range, whole numbers."""
    if (column.table, column.name) == ("patients", "patient_id"):
        problem = "the same patient more than once"
        remedy = "Keep one row per patient; capitals, blanks, unseen signs and a last .0 make no other id."
        yield "Is different in every row", repeated, problem, remedy
    elif column.type in FREE and column.name != "patient_id" and not column.words:
        remedy = "Type them alike; they differ in blanks, capitals, or letters that look the same."
        yield "Looks like no other word", _looks_like_another, "looks like another word of the column", remedy
    if column.words:
        remedy = f"Use one of {list_words(column.words)}, or map the source's codes in study.toml."
        problem, words = "not one of the allowed words", {*column.words}
        yield (
            "Is one of the allowed words",
            lambda cells: np.array([x not in words for x in cells], bool),
            problem,
            remedy,
        )
    low, high = column.low, column.high
    if low is not None:
        problem = "negative" if low == 0 else f"below {low:g}"
        remedy = f"Allowed: {column.allowed}{' ' + column.unit if column.unit else ''}. Correct it or leave it empty."
        remedy = BEFORE if column.type == "day" else remedy
        yield "Is not below the allowed range", lambda numbers: numbers < low, problem, remedy
    if column.is_number:
        most = high if high is not None else LONGEST if column.unit == "days" else LARGEST
        allowed = f"Allowed: {column.allowed}. " if column.allowed else ""
        unit = f"the unit ({column.unit})" if column.unit and column.type != "integer" else "the number"
        problem = f"infinite, or beyond {LARGEST:g}"
        remedy = f"{allowed}Check {unit}; a code for a missing value goes under missing."
        if high is not None:
            problem = f"above {high:g}"
        elif most == LONGEST:
            problem, remedy = "a hundred years or more", CODE
        yield "Is not above the allowed range", lambda numbers: (numbers > most) | (numbers < -LARGEST), problem, remedy
    if column.type == "integer":
        problem, remedy = "not a whole number", "Give a whole number."
        yield "Is a whole number", lambda numbers: numbers % 1 != 0, problem, remedy


def _looks_like_another(cells: np.ndarray) -> np.ndarray:
    """True for each word that a reader cannot tell from a different one of the column."""
    column = Texts.of(cells)
    return column.among(look_alike(column.texts))
