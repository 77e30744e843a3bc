"""The page of a check for the data manager: faults, doubts, every check with its rows, what was read and what not."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from helpers.cohort.account import Account
from helpers.cohort.account.text import counted, rows_of
from helpers.cohort.dictionary import dictionary
from helpers.cohort.findings import NOTE, QUESTION
from helpers.cohort.record import ColumnRead, TableRead
from helpers.faults import CONTROL, Fault
from helpers.report.export import render
from helpers.report.page import Heading
from helpers.report.target import OutputError, in_words
from helpers.report.whole import new_file, replace_files

MARK = "second-cart check"
MARKED, HEAD = f'<meta name="generator" content="{MARK}">', 100_000  # stands in the first letters of a page
GRADE = "grade"  # a unit that is not said after a number
PASSED, FAILED, DOUBTFUL = ("passed", "agrees"), ("failed", "wrong"), ("doubtful", "open")  # words and look
BAR = (
    '<svg class="ci" aria-hidden="true" viewBox="0 0 100 10"><rect width="100" height="10" fill="none" '
    'stroke="currentColor"/><rect width="{:.1f}" height="10" fill="currentColor"/></svg>'
)


class Grid(NamedTuple):
    """A table of the page: `right` names the columns set to the right; the second one of a `marked` table is a sign;
    a `folded` one opens at its caption.
    """

    caption: str
    heads: list[str]
    rows: list[list]
    right: str = ""
    marked: bool = False
    folded: bool = False


def write_check_page(path: Path, account: Account) -> None:
    """Write the page, over a former one but over no other file; raises OutputError."""
    text = check_page(account)
    if not os.path.lexists(path):
        new_file(path, text)
    elif path.is_file() and not path.is_symlink() and MARKED in _head(path):
        replace_files({path: text})
    else:
        raise OutputError(f"{path.name} is there and is no page of a check; move it away or name another file")


def _head(path: Path) -> str:
    """The beginning of a file, as far as a page says what it is."""
    with in_words(path.name), path.open(encoding="utf-8", errors="replace") as file:
        return file.read(HEAD)


def check_page(account: Account) -> str:
    """The page as HTML, whole in itself."""
    named = (
        _named(account),
        ("checks", "Checks", [*_checks(account), _notes(account)]),
        _read(account),
        _course(account),
    )
    parts = [(anchor, heading, grids) for anchor, heading, grids in named if any(grid.rows for grid in grids)]
    return render(
        "check.html.j2",
        mark=MARK,
        account=account,
        answer=_answer(account),
        parts=[(anchor, heading, map(_printable, grids)) for anchor, heading, grids in parts],
        title=f"What was read of {account.key}",
        study=account.study.title if account.study else "",
        here="",
        links=[],
        synthetic=bool(account.study and account.study.synthetic),
        contents=[Heading(2, heading, heading, anchor) for anchor, heading, _ in parts],
        provenance=[("Cohort", account.key), *((table.file, rows_of(table)) for table in account.tables)],
    )


def _answer(account: Account) -> str:
    """Whether the reports can be made, in a sentence."""
    asked = f" {counted(len(account.questions), 'doubt')} to look at." if account.questions else ""
    if account.faults:
        return f"{counted(len(account.faults), 'fault')}: no report is made before all are mended.{asked}"
    return f"No fault: the reports can be made.{asked}"


def _named(account: Account) -> tuple[str, str, list[Grid]]:
    """The faults and the doubts, each with its place and remedy."""
    heads = ["Where", "What", "Remedy"]
    grids = [
        Grid(name, heads, [_fault(item) for item in items], "m2 m3")
        for name, items in (
            ("Faults. Each of them stops the reports.", account.faults),
            ("Doubts. The reports are made; each may be right.", account.questions),
        )
    ]
    return "faults", "Faults and doubts", grids


def _fault(fault: Fault) -> list:
    """A row of the faults."""
    return [fault.place, fault.problem, fault.remedy]


def _checks(account: Account) -> list[Grid]:
    """Every check: those that failed or are doubtful, then, folded, those that passed."""
    rows: list[list] = []
    for item in account.checks:
        if item.kind != NOTE and item.rows_checked:
            passed = item.rows_checked - item.rows_touched
            result = PASSED if not item.rows_touched else DOUBTFUL if item.kind == QUESTION else FAILED
            bar = Markup(BAR.format(100 * passed / item.rows_checked))
            rows.append([item.check, result, item.columns, item.rows_checked, passed, item.rows_touched, bar])
    kept = {result: [row for row in rows if row[1] == result] for result in (FAILED, DOUBTFUL, PASSED)}
    heads, right = ["What is asked", "Result", "Columns", "Rows", "Passed", "Failed", "Share passed"], "m1 r4 r5 r6"
    caption = "What was asked of the data where the answer was no for some rows."
    return [
        Grid(caption, heads, kept[FAILED] + kept[DOUBTFUL], right, marked=True),
        Grid(f"{counted(len(kept[PASSED]), 'check')} passed by every row", heads, kept[PASSED], right, True, True),
    ]


def _notes(account: Account) -> Grid:
    """What is worth knowing, with the rows of which it is true."""
    rows = [[n.check, n.columns, n.rows_touched, n.rows_checked] for n in account.checks if n.kind == NOTE]
    return Grid("Notes: what is no fault but should be known.", ["Note", "Columns", "Rows", "Of"], rows, "r3 r4")


def _read(account: Account) -> tuple[str, str, list[Grid]]:
    """What was read, table by table, and what was not."""
    grids = [grid for table in account.tables for grid in _table(table)]
    files = [[item.name, item.near, item.reason] for item in account.files_not_read]
    grids.append(Grid("Files of the folder that are not read.", ["File", "Did you mean", "Why"], files, "m3"))
    changed = [[row.column, row.file, row.what, row.cells] for row in account.normalised]
    heads = ["Column", "File", "What was done", "Cells"]
    return "read", "What was read", [*grids, Grid("Cells that were changed on reading.", heads, changed, "r4 m3")]


def _table(table: TableRead) -> Iterable[Grid]:
    """The columns of one table, and what of its file was not read."""
    understood = f" Understood: {'; '.join(table.understood)}." if table.understood else ""
    heads = ["Column", "Read from", "Type", "Given", "Missing", "Distinct", "Median"]
    caption, rows = f"{table.table}: {table.file}, {rows_of(table)}.{understood}", [*map(_column, table.columns)]
    yield Grid(caption, heads, rows, "r4 r5 r6 r7")
    left = [[item.name, item.kind, item.near, item.reason] for item in table.not_read]
    yield Grid(f"Not read of {table.file}.", ["Name", "What it is", "Did you mean", "Why"], left, "m4")
    labels = {column.name: column.label for column in dictionary() if column.table == table.table}
    absent = [[name, labels[name]] for name in table.not_recorded]
    caption = f"{counted(len(absent), 'column')} of the codebook not recorded in {table.file}"
    yield Grid(caption, ["Column", "What it is"], absent, folded=True)


def _column(column: ColumnRead) -> list:
    """A row of the columns."""
    median = f"{column.middle} {column.unit.removeprefix(GRADE)}" if column.middle else ""
    return [column.column, column.source, column.type, column.given, column.missing, column.distinct, median.strip()]


def _course(account: Account) -> tuple[str, str, list[Grid]]:
    """What the reports will show: arms, endpoints, sections."""
    arms = [[item.label, item.arm, item.patients] for item in account.arms]
    ends = [[end.label, end.population, end.patients, end.events, end.lacks] for end in account.endpoints]
    rows = [[s.section, ("yes", "agrees") if s.shown else ("no", "none"), s.report, s.lacks] for s in account.sections]
    return (
        "reports",
        "What the reports will show",
        [
            Grid("Arms.", ["Arm", "Key", "Patients"], arms, "r3"),
            Grid("Endpoints.", ["Endpoint", "Among", "Patients", "Events", "Lacks"], ends, "r3 r4 m5"),
            Grid("Sections.", ["Section", "Shown", "Report", "Lacks"], rows, "m4", marked=True),
        ],
    )


def _printable(grid: Grid) -> Grid:
    """A table as it is printed: counts by thousands, and without signs that no page can hold."""

    def cell(value: object) -> object:
        if value is None:
            return ""
        return f"{value:,}" if isinstance(value, int) else CONTROL.sub("", value) if type(value) is str else value

    return grid._replace(caption=CONTROL.sub("", grid.caption), rows=[[*map(cell, row)] for row in grid.rows])
