"""The table of a batch: one run a row, each with its name, its study and the parameters that differ from the defaults.

Columns: name (of the run's folder), study (a cohort folder), then any parameter that a notebook declares; an empty cell
leaves the default. Comma, semicolon or tab between the cells, as spreadsheets write them.
"""

import csv
import io
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from helpers.faults import Fault, FaultError, UsageError, list_words, suggest
from helpers.parameters import KINDS, ParameterError
from helpers.report.run import declared, typed
from helpers.study import StudyError, find_folder

TABLE = "table"  # stands for the file until its name is put in
NAME, STUDY = "name", "study"
LONGEST_NAME = 100
SAFE = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_.-]{{0,{LONGEST_NAME - 1}}}(?<!\.)")
OF_SYSTEMS = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
OF_THE_BATCH = {"index.html", "estimates.parquet", "failures.csv"}  # beside the runs' folders


class RunsTableError(FaultError, UsageError):
    """A table of runs that cannot be used; lists every fault by row and column."""


@dataclass(frozen=True)
class BatchRun:
    """One run: the folder that it makes, the cohort folder, and the parameters given, as text."""

    name: str
    study: Path
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Rows:
    """The cells of a table as text: one dictionary a row, with its number in the file."""

    header: tuple[str, ...]
    cells: Mapping[int, Mapping[str, str]]


def read_runs(path: Path, notebooks: Sequence[Path]) -> list[BatchRun]:
    """The runs of a table in its order; RunsTableError says everything that is wrong with it at once.

    A study is looked up from the table's folder, then from the working folder, then from the project's root. Whether
    it is there and its data are sound is seen when it runs: a centre that sent nothing does not hold up the others.
    """
    faults: list[Fault] = []
    rows = _read(path, faults)
    kinds = [declared(notebook) for notebook in notebooks]
    faults += _header_faults(rows.header, sorted({name for each in kinds for name in each} - {STUDY}))
    if not rows.cells and not faults:
        faults.append(Fault("the table has no rows", TABLE, "Give one row per run: its name and its study."))
    runs = []
    for number, cells in rows.cells.items():
        values = {name: value for name, value in cells.items() if value and name not in (NAME, STUDY)}
        faults += [_in_row(fault, number) for fault in [*_name_faults(cells), *_value_faults(values, kinds)]]
        if not cells.get(STUDY):
            faults.append(Fault("no study", TABLE, "Name a cohort folder.", (number,), STUDY))
        runs.append(BatchRun(cells.get(NAME, ""), _study(cells.get(STUDY, ""), path.parent), values))
    faults += _repeated(rows)
    if faults:
        in_order = sorted(faults, key=lambda fault: fault.rows[:1])
        raise RunsTableError(path.name, [replace(fault, file=path.name) for fault in in_order])
    return runs


def for_notebooks(runs: Sequence[BatchRun], notebooks: Sequence[Path]) -> list[BatchRun]:
    """The runs with the parameters that these notebooks declare: of a whole table, those of a part of the notebooks."""
    known = {name for notebook in notebooks for name in declared(notebook)}
    kept = [{name: value for name, value in run.parameters.items() if name in known} for run in runs]
    return [replace(run, parameters=values) for run, values in zip(runs, kept, strict=True)]


def share(runs: Sequence[BatchRun], number: int, count: int) -> list[BatchRun]:
    """The share of a table that is one of `count`, the first being 1: every so many rows, so that all are alike."""
    return list(runs[number - 1 :: count])


