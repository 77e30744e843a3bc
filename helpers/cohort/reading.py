"""Tables of text from the files of a cohort folder: only the columns asked for, rows numbered as in the file."""

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from helpers.cohort.cleaning import check_end, check_errors, say_cleaned
from helpers.cohort.findings import Findings
from helpers.cohort.identifiers import NUMBER, identifier_kind
from helpers.cohort.near import misnamed
from helpers.cohort.readers import PROFILES, READERS, RawTable
from helpers.cohort.readers.export import Part
from helpers.cohort.readers.raw import FIRST_ROW, MISSING, as_text, check_twice, cleaned
from helpers.cohort.texts import REFUSED, Texts, TextTable
from helpers.faults import CONTROL, RETYPE, UNPRINTABLE, is_printable, suggest
from helpers.study import FileSource
from helpers.study.keys import FILE, LONGEST, NO_FILE, NO_FILE_REMEDY
from helpers.study.letters import tidy

CORRECT = "Correct [files] in study.toml."
# Cells that cannot be labels: what is wrong with them, problem and remedy.
NO_LABELS: tuple[tuple[Callable[[str], bool], str, str], ...] = (
    (lambda text: not is_printable(text), UNPRINTABLE, RETYPE),
    (lambda text: len(text) > LONGEST, f"longer than {LONGEST} letters", "Shorten it, or close the quote before it."),
)
Codes = Mapping[str, frozenset[str]]  # by column of the source: the codes that mean something


