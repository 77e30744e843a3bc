"""Exports that become a table only when rows or files are put together: their files, read whole."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from helpers.cohort.dates import read_dates, to_dates
from helpers.cohort.findings import Findings
from helpers.cohort.identifiers import NUMBER, identifier_kind
from helpers.cohort.readers.raw import FIRST_ROW, LeftOut, RawTable, check_twice, cleaned
from helpers.cohort.texts import Texts
from helpers.study import FileSource

NAMES_SHOWN = 12
DAY_0_OF_SAS, SERIAL = np.datetime64("1960-01-01"), 10_000  # fewer can be a year


class UnusableError(Exception):
    """An export that cannot be put together; the faults are recorded."""


@dataclass(frozen=True)
class Part:
    """One file of an export: its name, its columns as the file has them, and the numbers of its rows there."""

    name: str
    columns: Mapping[str, Texts]
    rows: np.ndarray
    raw: RawTable

    @classmethod
    def of(cls, name: str, raw: RawTable, findings: Findings) -> "Part":
        """All that a file holds; a fault for each column that is there twice."""
        check_twice(raw.header, name, findings)
        cells = raw.read([*range(len(raw.header))])
        size = len(next(iter(cells.values())).codes) if cells else 0
        rows = np.arange(FIRST_ROW, FIRST_ROW + size) if raw.rows is None else np.asarray(raw.rows)
        return cls(name, {column: cells[at] for at, column in enumerate(raw.header) if column}, rows, raw)

    def named(self, column: str) -> str:
        """A column's name as the file writes it, in any capitals; "" when it has none."""
        return next((name for name in self.columns if name.strip().casefold() == column.casefold()), "")

    def texts(self, column: str) -> Texts:
        """A column as stripped text, missing cells empty; all are when the file does not have it."""
        name = self.named(column)
        return cleaned(self.columns[name]) if name else Texts(np.full(len(self.rows), -1), ())

    def table(self, columns: Mapping[str, Texts], said: Iterable[str], left_out: Iterable[LeftOut]) -> RawTable:
        """The columns as a raw table, with what the file's own reader said; a row for each of the file's."""
        header = tuple(columns)

        def read(places: list[int]) -> dict[int, Texts]:
            return {place: columns[header[place]] for place in places}

        words, gone = (*self.raw.said, *said), (*self.raw.left_out, *left_out)
        changes = {header.index(name): done for name, done in self.changes.items() if name in header}
        table = replace(self.raw, header=header, read=read, rows=self.rows)
        return replace(table, said=words, left_out=gone, changes=changes)

    @property
    def changes(self) -> dict[str, dict[str, int]]:
        """What the file's own reader did to cells, by column."""
        return {self.raw.header[place]: done for place, done in self.raw.changes.items()}


Profile = Callable[[list[Part], FileSource, Findings], RawTable]


def taken(cells: Texts, rows: np.ndarray) -> Texts:
    """The cells of some rows, by their places; empty where the place is -1."""
    return Texts(np.append(cells.codes.astype(np.int64), -1)[rows], cells.texts)


def numbers(cells: Texts) -> np.ndarray:
    """The number of each cell, NaN where there is none."""
    texts = pd.to_numeric(np.array(cells.texts, dtype=object), errors="coerce")
    return cells.numbers(np.asarray(texts, dtype=float), empty=np.nan)


def day_numbers(cells: Texts) -> np.ndarray:
    """Days from a fixed one, of dates in any form or of days as SAS counts them; NaN where there is none."""
    days = (to_dates(read_dates({"": cells}, "")[""].cells) - DAY_0_OF_SAS) / np.timedelta64(1, "D")
    serial = numbers(cells)
    return np.where(np.isnan(days) & (serial >= SERIAL), serial, days)


def listed(names: Iterable[str]) -> str:
    """Some names in one line; of many the first and how many more."""
    known = list(names)
    more = f" and {len(known) - NAMES_SHOWN} more" if len(known) > NAMES_SHOWN else ""
    return ", ".join(known[:NAMES_SHOWN]) + more


def identifiers(columns: Iterable[str]) -> list[LeftOut]:
    """The columns whose name looks like that of an identifier, which are dropped; a number may be the study's own."""
    kinds = {name: identifier_kind(name) for name in columns}
    kinds = {name: kind for name, kind in kinds.items() if kind not in ("", NUMBER)}
    reasons = {name: f"looks like {kind}, which identifies a person" for name, kind in kinds.items()}
    return [LeftOut("identifier", name, reason) for name, reason in reasons.items()]
