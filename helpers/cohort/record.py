"""What was read from the file of one table, column by column, and what was not."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from helpers.cohort.findings import QUESTION, Findings
from helpers.cohort.mapping import Plan
from helpers.cohort.near import near_columns
from helpers.cohort.reading import SourceFile
from helpers.cohort.texts import Texts, TextTable
from helpers.faults import Fault
from helpers.study import Source
from helpers.study.definition import SECTIONS

COLUMN, ALMOST = "column", "columns that are not read are called almost like some that are not recorded"
VALUE = re.compile(r"[-+]?[\d.,:/\s-]*\d[\d.,:/\s-]*\Z")  # a number or a date: no name of a column


@dataclass(frozen=True)
class ColumnRead:
    """A canonical column: where it was read from, in words, and how many rows have a value, and its distinct values."""

    column: str
    label: str
    type: str
    unit: str
    source: str
    given: int
    missing: int
    distinct: int
    median: float | None = None  # of numbers, in the unit; none of few

    @property
    def middle(self) -> str:
        """The median as it is printed."""
        return "" if self.median is None else f"{self.median:,g}"


@dataclass(frozen=True)
class NotRead:
    """Something that is not read: a column, a sheet, a file; and what it may be meant for, "" when that is unknown."""

    kind: str
    name: str
    reason: str
    near: str = ""


@dataclass(frozen=True)
class TableRead:
    """A file that was read: how it was understood, its rows and columns, and what of it was not read."""

    table: str
    file: str
    understood: tuple[str, ...]
    rows: int
    unchosen_rows: int
    blank_rows: int
    columns: tuple[ColumnRead, ...]
    not_recorded: tuple[str, ...]
    not_read: tuple[NotRead, ...]


def table_read(table: str, source: SourceFile, plan: Plan, text: TextTable, mapped: Mapping[str, Texts]) -> TableRead:
    """The account of one table, from what reading it has made."""
    left = unread(source, plan)
    absent = [c for name, c in plan.columns.items() if name not in plan.sources and c.required == "no"]
    near, reason = near_columns(left, absent), "named neither in study.toml nor in the codebook"
    return TableRead(
        table,
        source.name,
        source.raw.said,
        len(text.rows),
        text.unchosen,
        text.blank,
        columns=tuple(_column_read(name, plan, cells) for name, cells in mapped.items()),
        not_recorded=tuple(column.name for column in absent if column.name not in mapped),
        not_read=(
            *(NotRead(item.kind, item.name, item.reason) for item in source.raw.left_out),
            *(NotRead(COLUMN, name, reason, near.get(name, "")) for name in left),
        ),
    )


def ask_for_columns(read: TableRead, header_row: int, findings: Findings) -> None:
    """Record a question for each column that is not read although it is nearly called like one not recorded."""
    near = [item for item in read.not_read if item.near]
    if near:
        columns = sum(item.kind == COLUMN for item in read.not_read)
        findings.checks.append((QUESTION, ALMOST, read.file, columns, len(near)))
    for name, meant in ((item.name, item.near) for item in near):
        place = f"map {meant} = {json.dumps(name, ensure_ascii=False)} in study.toml [{SECTIONS[read.table]}]"
        remedy = f"Did you mean {meant}? Rename the column, or {place}."
        problem = f"this column is not read, and {meant} is not recorded"
        findings.questions.append(Fault(problem, read.file, remedy, rows=(header_row,), column=name))


def unread(source: SourceFile, plan: Plan) -> list[str]:
    """The names of the columns that are not read; a name that looks like a value is not said."""
    used = {*map(source.position, [*plan.source_columns, *source.source.where])}
    left = [(place, name) for place, name in enumerate(source.header) if place not in used]
    hidden = any(map(VALUE.match, source.header)) and not plan.source_columns  # a table without a header
    return [f"column {place + 1}" if hidden or not name or VALUE.match(name) else name for place, name in left]


def _column_read(name: str, plan: Plan, cells: Texts) -> ColumnRead:
    """The account of one column."""
    column, given = plan.columns[name], int(np.count_nonzero(cells.given))
    without = "no column: all are in the one arm" if name == "arm" else "what other columns say"
    said = source_said(plan.sources[name]) if name in plan.sources else without
    facts = (column.name, column.label, column.type, column.unit, said)
    return ColumnRead(*facts, given, len(cells.codes) - given, cells.distinct)


def source_said(source: Source) -> str:
    """Where a column comes from, in words."""
    if source.row_number:
        return "the number of the row"
    dated = " (a date)" * bool(source.date)
    event = f" where {source.event}" if source.event else ""
    codes = " (codes mapped)" if source.values else ""
    unit = f", in {source.unit}" if source.unit else ""
    return f"{source.column or source.time or source.date}{dated}{event}{codes}{unit}"