@dataclass(frozen=True)
class SourceFile:
    """A data file: its name, the table that it holds, its checksum, and how the study says that it is read."""

    name: str
    raw: RawTable
    sha256: str
    source: FileSource

    @property
    def header(self) -> tuple[str, ...]:
        """The names of its columns."""
        return self.raw.header

    @property
    def header_row(self) -> int:
        """The row of the file that the header is, from 1."""
        return self.source.header_row or 1

    def position(self, column: str) -> int | None:
        """Where a column stands: by its exact name, else by the only one that differs in capitals and blanks alone."""
        if column in self.header:
            return self.header.index(column)
        alike = [number for number, name in enumerate(self.header) if _plain(name) == _plain(column)]
        return alike[0] if len(alike) == 1 else None

    def text(self, columns: list[str], findings: Findings, codes: Codes | None = None) -> TextTable | None:
        """The columns as stripped text, missing cells empty; of the rows that the study chooses, without blank ones.

        `codes` are words that are no missing cells although they look like it ("NA"). None, with the fault recorded,
        when the file cannot be read or has no rows.
        """
        codes = codes or {}
        places = {name: place for name in columns if (place := self.position(name)) is not None}
        try:
            cells = self.raw.read(sorted({0, *places.values(), *self._chosen_by()}))
        except Exception as error:  # its message may quote cells
            unreadable(self.name, findings, error)
            return None
        missing = MISSING | {code.casefold() for code in self.source.missing}
        table = {}
        for name, place in places.items():
            words = (missing | self.raw.missing.get(self.header[place], frozenset())) - codes.get(name, frozenset())
            table[name] = cleaned(cells[place], words)
            say_cleaned(cells[place], words, findings, file=self.name, column=name)
            for what, count in self.raw.changes.get(place, {}).items():
                findings.changed(what, count, file=self.name, column=name)
        chosen = self._chosen(cells)
        kept = chosen & self._given(table, len(chosen))
        if not kept.any():
            findings.fault("the table has no rows", file=self.name, remedy="Give one row per patient or event.")
            return None
        rows = pd.RangeIndex(FIRST_ROW, FIRST_ROW + len(kept)) if self.raw.rows is None else pd.Index(self.raw.rows)
        if not kept.all():
            rows, table = rows[kept], {name: cell.among_rows(kept) for name, cell in table.items()}
        others = [table[name] for name, place in places.items() if place]
        table_rows = check_end(cells[0].among_rows(kept), others, rows, findings, file=self.name)
        if not table_rows.all():
            rows, table = rows[table_rows], {name: cell.among_rows(table_rows) for name, cell in table.items()}
        table = {
            name: check_errors(column, rows, findings, file=self.name, column=name) for name, column in table.items()
        }
        self._check_words(table, rows, findings)
        return TextTable(table, rows, int((~chosen).sum()), int((chosen & ~kept).sum()))

    def _check_words(self, table: Mapping[str, Texts], rows: pd.Index, findings: Findings) -> None:
        """Record a fault for the cells that no page or document can hold: their words become labels."""
        for name, column in table.items():
            for wrong, problem, remedy in NO_LABELS:
                texts = [text for text in column.texts if text != REFUSED and wrong(text)]
                if texts and len(places := rows[column.among(texts)]):  # not in rows that the study leaves out
                    findings.fault(problem, file=self.name, rows=places, column=name, remedy=remedy)

    def check_columns(self, findings: Findings) -> None:
        """Record a fault for each column that the study chooses rows by and the file does not have."""
        for name in self.source.where:
            if self.position(name) is None:
                remedy = f"{suggest(name, self.header)} Correct where under [files] in study.toml.".strip()
                findings.fault(f'there is no column "{name}" to choose rows by', file=self.name, remedy=remedy)
        for name, codes in self.source.where.items():
            self.check_codes(name, codes, "[files] where", findings)

    def of(self, facts: Mapping[str, Any], column: str, otherwise: Any) -> Any:
        """What the raw table tells of a column, by its name in study.toml."""
        place = self.position(column)
        return otherwise if place is None else facts.get(self.header[place], otherwise)

    def check_codes(self, column: str, codes: Iterable[str], place: str, findings: Findings) -> None:
        """Record a fault for each code in study.toml that is read as a word."""
        words = self.of(self.raw.choices, column, {})
        for code in codes:
            if code in words and code.casefold() not in map(str.casefold, words.values()):
                remedy = f'Write "{words[code]}" in its place.'
                findings.fault(
                    f'the code "{code}" of {column} is read as a word', file=FILE, column=place, remedy=remedy
                )

    def _chosen_by(self) -> list[int]:
        """The places of the columns that rows are chosen by."""
        return [place for name in self.source.where if (place := self.position(name)) is not None]

    def _chosen(self, cells: Mapping[int, Texts]) -> np.ndarray:
        """True for the rows that the study chooses: all, unless it says `where`; "" stands for an empty cell."""
        chosen = np.full(len(next(iter(cells.values())).codes), True)
        for place, wanted in zip(self._chosen_by(), self.source.where.values(), strict=False):
            stripped = cells[place].each(lambda text: as_text(text) or None)
            chosen &= stripped.among(wanted) | (~stripped.given if "" in wanted else False)
        return chosen

    def _given(self, table: Mapping[str, Texts], size: int) -> np.ndarray:
        """False for the rows that are blank in the whole file, not only in the columns that are read."""
        given = np.logical_or.reduce([np.full(size, False), *(column.given for column in table.values())])
        if given.all():
            return given
        others = self.raw.read([*range(len(self.header))])
        return np.logical_or.reduce([given, *(cleaned(cells).given for cells in others.values())])


def find_file(folder: Path, table: str, declared: str, findings: Findings) -> Path | None:
    """The file of a table in a cohort folder: the named one, else the only one called after the table."""
    names = [declared] if declared else [f"{table}{suffix}" for suffix in READERS]
    there = [folder / name for name in names if os.path.lexists(folder / name)]
    files = [path for path in there if path.is_file()]
    if len(files) < len(there):
        odd = next(path.name for path in there if path not in files)
        findings.fault(NO_FILE, file=odd, remedy=NO_FILE_REMEDY)
    elif declared and not files:
        findings.fault("no such file in the cohort folder", file=declared, remedy=CORRECT)
    elif not files and not there:
        findings.faults += misnamed(folder, table)
    if len(files) > 1:
        findings.fault("more than one file of this table", file=table, remedy="Name one under [files] in study.toml.")
    return files[0] if files else None


