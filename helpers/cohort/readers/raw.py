"""A table as its file holds it: what every reader returns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import numpy as np

from helpers.cohort.findings import Findings
from helpers.cohort.texts import Texts
from helpers.study import FileSource
from helpers.study.letters import spell

FIRST_ROW = 2  # the header is row 1
MISSING = frozenset({"", "na", "n/a", "nan", "null", ".", "<na>", "nat", "#n/a", "#null!"})  # the last: of Excel, SPSS
NEVER_STORED = "#FORMULA!"  # stands in a cell whose formula has no value


@dataclass(frozen=True)
class LeftOut:
    """Something that a file holds and that is not read: a sheet, an instrument, a field."""

    kind: str
    name: str
    reason: str


@dataclass(frozen=True)
class RawTable:
    """The header of a table and a way to read some of its columns, by their places in the header.

    `rows` are the numbers of its rows in the file, consecutive from FIRST_ROW unless given. `said` tells how the file
    was understood ("semicolons", "Windows-1252"), `left_out` what of it is not read. `labels` are the labels that the
    file gives to columns. `changes` tells by place, once a column is read, what was done to how many of its cells.
    By column, where an export tells: `choices` are the words put in place of codes, `odd` the rows whose cell is none
    of these codes, `missing` the codes for a missing value, and `units` the unit of times, days or months.
    """

    header: tuple[str, ...]
    read: Callable[[list[int]], dict[int, Texts]]
    rows: np.ndarray | None = None
    said: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    decimal: str = ""
    changes: dict[int, dict[str, int]] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    odd: Mapping[str, np.ndarray] = field(default_factory=dict)
    missing: Mapping[str, frozenset[str]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)


Reader = Callable[[Path, FileSource, Findings], RawTable]


def cleaned(cells: Texts, missing: frozenset[str] = MISSING) -> Texts:
    """The cells as stripped text, without those that say that nothing is known."""

    def clean(cell: object) -> str | None:
        text = as_text(cell)
        return None if text.casefold() in missing else text

    return cells.each(clean)


def check_twice(header: tuple[str, ...], file: str, findings: Findings, row: int = 1) -> None:
    """Record a fault for each column whose name another one before it has; `row` is that of the header."""
    for number, name in enumerate(header, start=1):
        if name and name in header[: number - 1]:
            problem = f"the header is the same as that of column {header.index(name) + 1}"
            remedy = "Rename or remove one of the two."
            findings.fault(problem, file=file, rows=(row,), column=f"column {number}", remedy=remedy)


def as_text(cell: object) -> str:
    """One cell as text: in one spelling, dates in ISO form, whole floats without their point."""
    if isinstance(cell, str):
        return spell(cell).strip()
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else str(float(cell))
    return "" if cell is None else str(cell)
