"""The flow of patients (STROBE): a box per step with its number, and beside it why the others did not go on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from helpers.present import show
from helpers.present.format import plural
from helpers.present.layout.text_layout import literal, wrap
from helpers.present.layout.theme import (
    EDGE,
    FAINT,
    INK,
    LINE,
    MUTED,
    SMALL,
    STRIPE,
    WIDTH,
    NothingToDraw,
    Sheet,
    Style,
    finish,
    themed,
)
from helpers.stats.cohort.flow import TREATED
from helpers.stats.estimates import filter_rows

MAIN, SIDE = 218.0, 186.0  # widths of the boxes of steps and of reasons
PAD = 7.0
DOWN = 20.0  # between boxes
BETWEEN = 10.0  # boxes side by side
FULL = WIDTH - 2 * EDGE
MOST_BRANCHES = 3  # side by side
DATA = ["term", "estimate", "n", "note"]


@dataclass(frozen=True)
class Box:
    """One box: lines of text with their style."""

    lines: Sequence[tuple[str, dict]]
    width: float = MAIN

    @property
    def height(self) -> float:
        """Room for all lines."""
        return sum(LINE * (1 + text.count("\n")) for text, _ in self.lines) + 2 * PAD


@dataclass
class Level:
    """The boxes that stand side by side, and the box of reasons why others went no further."""

    steps: list[pd.Series]
    boxes: list[Box] = field(default_factory=list)
    reasons: Box | None = None

    @property
    def height(self) -> float:
        """The tallest box of the level."""
        return max(box.height for box in self.boxes)


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
    levels = [_with_boxes(level, reasons, _arm_lines(arms, styles)) for level in _levels(steps)]
    gaps = [max(DOWN, level.reasons.height + 10 if level.reasons else 0) for level in levels[1:]]
    sheet = Sheet(sum(level.height for level in levels) + sum(gaps) + 2 * EDGE)
    y = EDGE
    for number, level in enumerate(levels):
        _draw_level(sheet, level, y)
        if number + 1 < len(levels):
            _draw_arrows(sheet, levels[number + 1], y + level.height, gaps[number])
            y += level.height + gaps[number]
    data = steps.reindex(columns=DATA)
    return finish(sheet.figure, data, id=id, caption=caption, alt=describe_flow(steps, arms))


def _levels(steps: pd.DataFrame) -> list[Level]:
    """Steps one under the other; those that come from the same step share a level."""
    levels: list[Level] = []
    for _, step in steps.iterrows():
        above = levels[-1].steps if levels else []
        if above and (len(above) > 1 or step["n"] != above[0]["estimate"]) and step["n"] == above[0]["n"]:
            above.append(step)
        else:
            levels.append(Level([step]))
    return levels


def _with_boxes(level: Level, reasons: pd.DataFrame, arms: list[tuple[str, dict]]) -> Level:
    """The level with its boxes; reasons stand beside a lone step and inside the boxes of branches."""
    if len(level.steps) > MOST_BRANCHES:
        return Level(level.steps, [_list(level.steps)])
    across = len(level.steps)
    width = MAIN if across == 1 else (FULL - BETWEEN * (across - 1)) / across
    for step in level.steps:
        lines = _step_lines(step, width)
        if across > 1:
            lines += _reason_lines(reasons, step, width)
        if step["level"] == TREATED:
            lines += arms
        level.boxes.append(Box(lines, width))
    if across == 1:
        level.reasons = _reasons(reasons, level.steps[0])
    return level


def _step_lines(step: pd.Series, width: float) -> list[tuple[str, dict]]:
    """The name of a step and its patients."""
    name = wrap(step["term"], width - 2 * PAD, lines=3, bold=True)
    return [(name, {"weight": "bold"}), (f"n = {step['estimate']:,.0f}", {})]


def _reason_lines(reasons: pd.DataFrame, step: pd.Series, width: float) -> list[tuple[str, dict]]:
    """Every reason why patients did not reach a step, on its line."""
    rows = filter_rows(reasons, reference=step["level"]).itertuples()
    texts = [f"{row.term}: {row.estimate:,.0f}" for row in rows]
    return [(wrap(text, width - 2 * PAD, size=SMALL, lines=3), {"fontsize": SMALL, "color": MUTED}) for text in texts]


def _list(steps: list[pd.Series]) -> Box:
    """Many branches as the lines of one wide box."""
    texts = [f"{literal(step['term'])}: {step['estimate']:,.0f} of {step['n']:,.0f}" for step in steps]
    return Box([(wrap(text, FULL - 2 * PAD), {}) for text in texts], FULL)


def _reasons(reasons: pd.DataFrame, step: pd.Series) -> Box | None:
    """The box of those who stopped before a step, their number over the reasons where there are several."""
    lines = _reason_lines(reasons, step, SIDE)
    if not lines:
        return None
    lost = f"Went no further: {step['n'] - step['estimate']:,.0f}"
    head = [] if len(lines) == 1 else [(lost, {"fontsize": SMALL})]
    return Box([*head, *lines], SIDE)


def _arm_lines(arms: pd.DataFrame, styles: Mapping[str, Style]) -> list[tuple[str, dict]]:
    """A line for every arm, in its colour."""
    lines = []
    for row in arms[arms["group"] != "All"].itertuples():
        color = styles[row.group].color if row.group in styles else INK
        text = wrap(f"{literal(row.group)}: {row.estimate:,.0f}", MAIN - 2 * PAD, size=SMALL, lines=3)
        lines.append((text, {"fontsize": SMALL, "color": color}))
    return lines


def _draw_level(sheet: Sheet, level: Level, y: float) -> None:
    """The boxes of one level."""
    for number, box in enumerate(level.boxes):
        _draw_box(sheet, box, (_left(level, number), y), level.height)


def _left(level: Level, number: int) -> float:
    """The left edge of a box."""
    return EDGE + number * (level.boxes[number].width + BETWEEN)


def _draw_box(sheet: Sheet, box: Box, place: tuple[float, float], height: float, *, pale: bool = False) -> None:
    """A box with its lines."""
    x, y = place
    frame = FancyBboxPatch((x, y), box.width, height, boxstyle="round,pad=0,rounding_size=4", gid="box")
    frame.set(facecolor="white" if pale else STRIPE, edgecolor=FAINT, linewidth=0.9)
    frame.set_transform(sheet.points)
    sheet.figure.add_artist(frame)
    y += PAD
    for text, style in box.lines:
        sheet.text(x + PAD, y, text, **style)
        y += LINE * (1 + text.count("\n"))


def _draw_arrows(sheet: Sheet, below: Level, y: float, gap: float) -> None:
    """From the box above to every box of the level below, and to the reasons for stopping."""
    start, middle = EDGE + MAIN / 2, y + gap / 2
    for number in range(len(below.boxes)):
        end = start if len(below.boxes) == 1 else _left(below, number) + below.boxes[number].width / 2
        bend = Line2D([start, start, end], [y, middle, middle], color=MUTED, linewidth=0.9, transform=sheet.points)
        sheet.figure.add_artist(bend)
        _draw_arrow(sheet, (end, middle), (end, y + gap))
    if below.reasons:
        box = below.reasons
        left = WIDTH - EDGE - SIDE
        _draw_arrow(sheet, (start, middle), (left, middle))
        _draw_box(sheet, box, (left, middle - box.height / 2), box.height, pale=True)


def _draw_arrow(sheet: Sheet, start: tuple[float, float], end: tuple[float, float]) -> None:
    """One arrow."""
    arrow = FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=9, shrinkA=0, shrinkB=0, gid="arrow")
    arrow.set(color=MUTED, linewidth=0.9)
    arrow.set_transform(sheet.points)
    sheet.figure.add_artist(arrow)


def describe_flow(steps: pd.DataFrame, arms: pd.DataFrame) -> str:
    """The steps in words."""
    parts = []
    for step in steps.itertuples():
        why = f" ({literal(step.note)})" if step.note else ""
        parts.append(f"{literal(step.term)}: {plural(int(step.estimate), 'patient')} of {step.n:,.0f}{why}.")
    alt_text = "Flow of patients. " + " ".join(parts)
    by_arm = [f"{literal(row.group)} {row.estimate:,.0f}" for row in arms.itertuples() if row.group != "All"]
    return f"{alt_text} By arm: {', '.join(by_arm)}." if by_arm else alt_text
