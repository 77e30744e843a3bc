"""Funnel plots: one estimate of many centres against their precision, with the limits of chance."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.present import show
from helpers.present.format import plain, plural
from helpers.present.layout.axis import Scale, scale_for, set_ticks
from helpers.present.layout.colors import ALARM, INK, MUTED
from helpers.present.layout.placing import HEIGHT, Box, clearance, step_boxes
from helpers.present.layout.text_layout import extent, literal, set_axis_title, shorten, write_heading
from helpers.present.layout.theme import (
    EDGE,
    LINE,
    SMALL,
    NothingToDraw,
    Plot,
    Sheet,
    add_notes,
    finish,
    is_narrow,
    sheet_width,
    themed,
)
from helpers.present.values import RATIOS, SHARES, value_format
from helpers.stats.estimates import FEW_AT_RISK

LEFT, RIGHT, TOP, PANEL, FOOT = 44.0, 66.0, EDGE + LINE + 8, 236.0, 38.0
LIMITS = {"high_998": "99.8%", "high_95": "95%", "middle": "All"}  # lines, and their names at the right end
LINES = ["low_998", "low_95", "middle", "high_95", "high_998"]
DATA = ["run", "estimate", "ci_low", "ci_high", "n", "events", "size", "low_95", "high_95", "low_998", "high_998"]
MOST_NAMED, MOST_TOLD = {False: 14, True: 6}, 24  # centres outside: on the drawing (narrow or not), in its description
WIDEST_NAME = 84.0
DOT = 3.5  # half the width of a mark
MANY = 120  # centres above which marks are half as wide
SKEWED = 8  # the largest over the smallest size from which on the axis is logarithmic


@themed
def plot_funnel(centres: pd.DataFrame, limits: pd.DataFrame, *, id: str, caption: str, label: str) -> show.Figure:
    """A mark for each centre at its size and estimate, inside the limits of chance; those outside are named.

    `centres` are rows of `stats.centres.funnel` with a column `run`; `limits` is `control_limits` at rising sizes;
    `label` says what is estimated. Hollow marks have too few patients at risk for a curve.
    """
    if limits.empty:
        raise NothingToDraw(f"{label}: no centres to compare.")
    measure = centres["measure"].iloc[0]
    sheet = Sheet(TOP + PANEL + FOOT)
    ax = sheet.axes(LEFT, TOP, sheet_width() - LEFT - RIGHT, PANEL)
    scales = _sizes(limits), _values(centres, limits, measure)
    set_ticks(ax, scales[0], sheet_width() - LEFT - RIGHT)
    _format_values(ax, scales[1])
    write_heading(sheet, EDGE, label)
    set_axis_title(ax, _size_name(measure))
    _draw_limits(ax, limits)
    _draw_centres(ax, centres)
    _name_limits(sheet, limits, scales[1], measure)
    _name_centres(sheet, centres, limits, scales)
    few = int((centres["status"] == FEW_AT_RISK).sum())
    hollow = f"Hollow: too few patients at risk for a curve ({few} of {len(centres)})." if few else ""
    caption = add_notes(
        caption, "Lines: all centres together, and the 95% and 99.8% limits of chance around it.", hollow
    )
    data = centres[[*DATA, "outside"]].astype(dict.fromkeys(DATA[1:], float))
    return finish(sheet.figure, data, id=id, caption=caption, alt=_alt_text(centres, limits, label, measure))


def _size_name(measure: str) -> str:
    """What the precision of a centre is measured in."""
    if measure == "proportion":
        return "Patients"
    return "Patients, as if none were censored" if measure in SHARES else "Precision, 1 / standard error"


def _sizes(limits: pd.DataFrame) -> Scale:
    """The axis of sizes."""
    low, high = float(limits["size"].iloc[0]), float(limits["size"].iloc[-1])
    return Scale(high > SKEWED * low, low, high, None, plain)


def _values(centres: pd.DataFrame, limits: pd.DataFrame, measure: str) -> Scale:
    """The axis of estimates: every centre, and the outer limits from the middle of the sizes on."""
    inner = limits.iloc[len(limits) // 4 :]
    ends = [*centres["estimate"], *inner["low_998"], *inner["high_998"]]
    if measure in RATIOS:
        return scale_for(measure, ends)
    low, high = min(ends), max(ends)
    rim = 0.06 * (high - low) or 0.05
    shown = scale_for(measure, ends).show
    return Scale(False, low - rim, high + rim, None, shown)


def _format_values(ax: Plot, along: Scale) -> None:
    """The upright axis."""
    if along.log:
        ax.set_yscale("log")
    ticks = [tick for tick in along.ticks(PANEL) if not (along.show(tick).endswith("%") and not 0 <= tick <= 1)]
    ax.set_ylim(along.low, along.high)
    ax.side(ticks, [along.show(tick) for tick in ticks])


def _draw_limits(ax: Axes, limits: pd.DataFrame) -> None:
    """The line of all centres and two pairs of limits."""
    ax.plot(limits["size"], limits["middle"], color=INK, linewidth=1.0, gid="middle")
    for name, dash in (("95", (0, (4, 2))), ("998", "-")):
        for end in ("low", "high"):
            line = limits[f"{end}_{name}"]
            ax.plot(limits["size"], line, color=MUTED, linestyle=dash, linewidth=0.9, gid=f"{end}_{name}")


def _draw_centres(ax: Axes, centres: pd.DataFrame) -> None:
    """A mark for each centre: of another colour outside the limits, a square outside the outer ones, hollow for few."""
    few, size = centres["status"] == FEW_AT_RISK, 2 * DOT if len(centres) <= MANY else DOT
    for outside, color, marker in (("", INK, "o"), ("95%", ALARM, "o"), ("99.8%", ALARM, "s")):
        for hollow in (False, True):
            rows = centres[(centres["outside"] == outside) & (few == hollow)]
            (marks,) = ax.plot(
                rows["size"], rows["estimate"], marker, color=color, gid="centres", zorder=3, clip_on=False
            )
            marks.set(markersize=size, markeredgewidth=0.9, markerfacecolor="white" if hollow else color)


def _name_limits(sheet: Sheet, limits: pd.DataFrame, along: Scale, measure: str) -> None:
    """The names of the upper limits and of the middle at their right end, moved apart where they would touch."""
    last, bottom = limits.iloc[-1], -float("inf")
    for name in reversed(LIMITS):
        bottom = max(PANEL * float(along.place(last[name])) - LINE / 2, bottom + LINE)
        words = f"{LIMITS[name]} {value_format(measure)(last[name])}" if name == "middle" else f"{LIMITS[name]} limit"
        at = TOP + PANEL - bottom - LINE / 2
        sheet.text(
            sheet_width() - RIGHT + 6, at, words, va="center", fontsize=SMALL, color=INK if name == "middle" else MUTED
        )


def _name_centres(sheet: Sheet, centres: pd.DataFrame, limits: pd.DataFrame, scales: tuple[Scale, Scale]) -> None:
    """The names of the centres outside the limits, those outside the outer ones first, as far as there is room."""
    points = _in_points(centres["size"], centres["estimate"], scales)
    lines = np.vstack([step_boxes(_in_points(limits["size"], limits[name], scales)) for name in LINES])
    outside = centres.reset_index(drop=True).sort_values("outside", ascending=False, kind="stable")
    names = outside.loc[outside["outside"] != "", "run"].head(MOST_NAMED[is_narrow()])
    for name, (left, bottom) in _places(names, points, lines).items():
        sheet.text(LEFT + left, TOP + PANEL - bottom, name, va="bottom", fontsize=SMALL, color=ALARM)


def _in_points(x: pd.Series, y: pd.Series, scales: tuple[Scale, Scale]) -> np.ndarray:
    """Places in the panel, in points from its lower left corner."""
    places = np.column_stack([scales[0].place(x), scales[1].place(y)])
    return places * [sheet_width() - LEFT - RIGHT, PANEL]


def _places(names: pd.Series, points: np.ndarray, lines: np.ndarray) -> dict[str, tuple[float, float]]:
    """Where the names of marks stand (left, bottom) so that they touch no mark and no other name, and better no line.

    `names` has the places of the marks among `points` as its index.
    """
    taken: list[Box] = [(x - DOT, y - DOT, x + DOT, y + DOT) for x, y in points]
    placed: dict[str, tuple[float, float]] = {}
    for number, run in names.items():
        name = shorten(literal(run), WIDEST_NAME, size=SMALL)
        spots = [box for box in _spots(points[number], extent(name, SMALL)) if clearance(box, np.array(taken)) >= 1]
        if spots and name not in placed:
            box = max(spots, key=lambda box: min(clearance(box, lines), 1.0))
            placed[name] = box[:2]
            taken.append(box)
    return placed


def _spots(point: np.ndarray, width: float) -> Iterable[Box]:
    """The boxes beside, over and under a point that lie inside the panel."""
    (x, y), gap, room = point, DOT + 2, sheet_width() - LEFT - RIGHT
    corners = [(x + gap, y - HEIGHT / 2), (x - gap - width, y - HEIGHT / 2)]
    corners += [(x - width / 2, y + gap), (x - width / 2, y - gap - HEIGHT), (x + 2, y + gap), (x - width - 2, y + gap)]
    for left, bottom in corners:
        if left >= 2 and bottom >= 2 and left + width <= room - 2 and bottom + HEIGHT <= PANEL:
            yield left, bottom, left + width, bottom + HEIGHT


def _alt_text(centres: pd.DataFrame, limits: pd.DataFrame, label: str, measure: str) -> str:
    """How many centres, the value of all, and which lie outside."""
    show_value, parts = value_format(measure), []
    for level in ("99.8%", "95%"):
        rows = centres[centres["outside"] == level]
        named = ", ".join(f"{literal(row.run)} {show_value(row.estimate)}" for row in rows.head(MOST_TOLD).itertuples())
        more = f" and {len(rows) - MOST_TOLD} more" if len(rows) > MOST_TOLD else ""
        parts += [f"Outside the {level} limits: {named}{more}."] if len(rows) else []
    middle = show_value(limits["middle"].iloc[0])
    lead = f"Funnel plot of {literal(label)} in {plural(len(centres), 'centre')}; all together {middle}."
    return " ".join([lead, *(parts or ["None lies outside the limits."])])
