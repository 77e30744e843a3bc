"""Tables of text from CSV, Excel and Parquet files: only the columns asked for, rows numbered as in the file."""

import csv
import hashlib
import io
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.cohort.findings import Findings
from helpers.cohort.identifiers import identifier_kind
from helpers.cohort.texts import Texts, TextTable
from helpers.faults import CONTROL
from helpers.study.keys import NO_FILE, NO_FILE_REMEDY, SUFFIXES

MISSING = ("", "na", "n/a", "nan", "null", ".", "<na>", "nat")
UNPRINTABLE, RETYPE = "a character that cannot be printed", "Type the cell again: it holds a sign that is not seen."
DECIMAL = re.compile(r"^(-?\d+),(\d+)$")
FIRST_ROW = 2  # the header is row 1
AT_ONCE = 10**6  # letters of a file; more are parsed in parts
Reader = Callable[[list[int]], dict[int, Texts]]  # positions -> the columns there
HeaderAndReader = tuple[tuple[str, ...], Reader]


@dataclass(frozen=True)
class SourceFile:
    """A data file: its name, its header and a way to read some of its columns as text."""

    name: str
    header: tuple[str, ...]
    sha256: str
    read: Reader

    def position(self, column: str) -> int | None:
        """Where a column stands: by its exact name, else by the only one that differs in capitals alone."""
        if column in self.header:
            return self.header.index(column)
        alike = [number for number, name in enumerate(self.header) if name.casefold() == column.casefold()]
        return alike[0] if len(alike) == 1 else None

    def text(self, columns: list[str], findings: Findings) -> TextTable | None:
        """The columns as stripped text, missing cells empty, blank rows left out.

        None, with the fault recorded, when the file cannot be read or has no rows.
        """
        places = {name: self.position(name) for name in columns}
        positions = {name: place for name, place in places.items() if place is not None}
        try:
            cells = self.read(sorted(set(positions.values())))
        except Exception:  # its message may quote cells
            unreadable(self.name, findings)
            return None
        table = {name: cells[place].each(_clean) for name, place in positions.items()}
        given = np.logical_or.reduce([column.given for column in table.values()])
        if not given.any():
            findings.fault("the table has no rows", file=self.name, remedy="Give one row per patient or event.")
            return None
        rows = pd.RangeIndex(FIRST_ROW, FIRST_ROW + len(given))
        if not given.all():
            rows, table = rows[given], {name: Texts(cell.codes[given], cell.texts) for name, cell in table.items()}
        for name, column in table.items():  # its words become labels, and no document can hold such signs
            if hidden := [text for text in column.texts if CONTROL.search(text)]:
                places_hidden = rows[column.among(hidden)]
                findings.fault(UNPRINTABLE, file=self.name, rows=places_hidden, column=name, remedy=RETYPE)
        return TextTable(table, rows)


def find_file(folder: Path, table: str, declared: str, findings: Findings) -> Path | None:
    """The file of a table in a cohort folder: the named one, else the only one called after the table."""
    names = [declared] if declared else [f"{table}{suffix}" for suffix in READERS]
    there = [folder / name for name in names if os.path.lexists(folder / name)]
    files = [path for path in there if path.is_file()]
    if len(files) < len(there):
        odd = next(path.name for path in there if path not in files)
        findings.fault(NO_FILE, file=odd, remedy=NO_FILE_REMEDY)
    elif declared and not files:
        findings.fault("no such file in the cohort folder", file=declared, remedy="Correct [files] in study.toml.")
    if len(files) > 1:
        findings.fault("more than one file of this table", file=table, remedy="Name one under [files] in study.toml.")
    return files[0] if files else None


def open_file(path: Path, findings: Findings) -> SourceFile | None:
    """The file with its header read and checked; None, with the faults recorded, when it cannot be used."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        remedy = f"Save it as one of {', '.join(READERS)}."
        findings.fault("not a kind of file that is read", file=path.name, remedy=remedy)
        return None
    try:
        header, read = reader(path, findings)
    except Exception:  # its message may quote cells
        unreadable(path.name, findings)
        return None
    source = SourceFile(path.name, header, hashlib.sha256(path.read_bytes()).hexdigest(), read)
    return source if _check_header(source, findings) else None


def unreadable(file: str, findings: Findings) -> None:
    """Record that a file is no table, without the parser's words, which may quote its cells."""
    remedy = "Save the table again as CSV in UTF-8, with one header row."
    findings.fault("the file cannot be read as a table", file=file, remedy=remedy)


