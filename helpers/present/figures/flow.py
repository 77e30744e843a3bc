"""The flow of patients (STROBE): a box per step with its number, and beside it why the others did not go on."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from helpers.present import show
from helpers.present.format import plural
from helpers.present.layout.colors import FAINT, INK, MUTED, STRIPE, Style
from helpers.present.layout.text_layout import literal, wrap
from helpers.present.layout.theme import (
    EDGE,
    LINE,
    PUBLISHED,
    SMALL,
    TEXT,
    NothingToDraw,
    Sheet,
    finish,
    inner_width,
    sheet_width,
    themed,
)
from helpers.stats.cohort.flow import TREATED
from helpers.stats.estimates import filter_rows

MAIN, SIDE = 218.0, 186.0  # widths of the boxes of steps and of reasons
PAD = 7.0
DOWN = 20.0  # between boxes
BETWEEN = 10.0  # boxes side by side
MOST_BRANCHES = 3  # side by side, each at least so wide:
NARROWEST = 108.0
TURN = 26.0  # from the left edge to the reasons where they do not fit beside the steps


class TextLine(NamedTuple):
    """Text in a box, already wrapped, and how it is written."""

    text: str
    size: float = TEXT
    color: str = INK
    weight: str = "normal"

    @property
    def height(self) -> float:
        """Its lines as they are wrapped."""
        return LINE * (1 + self.text.count("\n"))


@dataclass(frozen=True)
class Box:
    """One box with its lines."""

    lines: Sequence[TextLine]
    width: float = MAIN

    @property
    def height(self) -> float:
        """Room for all lines."""
        return sum(line.height for line in self.lines) + 2 * PAD


@dataclass(frozen=True)
class Level:
    """The boxes that stand side by side, and the box of reasons why others went no further."""

    boxes: Sequence[Box]
    reasons: Box | None = None

    @property
    def height(self) -> float:
        """The tallest box of the level."""
        return max(box.height for box in self.boxes)

    def left(self, number: int) -> float:
        """The left edge of a box."""
        return EDGE + number * (self.boxes[number].width + BETWEEN)


@themed
def plot_flow(
    steps: pd.DataFrame,
    reasons: pd.DataFrame,
    arms: pd.DataFrame,
    styles: Mapping[str, Style],
    *,
    id: str,
    caption: str,
) -> show.Figure:
    """A flow diagram from counts: a box per step (term, estimate, and n of the step above), of all patients.

    `reasons` say why others stopped: term, estimate, and reference, the level of the step that they did not reach.
    Steps that share the step above stand side by side. `arms` (group, estimate) is written into the box of time zero,
    in the colours of `styles`.
    """
    steps, reasons = filter_rows(steps, group="All"), filter_rows(reasons, group="All")
    if not steps["estimate"].max():
        raise NothingToDraw("No patients, so no flow is drawn.")
    if len(steps) == 1:
        raise NothingToDraw("No step before or after the treatment is recorded, so no flow is drawn.")
    arm_lines = _arm_lines(arms, styles)
    levels = [_level(together, reasons, arm_lines) for together in _side_by_side(steps)]
    gaps = [max(DOWN, level.reasons.height + 10 if level.reasons else 0) for level in levels[1:]]
    sheet = Sheet(sum(level.height for level in levels) + sum(gaps) + 2 * EDGE)
    y = EDGE
    for level, below, gap in itertools.zip_longest(levels, levels[1:], gaps):
        for number, box in enumerate(level.boxes):
            _draw_box(sheet, box, (level.left(number), y), level.height)
        if below:
            _draw_arrows(sheet, below, y + level.height, gap)
            y += level.height + gap
    data = steps.reindex(columns=["term", "estimate", "n", "note", *PUBLISHED])
    return finish(sheet.figure, data, id=id, caption=caption, alt=_alt_text(steps, arms))


def _columns() -> tuple[float, float, float]:
    """Widths of a step and of its reasons, and where the arrow stands; on a narrow sheet reasons go below the step."""
    if inner_width() >= MAIN + SIDE + PAD:
        return MAIN, SIDE, EDGE + MAIN / 2
    return inner_width(), inner_width() - TURN, EDGE + TURN / 2


def _side_by_side(steps: pd.DataFrame) -> list[list[pd.Series]]:
    """Steps one under the other; those that come from the same step stand together."""
    levels: list[list[pd.Series]] = []
    for _, step in steps.iterrows():
        above = levels[-1] if levels else []
        if above and (len(above) > 1 or step["n"] != above[0]["estimate"]) and step["n"] == above[0]["n"]:
            above.append(step)
        else:
            levels.append([step])
    return levels


def _level(steps: list[pd.Series], reasons: pd.DataFrame, arms: list[TextLine]) -> Level:
    """The boxes of steps; reasons stand beside a lone step and inside the boxes of branches; many share a box."""
    across = len(steps)
    main, side, _ = _columns()
    if across > min(MOST_BRANCHES, inner_width() // NARROWEST):
        texts = [f"{literal(step['term'])}: {step['estimate']:,.0f} of {step['n']:,.0f}" for step in steps]
        return Level([Box([TextLine(wrap(text, inner_width() - 2 * PAD)) for text in texts], inner_width())])
    width = main if across == 1 else (inner_width() - BETWEEN * (across - 1)) / across
    boxes = []
    for step in steps:
        name = TextLine(wrap(step["term"], width - 2 * PAD, lines=3, bold=True), weight="bold")
        inside = _reason_lines(reasons, step, width) if across > 1 else []
        inside += arms if step["level"] == TREATED else []
        boxes.append(Box([name, TextLine(f"n = {step['estimate']:,.0f}"), *inside], width))
    lines = _reason_lines(reasons, steps[0], side) if across == 1 else []
    if len(lines) > 1:
        lines.insert(0, TextLine(f"Went no further: {steps[0]['n'] - steps[0]['estimate']:,.0f}", SMALL))
    return Level(boxes, Box(lines, side) if lines else None)


def _reason_lines(reasons: pd.DataFrame, step: pd.Series, width: float) -> list[TextLine]:
    """Every reason why patients did not reach a step, on its line."""
    rows = filter_rows(reasons, reference=step["level"]).itertuples()
    texts = [f"{row.term}: {row.estimate:,.0f}" for row in rows]
    return [TextLine(wrap(text, width - 2 * PAD, size=SMALL, lines=3), SMALL, MUTED) for text in texts]


def _arm_lines(arms: pd.DataFrame, styles: Mapping[str, Style]) -> list[TextLine]:
    """A line for every arm, in its colour."""
    lines = []
    for row in arms[arms["group"] != "All"].itertuples():
        text = wrap(f"{literal(row.group)}: {row.estimate:,.0f}", _columns()[0] - 2 * PAD, size=SMALL, lines=3)
        lines.append(TextLine(text, SMALL, styles[row.group].color if row.group in styles else INK))
    return lines


def _draw_box(sheet: Sheet, box: Box, place: tuple[float, float], height: float, *, pale: bool = False) -> None:
    """A box with its lines."""
    x, y = place
    frame = FancyBboxPatch((x, y), box.width, height, boxstyle="round,pad=0,rounding_size=4", gid="box")
    frame.set(facecolor="white" if pale else STRIPE, edgecolor=FAINT, linewidth=0.9)
    frame.set_transform(sheet.points)
    sheet.figure.add_artist(frame)
    y += PAD
    for line in box.lines:
        sheet.text(x + PAD, y, line.text, fontsize=line.size, color=line.color, weight=line.weight)
        y += line.height


def _draw_arrows(sheet: Sheet, below: Level, y: float, gap: float) -> None:
    """From the box above to every box of the level below, and to the reasons for stopping."""
    start, middle = _columns()[2], y + gap / 2
    for number in range(len(below.boxes)):
        end = start if len(below.boxes) == 1 else below.left(number) + below.boxes[number].width / 2
        bend = Line2D([start, start, end], [y, middle, middle], color=MUTED, linewidth=0.9, transform=sheet.points)
        sheet.figure.add_artist(bend)
        _draw_arrow(sheet, (end, middle), (end, y + gap))
    box = below.reasons
    if box:
        left = sheet_width() - EDGE - box.width
        _draw_arrow(sheet, (start, middle), (left, middle))
        _draw_box(sheet, box, (left, middle - box.height / 2), box.height, pale=True)


def _draw_arrow(sheet: Sheet, start: tuple[float, float], end: tuple[float, float]) -> None:
    """One arrow."""
    arrow = FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=9, shrinkA=0, shrinkB=0, gid="arrow")
    arrow.set(color=MUTED, linewidth=0.9)
    arrow.set_transform(sheet.points)
    sheet.figure.add_artist(arrow)


def _alt_text(steps: pd.DataFrame, arms: pd.DataFrame) -> str:
    """The steps in words."""
    parts = []
    for step in steps.itertuples():
        why = f" ({literal(step.note)})" if step.note else ""
        parts.append(f"{literal(step.term)}: {plural(int(step.estimate), 'patient')} of {step.n:,.0f}{why}.")
    alt_text = "Flow of patients. " + " ".join(parts)
    by_arm = [f"{literal(row.group)} {row.estimate:,.0f}" for row in arms.itertuples() if row.group != "All"]
    return f"{alt_text} By arm: {', '.join(by_arm)}." if by_arm else alt_text
