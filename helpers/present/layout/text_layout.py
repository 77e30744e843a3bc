"""Text on figures: measured, wrapped and placed so that nothing overlaps. Labels are literal."""

import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.textpath import text_to_path

from helpers.present.layout.theme import FAINT, INK, LINE, TEXT, Sheet, Style

SWATCH = 26.0
GAP = 14.0
OFF_LINE = 5.0  # between a label and its line; censoring marks reach 3.5
Sample = Callable[[Sheet, tuple[float, float], Style, int], object]
HEIGHT = 11.0  # of a label, descender included


def literal(label: object) -> str:
    """A label as one line of visible characters: control characters and line breaks become spaces."""
    visible = (" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in str(label))
    return " ".join("".join(visible).split())


def extent(text: str, size: float = TEXT, *, bold: bool = False) -> float:
    """Width in points of the widest line of a text."""
    return max(_line_extent(line, size, bold) for line in text.split("\n"))


@lru_cache(maxsize=20_000)
def _line_extent(line: str, size: float, bold: bool) -> float:
    """Width of one line, unhinted."""
    font = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
    return text_to_path.get_text_width_height_descent(line, font, ismath=False)[0]


def wrap(label: object, width: float, *, size: float = TEXT, lines: int = 2, bold: bool = False) -> str:
    """The label over at most `lines` lines of `width` points; what does not fit is cut with an ellipsis."""
    rows, rest = [], literal(label)
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
    kept = _longest(text, lambda part: extent(part + "…", size, bold=bold) <= width)
    return text[:kept].rstrip() + "…"


def _head(text: str, width: float, size: float, bold: bool) -> str:
    """The part of a text that fits one line, broken at a space where there is one."""
    if extent(text, size, bold=bold) <= width:
        return text
    kept = _longest(text, lambda part: extent(part, size, bold=bold) <= width)
    space = text.rfind(" ", 0, kept + 1)
    return text[: space if space > 0 else max(1, kept)]


def _longest(text: str, fits: object) -> int:
    """How many leading characters fit, by bisection."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(text[:middle]) else (low, middle - 1)
    return low


def key_rows(labels: Sequence[str], width: float) -> list[list[tuple[float, str]]]:
    """The rows of a key: (x, label) of each entry, filled from the left; a label never exceeds a row."""
    rows, x = [[]], 0.0
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
            sheet.text(at[0] + SWATCH, at[1], label, color=INK if sample is block_sample else style.color)


def line_sample(sheet: Sheet, place: tuple[float, float], style: Style, order: int = 0) -> Line2D:
    """A sample of the line of a group."""
    x, y = place[0], place[1] + LINE * 0.46
    across = [x, x + (SWATCH - 5) / 2, x + SWATCH - 5]
    sample = Line2D(across, [y] * 3, color=style.color, linestyle=style.linestyle, linewidth=2.2)
    sample.set_transform(sheet.points)
    return sheet.figure.add_artist(sample)


def mark_sample(sheet: Sheet, place: tuple[float, float], style: Style, order: int) -> Line2D:
    """A sample of a marker on its interval: the first is filled, the others are hollow, as in the plots."""
    sample = line_sample(sheet, place, style)
    sample.set(marker=style.marker, markevery=[1], markersize=6.5, linestyle="-", linewidth=1.6)
    sample.set_markerfacecolor("white" if order else style.color)
    return sample


def block_sample(sheet: Sheet, place: tuple[float, float], style: Style, order: int) -> Rectangle:
    """A sample of a filled area."""
    block = Rectangle((place[0] + 2, place[1] + 1), SWATCH - 9, LINE - 5, transform=sheet.points)
    block.set(facecolor=style.color, edgecolor=FAINT, linewidth=0.5)
    return sheet.figure.add_artist(block)


def place_labels(
    lines: dict[str, np.ndarray], size: tuple[float, float], walls: Sequence[tuple] = ()
) -> dict[str, tuple[float, float]] | None:
    """Where each line's label stands (left, bottom) so that it touches no line and no other label.

    lines: label -> corners (x, y) of its step line, in points inside a panel of `size`; walls: boxes to keep clear
    of. None when any label finds no place: then draw a key.
    """
    paths = {label: _stretches(corners) for label, corners in lines.items()}
    placed, taken = {}, [tuple(wall) for wall in walls]
    for label, corners in lines.items():
        others = np.vstack([np.array(taken).reshape(-1, 4)] + [p for name, p in paths.items() if name != label])
        spots = [spot for spot in _spots(corners, extent(label, bold=True), size) if spot is not None]
        scored = [(_worth(box, spread, others), box) for box, spread in spots]
        best = max(scored, default=(-np.inf, None))
        if best[0] == -np.inf:
            return None
        placed[label] = best[1][:2]
        taken.append(best[1])
    return placed


def _stretches(corners: np.ndarray) -> np.ndarray:
    """The straight pieces between corners as boxes (left, bottom, right, top)."""
    ends = np.stack([corners[:-1], corners[1:]])
    return np.column_stack([ends.min(axis=0), ends.max(axis=0)])


def _spots(corners: np.ndarray, width: float, size: tuple[float, float]) -> list:
    """Candidate boxes just over and under a line, each with how much the line falls or rises beside it."""
    spots = []
    for left in np.linspace(corners[0, 0], corners[-1, 0], 33):
        beside = _levels(corners, left, left + width)
        if left + width > size[0] or left < 2:
            continue
        for bottom in (beside.max() + OFF_LINE, beside.min() - OFF_LINE - HEIGHT):
            if 1 <= bottom <= size[1] - HEIGHT:
                spots.append(((left, bottom, left + width, bottom + HEIGHT), np.ptp(beside)))
    return spots


def _levels(corners: np.ndarray, left: float, right: float) -> np.ndarray:
    """Heights that a step line takes between two places."""
    inside = corners[(corners[:, 0] >= left) & (corners[:, 0] <= right), 1]
    entry = corners[max(0, np.searchsorted(corners[:, 0], left, side="right") - 1), 1]
    return np.append(inside, entry)


def _worth(box: tuple, spread: float, others: np.ndarray) -> float:
    """How good a place is: far from other lines, beside a flat part of its own; -inf if too near the others."""
    free = clearance(box, others)
    return -np.inf if free < OFF_LINE + 3 else min(free, 30.0) - spread


def clearance(box: tuple[float, float, float, float], others: np.ndarray) -> float:
    """The distance from a box (left, bottom, right, top) to the nearest of other boxes; 0 if they touch."""
    if not len(others):
        return np.inf
    across = np.maximum(np.maximum(others[:, 0] - box[2], box[0] - others[:, 2]), 0)
    along = np.maximum(np.maximum(others[:, 1] - box[3], box[1] - others[:, 3]), 0)
    return float(np.hypot(across, along).min())