def _check_header(source: SourceFile, findings: Findings) -> bool:
    """True when the header can be used: columns are unique and none identifies a person."""
    before = len(findings.faults)
    for number, name in enumerate(source.header, start=1):
        column = f"column {number}"
        if kind := identifier_kind(name):
            problem = f"the header looks like {kind}, which identifies a person"
            remedy = "Remove this column from the file; keep a study number as patient_id."
            findings.fault(problem, file=source.name, rows=(1,), column=column, remedy=remedy)
        if name and name in source.header[: number - 1]:
            problem = f"the header is the same as that of column {source.header.index(name) + 1}"
            remedy = "Rename or remove one of the two."
            findings.fault(problem, file=source.name, rows=(1,), column=column, remedy=remedy)
    findings.passed("No column identifies a person or is there twice", source.name, len(source.header))
    return len(findings.faults) == before


def _read_csv(path: Path, findings: Findings) -> HeaderAndReader:
    """Header and reader of a CSV file (comma, semicolon or tab; UTF-8)."""
    text = path.read_text(encoding="utf-8-sig")
    if "\0" in text:  # pandas ends a cell there
        broken = [number for number, line in enumerate(text.split("\n"), start=1) if "\0" in line]
        findings.fault(UNPRINTABLE, file=path.name, rows=broken, remedy=RETYPE)
    separator = max(",;\t", key=text.split("\n", 1)[0].count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    header = tuple(name.strip() for name in next(rows, []))
    widths = _widths(text, rows, separator)
    if uneven := [number for number, width in enumerate(widths, start=FIRST_ROW) if width not in (0, len(header))]:
        remedy = "Quote cells that hold the separator, and give every row as many cells as the header."
        findings.fault("not as many cells as the header has", file=path.name, rows=uneven, remedy=remedy)
    names = range(max([len(header), *widths]))

    def read(positions: list[int]) -> dict[int, Texts]:
        options = {"dtype": "category", "keep_default_na": False, "skip_blank_lines": False, "index_col": False}
        options |= {"sep": separator, "header": None, "names": names, "usecols": positions}
        options["low_memory"] = len(text) > AT_ONCE
        frame = pd.read_csv(io.StringIO(text, newline=""), **options).iloc[1:]
        columns = {place: Texts.of(cells) for place, cells in frame.items()}
        if separator == ";":  # there the comma is the decimal sign
            return {place: cells.each(lambda cell: DECIMAL.sub(r"\1.\2", cell)) for place, cells in columns.items()}
        return columns

    return header, read


def _widths(text: str, rows: Iterator[list[str]], separator: str) -> Sequence[int]:
    """How many cells each row below the header of a CSV file has; 0 where there is none.

    `rows` is the parser behind the header. Where no cell is quoted, counting separators says the same sooner.
    """
    returns = text.count("\r\n")
    if '"' in text or text.count("\r") != returns or returns not in (0, text.count("\n")):
        return [len(row) for row in rows]
    end = "\r\n" if returns else "\n"
    letters = np.frombuffer((text if text.endswith(end) else text + end).encode(), dtype=np.uint8)
    ends = np.flatnonzero(letters == ord("\n"))
    before = np.searchsorted(np.flatnonzero(letters == ord(separator)), ends)
    empty = np.diff(ends, prepend=-1) <= len(end)
    return np.where(empty, 0, np.diff(before, prepend=0) + 1)[1:].tolist()


def _read_excel(path: Path, findings: Findings) -> HeaderAndReader:
    """Header and reader of the first sheet of an Excel file."""
    frame = pd.read_excel(path, header=None, dtype=object, keep_default_na=False, engine="openpyxl")
    header = tuple(_as_text(name) for name in frame.iloc[0]) if len(frame) else ()
    return header, lambda positions: {place: Texts.of(frame[place].iloc[1:]) for place in positions}


def _read_parquet(path: Path, findings: Findings) -> HeaderAndReader:
    """Header and reader of a Parquet file."""
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    header = tuple(file.schema_arrow.names)

    def read(positions: list[int]) -> dict[int, Texts]:
        table = file.read(columns=[header[position] for position in positions])
        return {place: Texts.of(table.column(at).to_pandas().astype(object)) for at, place in enumerate(positions)}

    return header, read


def _clean(cell: object) -> str | None:
    """A cell as stripped text, None where it says that nothing is known."""
    text = _as_text(cell)
    return None if text.casefold() in MISSING else text


def _as_text(cell: object) -> str:
    """One cell as text: dates in ISO form, whole floats without their point."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else str(float(cell))
    return "" if cell is None else str(cell)


READERS = dict(zip(SUFFIXES, (_read_csv, _read_csv, _read_excel, _read_parquet), strict=True))
