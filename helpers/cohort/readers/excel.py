"""Workbooks: the sheet that the study names, else the first; what a sheet holds beside its values is said."""

import re
import warnings
import zipfile
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers.cohort.findings import Findings
from helpers.cohort.readers import workbook
from helpers.cohort.readers.header import check_header_row, likely_header
from helpers.cohort.readers.raw import NEVER_STORED, LeftOut, RawTable, as_text
from helpers.cohort.texts import Texts
from helpers.faults import list_words, suggest
from helpers.study import FileSource

FEWEST = 3  # columns of a table among other sheets
UNSEEN = "formats of cells, which are not seen: a percentage is read as its fraction"
FILLED, PERCENT = "merged cells filled with their value", "percentages as the cell shows them"
HIDDEN = {"hidden rows, which are read": workbook.HIDDEN_ROW, "hidden columns, which are read": workbook.HIDDEN_COLUMN}
HIDDEN |= {"a filter; the rows that it hides are read": workbook.FILTER}
AS_TEXT, NUMBER = "numbers that the file keeps as text", re.compile(r"[+-]?\d+([.,]\d+)*")
ANOTHER = 'name it in study.toml, as sheet = "..." beside the file, to read it'
Range = tuple[tuple[int, int], tuple[int, int]]  # of merged cells: row and column, from 0, of the first and the last


@dataclass
class Grid:
    """The cells of a sheet, from its first row and column on; merged ranges, and what was done to cells by column."""

    rows: list[list[object]]
    merged: list[Range]
    changes: dict[int, dict[str, int]] = field(default_factory=dict)

    def put(self, row: int, column: int, value: object, what: str = "") -> None:
        """Put a value into a cell; count what was done to its column."""
        self.rows += [[] for _ in range(row + 1 - len(self.rows))]
        cells = self.rows[row]
        cells += [None] * (column + 1 - len(cells))
        cells[column] = value
        if what:
            counts = self.changes.setdefault(column, {})
            counts[what] = counts.get(what, 0) + 1

    def fill(self, header: int) -> None:
        """Give each cell of a merged range the value of its first, below the header's row and in it."""
        for (top, left), (bottom, right) in self.merged:
            value = self.rows[top][left] if top < len(self.rows) and left < len(self.rows[top]) else None
            for row in range(max(top, header - 1), min(bottom + 1, len(self.rows))):
                for column in range(left, right + 1):
                    if value not in (None, "") and (row, column) != (top, left):
                        self.put(row, column, value, FILLED if row >= header else "")


class Told(NamedTuple):
    """A file's name, what is said of how it was read, and its sheets that are not read."""

    file: str
    said: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


def read_excel(path: Path, source: FileSource, findings: Findings) -> RawTable:
    """The table of a sheet of a workbook of Excel since 2007 (.xlsx, .xlsm)."""
    package = workbook.open_package(path, findings)
    with package.archive:
        names = {sheet.name: sheet for sheet in package.sheets}
        shown = [sheet.name for sheet in package.sheets if not sheet.hidden] or [*names]
        chosen = _chosen(source.sheet, shown[0], [*names], path.name, findings)
        others = [name for name, sheet in names.items() if name != chosen and package.has_cells(sheet)]
        xml = package.sheet(names[chosen])
        percent, colours = package.formats(xml)
        grid = _grid(path, chosen)
        if percent or workbook.ERROR.search(xml):
            _add_formats(grid, path, chosen)
        for row, column in workbook.never_stored(xml):
            grid.put(row, column, NEVER_STORED)
        said = [what for what, pattern in HIDDEN.items() if pattern.search(xml)]
        said += ["days counted from 1904"] * package.from_1904
        if package.from_1904 and source.dates == "excel":
            remedy = "Give the cells the format of a date in Excel, and remove dates."
            findings.fault("numbers for dates in a workbook that counts from 1904", file=path.name, remedy=remedy)
        said += ["colours of cells, which are not read"] * (colours > 1)
    return _table(grid, source, _told(path.name, chosen, others, said, source), findings)


def read_old_excel(path: Path, source: FileSource, findings: Findings) -> RawTable:
    """The table of a sheet of another workbook (.xls, .ods)."""
    import python_calamine

    if zipfile.is_zipfile(path) and path.suffix.lower() == ".xls":  # of today under the name of an old one
        return read_excel(path, source, findings)
    workbook.check_kind(path.read_bytes()[:100], path, findings)
    try:
        with python_calamine.CalamineWorkbook.from_path(path) as book:
            names = book.sheet_names
    except python_calamine.PasswordError:
        findings.fault(workbook.LOCKED[0], file=path.name, remedy=workbook.LOCKED[1])
        raise
    chosen = _chosen(source.sheet, names[0], names, path.name, findings)
    others = [name for name in names if name != chosen and _grid(path, name).rows]
    return _table(_grid(path, chosen), source, _told(path.name, chosen, others, [UNSEEN], source), findings)


