"""An account as plain text: aligned columns of at most 100 letters, a line for each thing, no drawing."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from helpers.cohort.account.account import Account
from helpers.cohort.account.sections import Section
from helpers.cohort.record import COLUMN, ColumnRead, NotRead, TableRead
from helpers.faults import CONTROL

WIDTH, INDENT, BELOW = 100, 2, 6  # letters of a line, before it, and before what of it does not fit
COLUMNS = ("Column", "Type", "Given", "Missing", "Distinct", "Median", "Read from")
NUMBERS = range(2, 6)  # columns that are set to the right


def as_text(account: Account) -> str:
    """The account for a terminal: tables and their columns, what is not read, the course, the reports, the doubts."""
    title = account.study.title if account.study else "study.toml cannot be read"
    changed = (f"{row.file}, {row.column}: {row.what}, {counted(row.cells, 'cell')}" for row in account.normalised)
    blocks = {f"{account.key}: {title}": (), **dict(map(_table, account.tables))} | {
        "Files not read": map(said_of, account.files_not_read),
        "Changed on reading": changed,
        "Follow-up and age": (spread.words for spread in account.in_words),
        "Arms": (f"{arm.label} ({arm.arm}): {counted(arm.patients, 'patient')}" for arm in account.arms),
        "Endpoints": (f"{end.label}: {end.words}" for end in account.endpoints),
        "Sections of the reports": _sections(account.sections),
        "Doubtful": map(str, account.questions),
    }
    said = {heading: [part for line in lines for part in _wrapped(line)] for heading, lines in blocks.items()}
    first = next(iter(blocks))
    whole = ("\n".join([heading, *lines]) for heading, lines in said.items() if lines or heading == first)
    return CONTROL.sub("", "\n\n".join(whole))


def counted(count: int, noun: str) -> str:
    """ "1 row", "2 rows"."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


def said_of(item: NotRead) -> str:
    """What is not read, with what it may be meant for."""
    return f"{item.kind} {item.name}: {f'did you mean {item.near}?' if item.near else item.reason}"


def rows_of(table: TableRead) -> str:
    """The rows of a file: those that were read and those that were not."""
    left = [(table.unchosen_rows, "not chosen by study.toml"), (table.blank_rows, "blank")]
    others = [f"{count:,} {why}" for count, why in left if count]
    return f"{counted(table.rows, 'row')}{'; left out: ' * bool(others)}{', '.join(others)}"


def _table(table: TableRead) -> tuple[str, list[str]]:
    """The block of a table: its columns, aligned, then what it does not have and what of the file is not read."""
    lists = {"Understood": "; ".join(table.understood), "Not recorded": ", ".join(table.not_recorded)}
    for kind in dict.fromkeys(map(_kind, table.not_read)):
        items = [item for item in table.not_read if _kind(item) == kind]
        lists[f"Not read ({kind})"] = ", ".join(f"{i.name}{f' (did you mean {i.near}?)' * bool(i.near)}" for i in items)
    said = [f"{name}: {words}" for name, words in lists.items() if words]
    return f"Table {table.table}: {table.file}, {rows_of(table)}", [*_aligned(table.columns), *said]


def _kind(item: NotRead) -> str:
    """What is not read, and why if it is not that nothing names it."""
    return item.kind if item.kind == COLUMN else f"{item.kind}, {item.reason}"


def _aligned(columns: Sequence[ColumnRead]) -> Iterator[str]:
    """The columns of a table, under each other."""
    cells = [COLUMNS, *map(_cells, columns)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)][:-1]
    for *row, last in cells:
        placed = (f"{row[at]:>{width}}" if at in NUMBERS else f"{row[at]:<{width}}" for at, width in enumerate(widths))
        yield "  ".join([*placed, last])


def _cells(column: ColumnRead) -> tuple[str, ...]:
    """What is printed of a column."""
    counts = (f"{count:,}" for count in (column.given, column.missing, column.distinct))
    return column.column, column.type, *counts, column.middle, column.source


def _sections(sections: Iterable[Section]) -> Iterator[str]:
    """By report, how many sections will show something, and what each of the others lacks."""
    for report, group in groupby(sections, key=lambda section: section.report):
        rows = [*group]
        shown = [section for section in rows if section.shown]
        yield f"{report}: {len(shown)} of {counted(len(rows), 'section')} will show something"
        yield from (f"  not {section.section}: {section.lacks}" for section in rows if not section.shown)


def _wrapped(line: str) -> list[str]:
    """A line broken between words, its later parts further in."""
    wrapper = textwrap.TextWrapper(WIDTH, break_long_words=False, break_on_hyphens=False)
    wrapper.initial_indent, wrapper.subsequent_indent = " " * INDENT, " " * BELOW
    return wrapper.wrap(line)