def open_file(path: Path, findings: Findings, source: FileSource | None = None) -> SourceFile | None:
    """The file with its header read and checked; None, with the faults recorded, when it cannot be used.

    An export is read with the files beside it, and turned into one table.
    """
    source, before = source or FileSource(), len(findings.faults)
    paths = {path: source} | {path.with_name(name): _beside(name, path, source) for name in source.beside}
    raws = {item.name: _read(item, how, findings) for item, how in paths.items()}
    raw = raws[path.name]
    if source.format and len(findings.faults) == before:
        raw = _put_together({name: raw for name, raw in raws.items() if raw}, source, findings)
    if raw is None or (source.format and len(findings.faults) > before):
        return None
    sums = [hashlib.sha256(item.read_bytes()).hexdigest() for item in paths]
    opened = SourceFile(path.name, raw, " ".join(sums), source)
    opened.check_columns(findings)
    return opened if _check_header(opened, findings) else None


def _beside(name: str, path: Path, source: FileSource) -> FileSource:
    """How a file beside another is read: in the encoding that is declared, if it is of the same kind."""
    alike = Path(name).suffix.lower() == path.suffix.lower()
    return FileSource(name, encoding=source.encoding if alike else "")


def _put_together(raws: Mapping[str, RawTable], source: FileSource, findings: Findings) -> RawTable | None:
    """The table of an export, from the tables of its files, its own first; None, with the faults, when it is none."""
    before, file = len(findings.faults), next(iter(raws))
    try:
        parts = [Part.of(name, raw, findings) for name, raw in raws.items()]
        return PROFILES[source.format](parts, source, findings) if len(findings.faults) == before else None
    except Exception as error:  # its message may quote cells
        if len(findings.faults) == before:
            unreadable(file, findings, error)
    return None


def _read(path: Path, source: FileSource, findings: Findings) -> RawTable | None:
    """What a file holds; None, with the fault recorded, when it is not there or no table."""
    reader, before = READERS.get(path.suffix.lower()), len(findings.faults)
    if reader is None:
        remedy = f"Save it as one of {', '.join(READERS)}."
        findings.fault("not a kind of file that is read", file=path.name, remedy=remedy)
    elif not path.is_file():
        findings.fault("no such file in the cohort folder", file=path.name, remedy=CORRECT)
    else:
        try:
            return reader(path, source, findings)
        except Exception as error:  # its message may quote cells
            if len(findings.faults) == before:
                unreadable(path.name, findings, error)
    return None


def unreadable(file: str, findings: Findings, error: Exception) -> None:
    """Record that a file is no table or cannot be opened, without the parser's words, which may quote its cells."""
    if isinstance(error, OSError) and error.errno:
        remedy = "Look at the rights of the file and its folder, and whether another program holds it."
        findings.fault(f"the file cannot be opened: {os.strerror(error.errno)}", file=file, remedy=remedy)
        return
    remedy = "Save the table again as CSV in UTF-8, with one header row."
    findings.fault("the file cannot be read as a table", file=file, remedy=remedy)


def _check_header(source: SourceFile, findings: Findings) -> bool:
    """True when the header can be used: columns are unique and none identifies a person."""
    before = len(findings.faults)
    for number, name in enumerate(source.header, start=1):
        if (kind := identifier_kind(name)) not in ("", NUMBER):  # a number may be the study's own: see make_plan
            problem = f"the header looks like {kind}, which identifies a person"
            remedy = "Remove this column from the file; keep a study number as patient_id."
            findings.fault(
                problem, file=source.name, rows=(source.header_row,), column=f"column {number}", remedy=remedy
            )
    check_twice(source.header, source.name, findings, source.header_row)
    findings.passed("No column identifies a person or is there twice", source.name, len(source.header))
    return len(findings.faults) == before


def _plain(name: str) -> str:
    """A header without capitals and signs that are not seen, with single blanks for line breaks and the like."""
    return tidy(CONTROL.sub("", name)).casefold()