def _read(path: Path, faults: list[Fault]) -> _Rows:
    """The cells of a file; with semicolons between them, a comma is the decimal sign."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        separator = max(",;\t", key=text.split("\n", 1)[0].count)
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except (UnicodeDecodeError, csv.Error):
        faults.append(Fault("the file cannot be read as a table", TABLE, "Save it as CSV in UTF-8."))
        return _Rows((), {})
    lines = [[cell.strip() for cell in line] for line in lines]
    rows = {number: line for number, line in enumerate(lines[1:], start=2) if any(line)}
    header = tuple(lines[0]) if lines else ()
    while header and not header[-1] and not any(len(line) >= len(header) and line[len(header) - 1] for line in lines):
        header = header[:-1]  # columns that a spreadsheet adds for nothing
    uneven = tuple(number for number, line in rows.items() if len(line) < len(header) or any(line[len(header) :]))
    if uneven:
        remedy = "Quote cells that hold the separator, and give every row as many cells as the header."
        faults.append(Fault("not as many cells as the header has", TABLE, remedy, rows=uneven))
    if separator == ";":
        rows = {number: [re.sub(r"^(\d+),(\d+)$", r"\1.\2", cell) for cell in line] for number, line in rows.items()}
    cells = {number: dict(zip(header, line, strict=False)) for number, line in rows.items() if number not in uneven}
    return _Rows(header, cells)


def _header_faults(header: Sequence[str], settable: Sequence[str]) -> list[Fault]:
    """What is wrong with the names of the columns."""
    known = [NAME, STUDY, *settable]
    faults = [
        Fault("the column is missing", TABLE, f"Add it; the columns are {list_words(known)}.", (1,), name)
        for name in (NAME, STUDY)
        if name not in header
    ]
    for name in dict.fromkeys(header):
        if name not in known:
            remedy = suggest(name, known) or f"The columns are {list_words(known)}."
            faults.append(Fault("no notebook declares this parameter", TABLE, remedy, (1,), name or "no name"))
        elif header.count(name) > 1:
            faults.append(Fault("the column is there twice", TABLE, "Keep one of them.", (1,), name))
    return faults


def _name_faults(cells: Mapping[str, str]) -> list[Fault]:
    """What is wrong with the name of a run, which becomes a folder on any system."""
    name = cells.get(NAME)
    if name is None or (SAFE.fullmatch(name) and not _is_reserved(name)):
        return []
    problem = "the name cannot be that of a folder" if name else "no name"
    remedy = f"Use letters, digits, _ . and -, {LONGEST_NAME} at most, the first a letter or digit; no system's word."
    return [Fault(problem, TABLE, remedy, column=NAME)]


def _is_reserved(name: str) -> bool:
    """Tell whether a system or the batch itself has taken a name."""
    return name.casefold() in OF_THE_BATCH or name.casefold().partition(".")[0] in OF_SYSTEMS


def _repeated(rows: _Rows) -> list[Fault]:
    """The names that several rows have; some systems know no capitals."""
    names = {number: cells[NAME].casefold() for number, cells in rows.cells.items() if cells.get(NAME)}
    twice = [name for name, count in Counter(names.values()).items() if count > 1]
    places = [tuple(number for number, name in names.items() if name == each) for each in twice]
    remedy = "Give each run a name of its own; capitals make no difference."
    return [Fault("several runs have this name", TABLE, remedy, place, NAME) for place in places]


def _value_faults(values: Mapping[str, str], kinds: Sequence[Mapping[str, str]]) -> list[Fault]:
    """The values that are not of the type that a notebook declares."""
    faults = {}
    for name, value in values.items():
        for kind in {each[name] for each in kinds if name in each}:
            try:
                typed(name, value, kind)
            except ParameterError:
                faults[name] = Fault(f"not of type {kind}", TABLE, f"Give {KINDS[kind][1]}.", column=name)
    return list(faults.values())


def _study(text: str, beside: Path) -> Path:
    """The cohort folder that a cell means; where there is none, where it was looked for first."""
    for place in (beside / text, text):
        with suppress(StudyError):
            return find_folder(place)
    return Path(os.path.abspath(beside / text))


def _in_row(fault: Fault, number: int) -> Fault:
    """A fault in the row where it is."""
    return replace(fault, rows=(number,))
