"""Charts of rows: a column of labels, text columns, and one axis whose rows stand beside them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from helpers.present.layout.text_layout import extent, literal, shorten, wrap
from helpers.present.layout.theme import EDGE, INK, LINE, MUTED, SMALL, STRIPE, WIDTH, Sheet

GUTTER = 9.0
PAD = 3.5  # over and under the text of a row
NARROWEST = 110.0  # of the axis
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
    narrowest: float = NARROWEST
    pad: float = PAD
    sheet: Sheet = field(init=False)
    ax: Axes = field(init=False)

    def __post_init__(self) -> None:
        self._widths()
        self.labels = [self._wrapped(row) for row in self.rows]
        self.over = [LINE * (1 + label.count("\n")) if self._is_over(row) else 0.0 for row, label in self._pairs()]
        self.heights = [self._height(number) for number in range(len(self.rows))]
        headers = [column.lines for column in self.columns]
        self.header_height = max([LINE * (1 + text.count("\n")) + 4 for text in headers if text], default=0.0)
        self.top = EDGE + self.head + self.header_height
        self.body = sum(self.heights)
        self.sheet = Sheet(self.top + self.body + self.foot + EDGE)
        self.ax = self.sheet.axes(self.left, self.top, self.width, self.body)
        self.ax.set_ylim(self.body, 0)
        self._write(headers)

    def _widths(self) -> None:
        """Share the width: text columns as wide as they need, labels at most what leaves the axis its least."""
        sides = {side: [c for c in self.columns if c.side == side] for side in ("left", "right")}
        taken = {side: sum(column.width + GUTTER for column in columns) for side, columns in sides.items()}
        longest = max(extent(literal(row.label), bold=row.heading) + row.indent for row in self.rows if not row.heading)
        room = WIDTH - 2 * EDGE - sum(taken.values()) - self.narrowest - GUTTER
        self.label_width = min(longest + 1, max(room, 84.0))
        self.left = EDGE + self.label_width + GUTTER + taken["left"]
        self.right = WIDTH - EDGE - taken["right"]
        self.width = self.right - self.left

    def _wrapped(self, row: Row) -> str:
        """A label over a few lines; a heading may use the whole width."""
        if row.heading:
            room = WIDTH - 2 * EDGE - (extent(row.note, SMALL) + GUTTER if row.note else 0)
            return shorten(literal(row.label), room, bold=True)
        width = WIDTH - 2 * EDGE if self._is_over(row) else self.label_width
        return wrap(row.label, width - row.indent, lines=LABEL_LINES)

    def _is_over(self, row: Row) -> bool:
        """True for a label too long for its column."""
        return not row.heading and wrap(row.label, self.label_width - row.indent, lines=LABEL_LINES).endswith("…")

    def _pairs(self) -> list[tuple[Row, str]]:
        """Every row with its wrapped label."""
        return list(zip(self.rows, self.labels, strict=True))

    def _height(self, number: int) -> float:
        """A row is as high as its label beside its slots, or over them."""
        row, label, over = self.rows[number], self.labels[number], self.over[number]
        beside = 1 if over else 1 + label.count("\n")
        return over + max(LINE * beside, row.slot * row.slots) + 2 * self.pad

    def tops(self) -> list[float]:
        """The upper edge of every row, from the top of the axes."""
        return [sum(self.heights[:number]) for number in range(len(self.rows))]

    def centre(self, number: int, slot: int = 0) -> float:
        """The height of a slot's middle, from the top of the axes."""
        row = self.rows[number]
        blank = (self.heights[number] - self.over[number] - row.slot * row.slots) / 2
        return sum(self.heights[:number]) + self.over[number] + blank + row.slot * (slot + 0.5)

    def spans(self) -> list[tuple[float, float]]:
        """From where to where marks may stand: every row but headings, without the labels that stand over marks."""
        tops = zip(self.rows, self.tops(), self.over, self.heights, strict=True)
        return [
            (top + over + self.pad * (over > 0), top + height) for row, top, over, height in tops if not row.heading
        ]

    def upright(self, value: float, **look: object) -> None:
        """An upright line at a value, interrupted where text stands."""
        low, high = zip(*self.spans(), strict=True)
        self.ax.vlines([value] * len(low), low, high, **look)

    def _write(self, headers: list[str]) -> None:
        """Headers, stripes, labels and cells."""
        self._write_labels()
        x = {"left": EDGE + self.label_width + GUTTER, "right": self.right + GUTTER}
        for column, header in zip(self.columns, headers, strict=True):
            start, end = x[column.side], x[column.side] + column.width
            anchor = start if column.align == "left" else end
            style = {"ha": column.align, "fontsize": SMALL}
            self.sheet.text(anchor, self.top - 4, header, va="bottom", weight="bold", **style)
            self._write_cells(column, anchor, style)
            x[column.side] = end + GUTTER

    def _write_labels(self) -> None:
        """Row labels, their stripes, and the notes of headings."""
        for number, (row, label, top) in enumerate(zip(self.rows, self.labels, self.tops(), strict=True)):
            beside = self.heights[number] - 2 * self.pad if not self.over[number] else self.over[number]
            middle = self.top + top + self.pad + beside / 2
            if self.stripes and number % 2 == 0:
                self._stripe(top, self.heights[number])
            weight = "bold" if row.heading else "normal"
            place = {"va": "center_baseline" if "\n" not in label else "center", "weight": weight}
            self.sheet.text(EDGE + row.indent, middle, label, color=row.color, **place)
            if row.note:
                style = {"ha": "right", "va": "center", "fontsize": SMALL, "color": MUTED}
                self.sheet.text(WIDTH - EDGE, middle, row.note, **style)

    def _write_cells(self, column: Column, anchor: float, style: dict) -> None:
        """The texts of one column."""
        for number, texts in enumerate(column.cells):
            for slot, text in enumerate(texts):
                if text:
                    middle = self.top + self.centre(number, slot)
                    self.sheet.text(anchor, middle, text, va="center_baseline", **style)

    def _stripe(self, top: float, height: float) -> None:
        """A pale band behind every second row, over the whole width."""
        band = Rectangle((0, self.top + top), WIDTH, height, transform=self.sheet.points)
        band.set(facecolor=STRIPE, edgecolor="none", zorder=-2)
        self.sheet.figure.add_artist(band)
