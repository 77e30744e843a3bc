"""Charts of rows: a column of labels, text columns, and one axis whose rows stand beside them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from matplotlib.patches import Rectangle

from helpers.present.layout.colors import INK, MUTED, STRIPE
from helpers.present.layout.text_layout import extent, literal, shorten, wrap
from helpers.present.layout.theme import EDGE, LINE, SMALL, Plot, Sheet, inner_width, is_narrow, sheet_width

GUTTER = 9.0
LABEL_LINES = 2  # beside the marks; a longer label stands over them and takes the whole width
HEADING_LINES = 2  # of a narrow figure
RIM = 9.0  # beside an axis that has no text there, for half of a tick's label


@dataclass(frozen=True)
class Row:
    """One row: its label and how many lines of marks and text it holds; a heading holds none."""

    label: str
    slots: int = 1
    heading: bool = False
    note: str = ""  # at the right end of a heading
    color: str = INK
    indent: float = 0.0
    slot: float = LINE  # height of one slot


@dataclass(frozen=True)
class Column:
    """A text column: its header, and for every row one text per slot."""

    header: str
    cells: Sequence[Sequence[str]]
    align: str = "left"
    side: str = "right"  # of the axis

    @cached_property
    def width(self) -> float:
        """Room for the longest text, and for the header over up to three lines."""
        texts = [extent(text, SMALL) for row in self.cells for text in row if text]
        words = [extent(word, SMALL, bold=True) for word in self.header.split()]
        return max([*texts, *words, 0.0]) + 1

    @property
    def title(self) -> str:
        """The header on one line."""
        return self.header.replace("/\n", "/").replace("\n", " ")

    @cached_property
    def lines(self) -> str:
        """The header as wide as the column; its own line breaks stay."""
        parts = self.header.split("\n")
        return "\n".join(wrap(part, self.width, size=SMALL, lines=3, bold=True) for part in parts)


class Written(NamedTuple):
    """How a row is written: its label, what stands under the label, the height of both over the marks, its height."""

    label: str
    under: str
    over: float  # 0 where the label stands beside the marks
    height: float


@dataclass
class RowChart:
    """The sheet, its axes (`ax`, heights in points, downwards) and the height at which every row stands.

    In a narrow figure labels stand over their rows, and of the columns only those beside the axis that leave it its
    part of the width; what the others hold follows the label, after their headers.
    """

    rows: Sequence[Row]
    columns: Sequence[Column] = ()
    head: float = 0.0  # room above, for a key
    foot: float = 26.0  # room below, for the axis
    stripes: bool = True
    narrowest: float = 110.0  # of the axis
    pad: float = 3.5  # over and under the text of a row
    sheet: Sheet = field(init=False)
    ax: Plot = field(init=False)

    def __post_init__(self) -> None:
        self.least = min(self.narrowest, inner_width() - 2 * RIM) if is_narrow() else self.narrowest
        self.beside = self._columns_beside()
        self._widths()
        written = [self._write_over(number, row) or self._write_beside(row) for number, row in enumerate(self.rows)]
        self.labels, self.under, self.over, self.heights = zip(*written, strict=True)
        headers = [column.lines for column in self.beside]
        header_height = max([LINE * (1 + text.count("\n")) + 4 for text in headers if text], default=0.0)
        self.top = EDGE + self.head + header_height
        self.body = sum(self.heights)
        self.sheet = Sheet(self.top + self.body + self.foot + EDGE)
        self.ax = self.sheet.axes(self.left, self.top, self.width, self.body)
        self.ax.set_ylim(self.body, 0)
        self._write_labels()
        self._write_columns(headers)

    def _columns_beside(self) -> list[Column]:
        """The columns that stand beside the axis: all, or in a narrow figure those that leave it its least."""
        if not is_narrow():
            return list(self.columns)
        room, kept = inner_width() - self.least, []
        for column in sorted(self.columns, key=lambda column: column.side == "left"):  # the first right of it is first
            if column.width + GUTTER <= room:
                kept.append(column)
                room -= column.width + GUTTER
        return [column for column in self.columns if column in kept]

    def _widths(self) -> None:
        """Share the width: text columns as wide as they need, labels at most what leaves the axis its least."""
        sides = {side: [c for c in self.beside if c.side == side] for side in ("left", "right")}
        taken = {side: sum(column.width + GUTTER for column in columns) for side, columns in sides.items()}
        labels = [extent(literal(row.label)) + row.indent for row in self.rows if not row.heading]
        room = inner_width() - sum(taken.values()) - self.least - GUTTER
        self.label_width = min(max(labels, default=0.0) + 1, max(room, 84.0))
        if is_narrow() and max(labels, default=0.0) > room:
            self.label_width = 0.0
        gutter = GUTTER if self.label_width or taken["left"] else RIM
        self.left = EDGE + self.label_width + gutter + taken["left"]
        self.right = sheet_width() - EDGE - (taken["right"] or RIM)
        self.width = self.right - self.left

    def _write_beside(self, row: Row) -> Written:
        """A row whose label stands beside its marks."""
        label = wrap(row.label, self.label_width - row.indent, lines=LABEL_LINES)
        height = max(LINE * (1 + label.count("\n")), row.slot * row.slots)
        return Written(label, "", 0.0, height + 2 * self.pad)

    def _write_over(self, number: int, row: Row) -> Written | None:
        """A row whose label takes the whole width: a heading, or what is too long for its column; None for others."""
        under = self._under(number, row)
        if row.heading:
            room = inner_width() - (extent(row.note, SMALL) + GUTTER if row.note and not under else 0)
            label = wrap(row.label, room, lines=HEADING_LINES if under else 1, bold=True)
            height = LINE * (1 + label.count("\n") + bool(under))
            return Written(label, under, 0.0, max(height, row.slot * row.slots) + 2 * self.pad)
        fits = self.label_width and not wrap(row.label, self.label_width - row.indent, lines=LABEL_LINES).endswith("…")
        if fits and not under:
            return None
        label = wrap(row.label, inner_width() - row.indent, lines=LABEL_LINES)
        over = LINE * (1 + label.count("\n") + (1 + under.count("\n") if under else 0))
        return Written(label, under, over, over + row.slot * row.slots + 2 * self.pad)

    def _under(self, number: int, row: Row) -> str:
        """What stands under a label: the cells of columns that have no room beside the axis, or a heading's note."""
        if row.heading:
            wide = extent(literal(row.label), bold=True) + extent(row.note, SMALL) + GUTTER > inner_width()
            return shorten(row.note, inner_width(), size=SMALL) if is_narrow() and row.note and wide else ""
        dropped = [column for column in self.columns if column not in self.beside]
        texts = [(column.title, dict.fromkeys(filter(None, column.cells[number]))) for column in dropped]
        parts = [f"{title} {'; '.join(cells)}" for title, cells in texts if cells]
        return wrap("   ".join(parts), inner_width() - row.indent, size=SMALL, lines=LABEL_LINES) if parts else ""

    def tops(self) -> list[float]:
        """The upper edge of every row, from the top of the axes."""
        return [sum(self.heights[:number]) for number in range(len(self.rows))]

    def centre(self, number: int, slot: int = 0) -> float:
        """The height of a slot's middle, from the top of the axes."""
        row = self.rows[number]
        blank = (self.heights[number] - self.over[number] - row.slot * row.slots) / 2
        return sum(self.heights[:number]) + self.over[number] + blank + row.slot * (slot + 0.5)

    def upright(self, value: float, **style: Any) -> None:
        """An upright line at a value, interrupted by headings and by labels that stand over marks."""
        rows = zip(self.rows, self.tops(), self.over, self.heights, strict=True)
        spans = [(top + over + self.pad * (over > 0), top + tall) for row, top, over, tall in rows if not row.heading]
        low, high = zip(*spans, strict=True)
        self.ax.vlines([value] * len(low), low, high, **style)

    def _write_labels(self) -> None:
        """Row labels with what stands under them, a pale band behind every second row, and the notes of headings."""
        for number, (row, label, top) in enumerate(zip(self.rows, self.labels, self.tops(), strict=True)):
            if self.stripes and number % 2 == 0:
                band = Rectangle((0, self.top + top), sheet_width(), self.heights[number], transform=self.sheet.points)
                band.set(facecolor=STRIPE, edgecolor="none", zorder=-2)
                self.sheet.figure.add_artist(band)
            under = self.under[number]
            below = LINE * (1 + under.count("\n")) if under else 0.0
            whole = self.over[number] or self.heights[number] - 2 * self.pad
            middle = self.top + top + self.pad + (whole - below) / 2
            anchor, weight = "center" if "\n" in label else "center_baseline", "bold" if row.heading else "normal"
            self.sheet.text(EDGE + row.indent, middle, label, color=row.color, va=anchor, weight=weight)
            if under:
                at = self.top + top + self.pad + whole - below / 2
                self.sheet.text(EDGE + row.indent, at, under, va="center", fontsize=SMALL, color=MUTED)
            elif row.note:
                at = sheet_width() - EDGE
                self.sheet.text(at, middle, row.note, ha="right", va="center", fontsize=SMALL, color=MUTED)

    def _write_columns(self, headers: list[str]) -> None:
        """The headers and texts of the columns."""
        x = {"left": EDGE + self.label_width + GUTTER, "right": self.right + GUTTER}
        for column, header in zip(self.beside, headers, strict=True):
            start, end = x[column.side], x[column.side] + column.width
            x[column.side] = end + GUTTER
            anchor, side = start if column.align == "left" else end, column.align
            self.sheet.text(anchor, self.top - 4, header, va="bottom", weight="bold", ha=side, fontsize=SMALL)
            for number, texts in enumerate(column.cells):
                for slot, text in enumerate(texts):
                    if text:
                        middle = self.top + self.centre(number, slot)
                        self.sheet.text(anchor, middle, text, va="center_baseline", ha=side, fontsize=SMALL)
