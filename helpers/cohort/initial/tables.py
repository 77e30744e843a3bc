"""The tables in the analyst's files: sheets, rows above the header, exports that need their other files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helpers.cohort.findings import Findings
from helpers.cohort.initial.candidates import SourceColumn
from helpers.cohort.initial.cells import NUMBER, Cells
from helpers.cohort.initial.words import readings
from helpers.cohort.readers import READERS, RawTable
from helpers.cohort.readers.raw import as_text
from helpers.cohort.reading import open_file
from helpers.cohort.texts import Texts
from helpers.faults import Fault
from helpers.study import FileSource

LAST_HEADER = 12  # rows among which a header is looked for
ENCODINGS = ("gb18030",)  # of files whose letters nothing tells
# The columns of a REDCap data dictionary: a field's name and its label, as downloaded and as programs get it.
DICTIONARY = {"variable / field name": "field label", "field_name": "field_label"}
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")


@dataclass(frozen=True)
class Table:
    """A table of a file: how [files] names it, its columns, and what was said on reading it."""

    how: Mapping[str, Any]  # the keys of [files]: file, sheet, header_row ...
    columns: Sequence[SourceColumn]
    raw: RawTable
    doubts: tuple[str, ...] = ()  # to be confirmed where the table is used
    kind: str = ""  # which canonical table it is, where the form of export tells

    @property
    def place(self) -> str:
        """File and sheet, as a reader names them."""
        more = self.how.get("sheet") or self.how.get("instrument")
        return f"{self.how['file']}, {more}" if more else str(self.how["file"])

    @property
    def names(self) -> set[str]:
        """The names of its columns in small letters."""
        return {column.name.strip().casefold() for column in self.columns}

    def cells(self, name: str) -> list[str]:
        """The cells of a column by its name in small letters, "" where one is empty."""
        place = [header.strip().casefold() for header in self.raw.header].index(name)
        values = self.raw.read([place])[place].values()
        return ["" if isinstance(cell, float) else as_text(cell) for cell in values]

    def texts(self, name: str) -> list[str]:
        """The texts that occur in a column, in the order of the file; none where there is no such column."""
        return list(dict.fromkeys(cell for cell in self.cells(name) if cell)) if name in self.names else []


@dataclass
class Reading:
    """All tables of some files, the faults of those that cannot be read, and the sheets without a table."""

    tables: list[Table] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read_tables(paths: Iterable[Path]) -> Reading:
    """The tables of the files, one for each sheet; where the header is not the first row, from there on."""
    reading = Reading()
    for path in paths:
        for how in _sheets(path):
            findings = Findings()
            if table := _table(path, how, findings):
                reading.tables.append(table)
            elif "sheet" in how:
                reading.left_out.append(f"{path.name}, {how['sheet']}: there is no table in this sheet")
            else:
                reading.faults += findings.faults
    return reading


def _sheets(path: Path) -> list[dict[str, Any]]:
    """How each sheet of a file is named under [files]."""
    if path.suffix.lower() not in WORKBOOKS:
        return [{"file": path.name}]
    import python_calamine

    try:
        with python_calamine.CalamineWorkbook.from_path(path) as book:
            names = book.sheet_names
    except Exception:  # the reader says what is wrong
        return [{"file": path.name}]
    return [{"file": path.name, "sheet": name} for name in names] if len(names) > 1 else [{"file": path.name}]


def _table(path: Path, how: dict[str, Any], findings: Findings) -> Table | None:
    """The table of a sheet; None, with the faults recorded, where it cannot be read."""
    first = _opened(path, how, findings)
    if first and (_known(first) >= 3 or DICTIONARY.keys() & {name.casefold() for name in first.header}):
        return made(how, first)
    tries: list[dict[str, Any]] = [{"header_row": row} for row in range(2, LAST_HEADER + 1)]
    if first is None:
        tries = [{"encoding": name} for name in ENCODINGS if path.suffix.lower() not in WORKBOOKS] + tries
    found = [(more, raw) for more in tries if (raw := _opened(path, how | more, Findings())) and _is_header(raw)]
    more, best = max(found, key=lambda item: _known(item[1]), default=({}, None))
    if best and _known(best) > (2 * _known(first) if first else 1):
        doubt = (
            f"the letters are {more['encoding']}" if "encoding" in more else f"the header is row {more['header_row']}"
        )
        return made(how | more, best, doubt)
    return made(how, first) if first else None


def _is_header(raw: RawTable) -> bool:
    """True for a first row of words, each once: neither of cells nor of titles."""
    names = [name for name in raw.header if name]
    return len({*names}) == len(names) and not any(NUMBER.match(name) for name in names)


def _opened(path: Path, how: Mapping[str, Any], findings: Findings) -> RawTable | None:
    """A table as its file holds it; None where it cannot be read so."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        open_file(path, findings)  # says which kinds of files are read
        return None
    try:
        raw = reader(path, FileSource(**how), findings)
        return raw if raw.header and not findings.faults else None
    except Exception:  # its message may quote cells
        if not findings.faults:
            findings.fault(
                "the file cannot be read as a table", file=path.name, remedy="Save it again, as CSV in UTF-8."
            )
        return None


def made(how: Mapping[str, Any], raw: RawTable, *doubts: str, labels: Mapping[str, str] | None = None) -> Table:
    """A table with what its cells hold, column by column."""
    cells: dict[int, Texts] = raw.read([*range(len(raw.header))])
    for name, codes in how.get("where", {}).items():
        kept = cells[raw.header.index(name)].among(codes)
        cells = {place: Texts(column.codes[kept], column.texts) for place, column in cells.items()}
    named, missing = labels or raw.labels, getattr(raw, "missing", {})
    columns = [
        SourceColumn(name, named.get(name, ""), Cells.of(cells[place], missing.get(name, frozenset())))
        for place, name in enumerate(raw.header)
        if name
    ]
    return Table(how, columns, raw, doubts)


def _known(raw: RawTable) -> int:
    """How many different headers have words that are known, all of them."""
    return sum(any(header.meanings and not header.unknown for header in readings(name)) for name in {*raw.header})
