"""Tables of a Word document: widths, repeated heads, whole rows; all their looks are named styles."""

import re
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Pt

from helpers.report.page import PageTable
from helpers.report.word_styles import (
    CELL,
    HEAD,
    LEVELS,
    NOTE,
    NUMBER,
    NUMBER_HEAD,
    REMARK,
    SIGN,
    TABLE,
    TABLE_SIZE,
    TEXT_WIDTH,
    WIDE_WIDTH,
)
from helpers.report.word_text import add_pieces, pieces, run, style_id

LETTER = 0.52 * Pt(TABLE_SIZE)  # mean width of a letter
MARGINS = Pt(8)  # of a cell, left and right together
TWIP = 635  # EMU
INTERVAL = re.compile(r" (?=\()|(?<=;) ")  # where a number may break
SPACE = re.compile(r"(?<!;) (?!\()")
BREAKS = re.compile(r"[^\S\u00a0]|(?<=[/-])(?=\w)")
WHOLE = 24  # letters of a value that is not broken, but before its interval
SHORT = 12  # rows that one page holds together


class Cell(NamedTuple):
    """A cell: its text, its style, its width in twips, the columns that it spans."""

    text: str
    style: str
    width: int
    columns: int = 1


def is_wide(table: PageTable) -> bool:
    """Tell whether the longest words of a table's columns do not fit beside each other on an upright page."""
    return sum(_longest_words(_seen(table.columns, table.rows, table.origin))) > TEXT_WIDTH


def add_table(
    document: Document,
    columns: Sequence[tuple[str, str]],
    rows: Sequence[Sequence[str]],
    *,
    levels: Sequence[int] = (),
    said: str = "",
    turned: bool = False,
) -> None:
    """Add a table: columns are (label, "left" | "right"), a row of one cell spans all; no sign for the origin `said`.

    Written as XML at once, for python-docx is slow cell by cell.
    """
    most = WIDE_WIDTH if turned else TEXT_WIDTH
    widths = [round(width / TWIP) for width in _widths(_seen(columns, rows, said), most)]
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    right = [align == "right" for _, align in columns]
    heads = [
        Cell(label, NUMBER_HEAD if is_right else HEAD, width)
        for (label, _), is_right, width in zip(columns, right, widths, strict=True)
    ]
    lines = [_row(heads, "", keep=True, head=True)]
    for number, row in enumerate(rows):
        cells = _cells(row, right, widths, levels[number] if levels else 0)
        lines.append(_row(cells, said, keep=_stays(number, rows)))
    table = parse_xml(
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="{style_id(TABLE)}"/>'
        f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        '<w:tblLayout w:type="fixed"/><w:tblLook w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0" '
        'w:lastColumn="0" w:noHBand="1" w:noVBand="1"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(lines)}</w:tbl>"
    )
    document.element.body._insert_tbl(table)


def add_notes(document: Document, notes: Sequence[str]) -> None:
    """Add the lines under a table; an empty one keeps it apart from what follows."""
    for note in notes or [""]:
        add_pieces(document.add_paragraph(style=NOTE), pieces(note))


def _stays(number: int, rows: Sequence[Sequence[str]]) -> bool:
    """Whether a row stays on the page of the next one: all of a short table, no end alone, a claim with its remark."""
    last = len(rows) - 1
    if len({len(row) for row in rows}) > 1:
        return number < last and len(rows[number + 1]) == 1
    return number < last if len(rows) <= SHORT else number < 2 or number == last - 1


def _cells(row: Sequence[str], right: Sequence[bool], widths: Sequence[int], level: int) -> list[Cell]:
    """The cells of a row; its only one spans the table."""
    if len(row) == 1:
        return [Cell(row[0], REMARK, sum(widths), len(widths))]
    nested = f"{CELL} {min(level, LEVELS)}" if level else CELL
    styles = [NUMBER if is_right else CELL if number else nested for number, is_right in enumerate(right)]
    return [Cell(*cell) for cell in zip(row, styles, widths, strict=True)]


def _row(cells: Sequence[Cell], said: str, *, keep: bool, head: bool = False) -> str:
    """One row as XML; Word reads widths from the cells, LibreOffice from the grid."""
    repeat = "<w:tblHeader/>" if head else ""
    texts = "".join(_cell(cell, said, keep) for cell in cells)
    return f"<w:tr><w:trPr><w:cantSplit/>{repeat}</w:trPr>{texts}</w:tr>"


def _cell(cell: Cell, said: str, keep: bool) -> str:
    runs = "".join(run(words) + run(sign, SIGN) for words, sign in _printed(cell.text, said, cell.style == NUMBER))
    span = f'<w:gridSpan w:val="{cell.columns}"/>' if cell.columns > 1 else ""
    stays = "<w:keepNext/>" if keep else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{cell.width}" w:type="dxa"/>{span}</w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="{style_id(cell.style)}"/>{stays}</w:pPr>{runs}</w:p></w:tc>'
    )


def _printed(text: str, said: str, is_number: bool) -> list[tuple[str, str]]:
    """A cell's text in pieces with signs; a number breaks before its interval only, unless it is long."""
    found = list(pieces(text, said=said))
    longest = max(map(len, INTERVAL.split("".join(words for words, _ in found))))
    if not is_number or longest > WHOLE:
        return found
    return [(SPACE.sub("\u00a0", words), sign) for words, sign in found]


def _seen(columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]], said: str = "") -> list[list[str]]:
    """The texts of each column as a reader sees them; rows of one cell have no part in their widths."""
    full = [row for row in rows if len(row) == len(columns)]
    seen = [[label] for label, _ in columns]
    for texts, cells, (_, align) in zip(seen, zip(*full, strict=True), columns, strict=False):
        texts += ["".join(chain.from_iterable(_printed(cell, said, align == "right"))) for cell in cells]
    return seen


def _longest_words(seen: Sequence[Sequence[str]]) -> list[float]:
    """What each column needs for its longest word."""
    words = [max(len(word) for text in column for word in BREAKS.split(text)) for column in seen]
    return [count * LETTER + MARGINS for count in words]


def _widths(seen: Sequence[Sequence[str]], most: int) -> list[float]:
    """Column widths in EMU: as wide as the text needs, and within the page: long texts share what is left."""
    needs = [max(map(len, column)) * LETTER + MARGINS for column in seen]
    if sum(needs) <= most:
        return needs
    least = [min(width, most / len(needs)) for width in _longest_words(seen)]
    extra = [need - floor for need, floor in zip(needs, least, strict=True)]
    share = (most - sum(least)) / sum(extra)
    return [floor + share * more for floor, more in zip(least, extra, strict=True)]
