"""Text files of cells: which letters and which separator, as the file shows or the study says."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.cohort.findings import Findings
from helpers.cohort.readers.header import check_header_row
from helpers.cohort.readers.raw import RawTable
from helpers.cohort.texts import Texts
from helpers.faults import RETYPE, UNPRINTABLE
from helpers.study import FileSource

SWALLOWS = ("No cell holds whole rows", "quotation marks")
SWALLOWED = "a cell holds whole rows: a quotation mark is opened and closed, or never closed, rows later"
CLOSE = "Close each quotation mark in its own row, or write two for one that is part of the text."
AT_ONCE = 10**6  # letters of a file; more are parsed in parts
SAMPLE = 100_000  # letters that show how cells are separated
LINES = 300
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# What Windows-1252 makes of other encodings: signs or capitals within a word, letters with accents beside each other.
FOREIGN = re.compile(
    "[a-z][\u201a\u0192\u201c-\u201e\u2020-\u203a\u0152\u0160\u0178\u017d\u00a1-\u00a9\u00ab-\u00b3\u00b8\u00b9\u00bb-\u00bf][a-z]|[\u00a1-\u017e]{3}"
    "|(?<![A-Za-z0-9])[\u00a1-\u017e]{2}(?![A-Za-z])"
)
MIXED = re.compile(rb"\xc3[\x80-\xbf]|\xe2\x80")  # letters of UTF-8
NO_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1", b"$FL2", b"\x1f\x8b", b"%PDF")  # how other files begin
HINT = re.compile(r'"?sep=(.)"?\r?\n')  # a first line that Excel writes and reads


def read_csv(path: Path, source: FileSource, findings: Findings) -> RawTable:
    """The table of a text file: cells between commas, semicolons, tabs or vertical bars."""
    text, encoding = _decoded(path, source, findings)
    if "\0" in text:  # pandas ends a cell there
        broken = [number for number, line in enumerate(text.split("\n"), start=1) if "\0" in line]
        findings.fault(UNPRINTABLE, file=path.name, rows=broken, remedy=RETYPE)
    hint = HINT.match(text)
    first = source.header_row or (2 if hint else 1)
    separator = hint[1] if hint else _separator(text, first)
    if not source.header_row and not hint:
        check_header_row(_parsed(text[:SAMPLE], separator), path.name, findings)
    text = _from_row(text, first, separator)
    rows = _parsed(text, separator)
    header = tuple(" ".join(name.split()) for name in next(rows, []))
    widths = _widths(text, rows, separator)
    if '"' in text and len(widths) < text.rstrip("\r\n").count("\n"):  # some cells have line breaks
        held = swallowed(text, separator, len(header), first)
        findings.check(*SWALLOWS, len(widths), held, file=path.name, problem=SWALLOWED, remedy=CLOSE)
        if held:
            raise ValueError(SWALLOWED)
    if source.last_row:
        widths = widths[: max(source.last_row - first, 0)]
    below = first + 1  # the first row below the header
    if uneven := [number for number, width in enumerate(widths, start=below) if width not in (0, len(header))]:
        remedy = "Quote cells that hold the separator, and give every row as many cells as the header."
        findings.fault("not as many cells as the header has", file=path.name, rows=uneven, remedy=remedy)
    names = range(max([len(header), *widths]))

    def read(positions: list[int]) -> dict[int, Texts]:
        options = {"dtype": "category", "keep_default_na": False, "skip_blank_lines": False, "index_col": False}
        options |= {"sep": separator, "header": None, "names": names, "usecols": positions}
        options |= {"nrows": len(widths) + 1} if source.last_row else {"low_memory": len(text) > AT_ONCE}
        frame = pd.read_csv(io.StringIO(text, newline=""), **options).iloc[1:]
        return {place: Texts.of(cells) for place, cells in frame.items()}

    said = [word for word in (encoding, SEPARATORS.get(separator, "another separator")) if word not in ("", "commas")]
    numbers = np.arange(below, below + len(widths)) if first > 1 else None
    return RawTable(header, read, numbers, tuple(said), decimal=separator)


def _decoded(path: Path, source: FileSource, findings: Findings) -> tuple[str, str]:
    """The letters of a file with plain line ends, and their encoding in words, nothing for UTF-8.

    Raises ValueError, with the fault recorded, when the encoding cannot be told or is not the declared one.
    """
    data = path.read_bytes()
    if data.startswith(NO_TEXT):
        remedy = "Give the file the ending of its kind, such as .xlsx or .parquet."
        findings.fault("no text file, though its name says so", file=path.name, remedy=remedy)
        raise ValueError
    name = source.encoding or next((name for mark, name in MARKS.items() if data.startswith(mark)), _unmarked(data))
    told = f"are not in the encoding {source.encoding}" if source.encoding else "are in an encoding that cannot be told"
    try:
        text = data.decode(name)
    except (LookupError, UnicodeError):
        text = ""
    else:
        if name != "cp1252" or source.encoding or not (FOREIGN.search(text) or MIXED.search(data)):
            text = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
            return text, {"utf-8": "", "utf-8-sig": "", "cp1252": "Windows-1252"}.get(name, name.upper())
    remedy = 'Save it in UTF-8, or say it as encoding = "gb18030" (Chinese), "cp1250", "mac_roman" or another '
    findings.fault(
        f"the letters {told}", file=path.name, remedy=f"{remedy}under [files] in study.toml, beside the file."
    )
    raise ValueError


def _unmarked(data: bytes) -> str:
    """The encoding of letters without a mark at their beginning: UTF-16 by its zeros, UTF-8, else Windows-1252."""
    for begin, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        half = data[:4096][begin::2]
        if half and half.count(0) > 0.4 * len(half) and data[:4096][1 - begin :: 2].count(0) < 0.1 * len(half):
            return name
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _parsed(text: str, separator: str) -> Iterator[list[str]]:
    """The rows of a text."""
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator)


def _separator(text: str, first: int) -> str:
    """What makes the rows of a text alike in width, from the header on."""
    end = text.rfind("\n", 0, SAMPLE) if len(text) > SAMPLE else len(text)

    def fit(separator: str) -> tuple[float, int]:
        try:
            widths = [len(row) for row in islice(_parsed(text[:end], separator), first - 1, first + LINES) if row]
        except csv.Error:
            return 0, 0
        width = max((width for width in widths if width > 1), key=widths.count, default=0)
        return widths.count(width) / max(len(widths), 1), width

    return max(SEPARATORS, key=fit)


def _from_row(text: str, first: int, separator: str) -> str:
    """A text from one of its rows on, the first being row 1."""
    rows = _parsed(text, separator)
    skipped = [next(rows, None) for _ in range(first - 1)]
    return "" if None in skipped else text.split("\n", rows.line_num)[-1] if skipped else text  # type: ignore[attr-defined]


def swallowed(text: str, separator: str, width: int, first: int) -> list[int]:
    """The rows (numbered from the first) with a cell that has as many separators as rows have for its line breaks."""
    return [
        number
        for number, row in enumerate(_parsed(text, separator), start=first)
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