def _chosen(wanted: str, first: str, names: list[str], file: str, findings: Findings) -> str:
    """The name of the sheet to read; ValueError, with the fault recorded, when there is none of the name."""
    alike = [name for name in names if name.split() == wanted.split()]
    alike = alike or [name for name in names if _plain(name) == _plain(wanted)]
    if not wanted or alike:
        return alike[0] if wanted else first
    remedy = f"{suggest(wanted, names)} Its sheets: {list_words(names)}.".strip()
    findings.fault(f'there is no sheet "{wanted}"', file=file, remedy=remedy)
    raise ValueError


def _told(file: str, chosen: str, others: list[str], said: list[str], source: FileSource) -> Told:
    """What is said of a workbook, but for its sheets that are read for other tables."""
    sheet = [f'sheet "{chosen}"'] if others else []
    read = {_plain(name) for name in source.elsewhere}
    return Told(
        file, (*sheet, *said), tuple(LeftOut("sheet", name, ANOTHER) for name in others if _plain(name) not in read)
    )


def _plain(name: str) -> str:
    """The name of a sheet without capitals, with single blanks."""
    return " ".join(name.casefold().split())


def _grid(path: Path, name: str) -> Grid:
    """The cells of a sheet."""
    import python_calamine

    with path.open("rb") as file, python_calamine.CalamineWorkbook.from_filelike(file) as book:
        sheet = book.get_sheet_by_name(name)
        rows: list[list[object]] = [[*row] for row in sheet.to_python(skip_empty_area=False)]
        return Grid(rows, sheet.merged_cell_ranges or [])


def _add_formats(grid: Grid, path: Path, name: str) -> None:
    """Put percentages and the names of errors into the cells that show them; only a slower library knows these."""
    import openpyxl

    with warnings.catch_warnings(action="ignore"), ExitStack() as stack:  # of what it does not keep: pictures, ...
        book = stack.enter_context(closing(openpyxl.load_workbook(path, data_only=True, read_only=True)))
        book[name].reset_dimensions()
        cells = [cell for row in book[name].iter_rows() for cell in row if cell.value is not None]
        for cell in cells:
            row, column, is_number = cell.row - 1, cell.column - 1, isinstance(cell.value, int | float)
            if cell.data_type == "e":
                grid.put(row, column, cell.value)
            elif is_number and cell.data_type == "n" and workbook.PERCENT.search(cell.number_format):
                grid.put(row, column, f"{as_text(round(float(cell.value) * 100, 10))}%", PERCENT)


def _table(grid: Grid, source: FileSource, told: Told, findings: Findings) -> RawTable:
    """The table of a sheet, from its header on."""
    first = source.header_row or 1
    if not source.header_row:
        top = [[as_text(cell) for cell in row] for row in grid.rows[:30]]
        if told.left_out and sum(map(bool, [*top, []][likely_header(top) - 1])) < FEWEST:
            others = list_words([item.name for item in told.left_out])
            remedy = f'Name the sheet of the table in study.toml, as sheet = "..." beside the file: {others}.'
            findings.fault("the first sheet holds no table", file=told.file, remedy=remedy)
            raise ValueError
        check_header_row(top, told.file, findings)
    grid.fill(first)
    width = max(map(len, grid.rows), default=0)
    rows = [[*row, *[None] * (width - len(row))] for row in grid.rows[first - 1 : source.last_row or None]]
    names = [" ".join(as_text(name).split()) for name in rows[0]] if rows else []
    used = [place for place in range(width) if names[place] or any(row[place] not in (None, "") for row in rows)]
    header = tuple(names[: used[-1] + 1] if used else [])
    unnamed = [LeftOut("column", f"column {place + 1}", "it has no header") for place in used if not header[place]]

    def read(positions: list[int]) -> dict[int, Texts]:
        columns = {place: [row[place] for row in rows[1:]] for place in positions}
        for place, cells in columns.items():
            if count := _numbers_as_text(cells):
                grid.changes.setdefault(place, {})[AS_TEXT] = count
        return {place: _texts(cells) for place, cells in columns.items()}

    numbers = np.arange(first + 1, first + len(rows)) if first > 1 else None
    return RawTable(header, read, numbers, told.said, (*told.left_out, *unnamed), changes=grid.changes)


def _numbers_as_text(cells: list[object]) -> int:
    """How many cells of a column of numbers hold theirs as text."""
    kinds = {type(cell) for cell in cells}
    if str not in kinds or not kinds & {int, float}:
        return 0
    return sum(isinstance(cell, str) and bool(NUMBER.fullmatch(cell.strip())) for cell in cells)


def _texts(cells: list[object]) -> Texts:
    """A column of cells as text, which has no equal numbers and truth values; text as it is."""
    texts = (cell if isinstance(cell, str) else as_text(cell) for cell in cells)
    return Texts.of(np.array([text or None for text in texts], dtype=object))
