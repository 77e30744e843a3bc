"""Text on figures: measured, wrapped and placed so that nothing overlaps. Labels are literal."""

import unicodedata
from collections.abc import Callable, Sequence

from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from helpers import marks
from helpers.present.layout.colors import FAINT, INK, MUTED, Style
from helpers.present.layout.theme import EDGE, LINE, SMALL, TEXT, Plot, Sheet, inner_width, sheet_width
from helpers.present.renderers import text_size

SWATCH = 26.0
GAP = 14.0
JOINERS = "\u200c\u200d"  # of letters in some scripts, and of emoji
Sample = Callable[[Sheet, tuple[float, float], Style, int], object]


def literal(label: object) -> str:
    """A label as one line of visible characters and joiners: control characters and line breaks become spaces."""
    text = marks.plain(str(label))
    visible = (" " if unicodedata.category(sign)[0] in "CZ" and sign not in JOINERS else sign for sign in text)
    return " ".join("".join(visible).split())


def extent(text: str, size: float = TEXT, *, bold: bool = False) -> float:
    """Width in points of the widest line of a text."""
    return size * max(text_size(line, "bold" if bold else "normal")[0] for line in text.split("\n"))


def wrap(label: object, width: float, *, size: float = TEXT, lines: int = 2, bold: bool = False) -> str:
    """The label over at most `lines` lines of `width` points; what does not fit is cut with an ellipsis."""
    rows: list[str] = []
    rest = literal(label)
    while rest and len(rows) < lines - 1:
        head = _head(rest, width, size, bold)
        rows.append(head.rstrip())
        rest = rest[len(head) :].lstrip()
    if rest:
        rows.append(shorten(rest, width, size=size, bold=bold))
    return "\n".join(rows)


def shorten(text: str, width: float, *, size: float = TEXT, bold: bool = False) -> str:
    """One line of at most `width` points, cut with an ellipsis where needed."""
    if extent(text, size, bold=bold) <= width:
        return text
    fitting = _longest(text, lambda part: extent(part + "…", size, bold=bold) <= width)
    return text[:fitting].rstrip() + "…"


def write_heading(sheet: Sheet, y: float, text: str) -> None:
    """One bold line over the whole width."""
    sheet.text(EDGE, y, shorten(literal(text), inner_width(), bold=True), weight="bold")


def write_note(sheet: Sheet, y: float, text: str) -> None:
    """One small pale line over the whole width."""
    sheet.text(EDGE, y, shorten(literal(text), inner_width(), size=SMALL), fontsize=SMALL, color=MUTED)


def set_axis_title(ax: Plot, label: str, gap: float = 3.0) -> None:
    """The title of a horizontal axis, centred under its numbers, cut where it would leave the figure."""
    middle = (ax.box.left + ax.box.right) / 2
    room = 2 * min(middle, sheet_width() - middle) - 2 * EDGE
    ax.sheet.text(middle, ax.under + gap, shorten(literal(label), room), ha="center")


def _head(text: str, width: float, size: float, bold: bool) -> str:
    """The part of a text that fits one line, broken at a space where there is one."""
    if extent(text, size, bold=bold) <= width:
        return text
    fitting = _longest(text, lambda part: extent(part, size, bold=bold) <= width)
    space = text.rfind(" ", 0, fitting + 1)
    return text[: space if space > 0 else max(1, fitting)]


def _longest(text: str, fits: Callable[[str], bool]) -> int:
    """How many leading characters fit, by bisection."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(text[:middle]) else (low, middle - 1)
    return low


def key_rows(labels: Sequence[str], width: float) -> list[list[tuple[float, str]]]:
    """The rows of a key: (x, label) of each entry, filled from the left; a label never exceeds a row."""
    rows: list[list[tuple[float, str]]] = [[]]
    x = 0.0
    for label in labels:
        label = shorten(literal(label), width - SWATCH)
        size = SWATCH + extent(label)
        if rows[-1] and x + size > width:
            rows, x = [*rows, []], 0.0
        rows[-1].append((x, label))
        x += size + GAP
    return rows


def draw_key(
    sheet: Sheet, place: tuple[float, float], rows: list, styles: Sequence[Style], sample: Sample | None = None
) -> None:
    """The key, samples and labels, with its upper left corner at `place`; `sample` draws what a line styles like."""
    remaining = enumerate(styles)
    for number, row in enumerate(rows):
        for x, label in row:
            at = (place[0] + x, place[1] + LINE * number)
            order, style = next(remaining)
            (sample or line_sample)(sheet, at, style, order)
            sheet.text(at[0] + SWATCH, at[1], label, color=style.color if sample in (None, mark_sample) else INK)


def line_sample(sheet: Sheet, place: tuple[float, float], style: Style, order: int = 0) -> Line2D:
    """A sample of the line of a group."""
    x, y = place[0], place[1] + LINE * 0.46
    across = [x, x + (SWATCH - 5) / 2, x + SWATCH - 5]
    sample = Line2D(across, [y] * 3, color=style.color, linestyle=style.linestyle, linewidth=2.2)
    sample.set_transform(sheet.points)
    sheet.figure.add_artist(sample)
    return sample


def mark_sample(sheet: Sheet, place: tuple[float, float], style: Style, order: int) -> None:
    """A sample of a marker on its interval: the first is filled, the others are hollow, as in the plots."""
    sample = line_sample(sheet, place, style)
    sample.set(marker=style.marker, markevery=[1], markersize=6.5, linestyle="-", linewidth=1.6)
    sample.set_markerfacecolor("white" if order else style.color)


def block_sample(sheet: Sheet, place: tuple[float, float], style: Style, order: int) -> None:
    """A sample of a filled area."""
    block = Rectangle((place[0] + 2, place[1] + 1), SWATCH - 9, LINE - 5, transform=sheet.points)
    block.set(facecolor=style.color, edgecolor=FAINT, linewidth=0.5)
    sheet.figure.add_artist(block)
