"""Charts of rows: a column of labels, text columns, and one axis whose rows stand beside them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from helpers.present.layout.colors import INK, MUTED, STRIPE
from helpers.present.layout.text_layout import extent, literal, shorten, wrap
from helpers.present.layout.theme import EDGE, LINE, SMALL, Sheet, inner_width, sheet_width

GUTTER = 9.0
LABEL_LINES = 2  # beside the marks; a longer label stands over them and takes the whole width


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

    @property
    def width(self) -> float:
        """Room for the longest text, and for the header over up to three lines."""
        texts = [extent(text, SMALL) for row in self.cells for text in row if text]
        words = [extent(word, SMALL, bold=True) for word in self.header.split()]
        return max([*texts, *words, 0.0]) + 1

    @property
    def lines(self) -> str:
        """The header as wide as the column; its own line breaks stay."""
        parts = self.header.split("\n")
        return "\n".join(wrap(part, self.width, size=SMALL, lines=3, bold=True) for part in parts)


@dataclass
class RowChart:
    """The sheet, its axes (`ax`, heights in points, downwards) and the height at which every row stands."""

    rows: Sequence[Row]
    columns: Sequence[Column] = ()
    head: float = 0.0  # room above, for a key
    foot: float = 26.0  # room below, for the axis
    stripes: bool = True
    narrowest: float = 110.0  # of the axis
    pad: float = 3.5  # over and under the text of a row
    sheet: Sheet = field(init=False)
    ax: Axes = field(init=False)

    def __post_init__(self) -> None:
        self._widths()
        self.labels, self.over, self.heights = zip(*(self._measure(row) for row in self.rows), strict=True)
        headers = [column.lines for column in self.columns]
        header_height = max([LINE * (1 + text.count("\n")) + 4 for text in headers if text], default=0.0)
        self.top = EDGE + self.head + header_height
        self.body = sum(self.heights)
        self.sheet = Sheet(self.top + self.body + self.foot + EDGE)
        self.ax = self.sheet.axes(self.left, self.top, self.width, self.body)
        self.ax.set_ylim(self.body, 0)
        self._write_labels()
        self._write_columns(headers)

    def _widths(self) -> None:
        """Share the width: text columns as wide as they need, labels at most what leaves the axis its least."""
        sides = {side: [c for c in self.columns if c.side == side] for side in ("left", "right")}
        taken = {side: sum(column.width + GUTTER for column in columns) for side, columns in sides.items()}
        longest = max(extent(literal(row.label), bold=row.heading) + row.indent for row in self.rows if not row.heading)
        room = inner_width() - sum(taken.values()) - self.narrowest - GUTTER
        self.label_width = min(longest + 1, max(room, 84.0))
        self.left = EDGE + self.label_width + GUTTER + taken["left"]
        self.right = sheet_width() - EDGE - taken["right"]
        self.width = self.right - self.left

    def _measure(self, row: Row) -> tuple[str, float, float]:
        """A row's wrapped label, the height of a label that stands over the marks, and the height of the row.

        A heading takes the whole width, and so does a label too long for its column.
        """
        over = 0.0
        if row.heading:
            room = inner_width() - (extent(row.note, SMALL) + GUTTER if row.note else 0)
            label = shorten(literal(row.label), room, bold=True)
        else:
            label = wrap(row.label, self.label_width - row.indent, lines=LABEL_LINES)
            if label.endswith("…"):
                label = wrap(row.label, inner_width() - row.indent, lines=LABEL_LINES)
                over = LINE * (1 + label.count("\n"))
        beside = 1 if over else 1 + label.count("\n")
        return label, over, over + max(LINE * beside, row.slot * row.slots) + 2 * self.pad

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
        """Row labels, a pale band behind every second row, and the notes of headings."""
        for number, (row, label, top) in enumerate(zip(self.rows, self.labels, self.tops(), strict=True)):
            beside = self.heights[number] - 2 * self.pad if not self.over[number] else self.over[number]
            middle = self.top + top + self.pad + beside / 2
            if self.stripes and number % 2 == 0:
                band = Rectangle((0, self.top + top), sheet_width(), self.heights[number], transform=self.sheet.points)
                band.set(facecolor=STRIPE, edgecolor="none", zorder=-2)
                self.sheet.figure.add_artist(band)
            anchor, weight = "center" if "\n" in label else "center_baseline", "bold" if row.heading else "normal"
            self.sheet.text(EDGE + row.indent, middle, label, color=row.color, va=anchor, weight=weight)
            if row.note:
                self.sheet.text(
                    sheet_width() - EDGE, middle, row.note, ha="right", va="center", fontsize=SMALL, color=MUTED
                )

    def _write_columns(self, headers: list[str]) -> None:
        """The headers and texts of the columns."""
        x = {"left": EDGE + self.label_width + GUTTER, "right": self.right + GUTTER}
        for column, header in zip(self.columns, headers, strict=True):
            start, end = x[column.side], x[column.side] + column.width
            x[column.side] = end + GUTTER
            anchor, side = start if column.align == "left" else end, column.align
            self.sheet.text(anchor, self.top - 4, header, va="bottom", weight="bold", ha=side, fontsize=SMALL)
            for number, texts in enumerate(column.cells):
                for slot, text in enumerate(texts):
                    if text:
                        middle = self.top + self.centre(number, slot)
                        self.sheet.text(anchor, middle, text, va="center_baseline", ha=side, fontsize=SMALL)
