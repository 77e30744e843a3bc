"""CSV files: comma, semicolon or tab; UTF-8."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.cohort.findings import Findings
from helpers.cohort.readers.raw import FIRST_ROW, RawTable
from helpers.cohort.texts import Texts
from helpers.faults import RETYPE, UNPRINTABLE
from helpers.study import FileSource

DECIMAL = re.compile(r"^(-?\d+),(\d+)$")
SWALLOWS = ("No cell holds whole rows", "quotation marks")
SWALLOWED = "a cell holds whole rows: a quotation mark is opened and closed, or never closed, rows later"
CLOSE = "Close each quotation mark in its own row, or write two for one that is part of the text."
AT_ONCE = 10**6  # letters of a file; more are parsed in parts


def read_csv(path: Path, source: FileSource, findings: Findings) -> RawTable:
    """The table of a CSV file."""
    text = path.read_text(encoding="utf-8-sig")
    if "\0" in text:  # pandas ends a cell there
        broken = [number for number, line in enumerate(text.split("\n"), start=1) if "\0" in line]
        findings.fault(UNPRINTABLE, file=path.name, rows=broken, remedy=RETYPE)
    separator = max(",;\t", key=text.split("\n", 1)[0].count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    header = tuple(name.strip() for name in next(rows, []))
    widths = _widths(text, rows, separator)
    if '"' in text and len(widths) < text.rstrip("\r\n").count("\n"):  # some cells have line breaks
        held = swallowed(text, separator, len(header))
        findings.check(*SWALLOWS, len(widths), held, file=path.name, problem=SWALLOWED, remedy=CLOSE)
        if held:
            raise ValueError(SWALLOWED)
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

    return RawTable(header, read)


def swallowed(text: str, separator: str, width: int) -> list[int]:
    """The rows with a cell that has, for each of its line breaks, as many separators as a whole row."""
    rows = enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), start=FIRST_ROW - 1)
    return [
        number
        for number, row in rows
        if any(0 < cell.strip().count("\n") * (width - 1) <= cell.count(separator) for cell in row if "\n" in cell)
    ]


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
