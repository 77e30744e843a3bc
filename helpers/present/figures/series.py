"""Blood counts of every patient over the days, with the thresholds that define cytopenia."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.ticker import MaxNLocator

from helpers.frames import about
from helpers.present import show
from helpers.present.format import number, plural
from helpers.present.layout.colors import INK, Style, style_map
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
    inner_width,
    is_narrow,
    sheet_width,
    themed,
)
from helpers.present.values import capital, within

LEFT, MOST_RIGHT = 42.0, 78.0  # the names of the thresholds stand at the right
PANEL, HEADING = 112.0, 20.0
MOST = 60  # patients of a panel drawn one by one
BANDS = {0.1: 0.9, 0.25: 0.75}  # of more: quantiles of each day
FLOOR = 0.01  # a log axis has no zero


@themed
def plot_series(
    counts: pd.DataFrame, value: str, *, id: str, caption: str, label: str, thresholds: Mapping[str, float]
) -> show.Figure:
    """One pale line per patient over the days, a panel per arm on a log axis, and the median of each day.

    `counts` has patient_id, day, arm and the column `value`, for which `label` stands; `counts.about` has the time axis
    and the styles of the arms. Rows without a value are left out; values under 0.01 are drawn at it. `thresholds` are
    named lines ("Severe" -> 0.5). Above 60 patients in an arm bands hold the middle 80% and 50% of each day, as the
    caption says. The data of the figure are the daily medians, never single patients.
    """
    styles = about(counts).styles
    known = counts.dropna(subset=[value, "day", "arm"]).rename(columns={"arm": "group", value: "value"})
    known = pd.DataFrame(known.assign(group=known["group"].astype(str), drawn=known["value"].clip(lower=FLOOR)))
    if known.empty:
        raise NothingToDraw(f"{label}: no values, so no series are drawn.")
    names = set(known["group"])
    groups = style_map([name for name in dict.fromkeys([*styles, *known["group"]]) if name in names], styles)
    days = known.groupby(["group", "day"])["value"].agg(patients="size", median="median", lowest="min")
    medians = days.reindex(list(groups), level="group").reset_index()
    sheet = Sheet(EDGE + LINE + len(groups) * (PANEL + HEADING) + 40)
    write_heading(sheet, EDGE, label)
    for place, (name, style) in enumerate(groups.items()):
        top = EDGE + LINE + place * (PANEL + HEADING) + HEADING
        ax = sheet.axes(LEFT, top, sheet_width() - LEFT - _right(thresholds), PANEL)
        sheet.text(LEFT, top - 3, shorten(literal(name), inner_width() - LEFT), va="bottom", color=style.color)
        _draw_lines(ax, known[known["group"] == name], medians[medians["group"] == name], style)
        _format_axis(ax, known, thresholds, last=place == len(groups) - 1)
        _name_levels(sheet, ax, top, thresholds)
    set_axis_title(ax, capital(about(counts).clock) or "Days")
    sizes = known.groupby("group")["patient_id"].nunique()
    bands = f"Of groups with more than {MOST} patients, bands hold the middle 80% and 50% of each day."
    absent = ", ".join(literal(name) for name in styles if name not in groups)
    caption = add_notes(
        caption,
        "Pale lines are patients, the strong line is the median of the day." if (sizes <= MOST).any() else "",
        "Dashed: " + ", ".join(f"{within(literal(name))} under {at:g}" for name, at in thresholds.items()) + ".",
        bands if (sizes > MOST).any() else "",
        f"Values under {FLOOR:g} are drawn at {FLOOR:g}." if (known["value"] < FLOOR).any() else "",
        f"No values: {absent}." if absent else "",
    )
    return finish(sheet.figure, medians, id=id, caption=caption, alt=_alt_text(known, medians, label, thresholds))


def _draw_lines(ax: Axes, known: pd.DataFrame, medians: pd.DataFrame, style: Style) -> None:
    """A line for each patient of one group, or bands of many, and their median."""
    if known["patient_id"].nunique() > MOST:
        by_day = known.groupby("day")["drawn"]
        for low, high in BANDS.items():
            ends = by_day.quantile([low, high]).unstack()
            ax.fill_between(ends.index, ends[low], ends[high], color=style.color, alpha=0.18, linewidth=0, gid="band")
    else:
        ordered = known.sort_values(["patient_id", "day"], kind="stable")
        starts = np.flatnonzero(ordered["patient_id"].ne(ordered["patient_id"].shift()))[1:]
        paths = np.split(ordered[["day", "drawn"]].to_numpy(float), starts)
        lines = LineCollection(paths, colors=style.color, alpha=0.28, linewidth=0.8, zorder=2, gid="patient")
        ax.add_collection(lines, autolim=False)
    middle = medians["median"].clip(lower=FLOOR)
    ax.plot(medians["day"], middle, color=style.color, linewidth=2.2, gid="median")


def _format_axis(ax: Plot, known: pd.DataFrame, levels: Mapping[str, float], *, last: bool) -> None:
    """The same axes for every panel: days, and a log scale that holds every value and threshold."""
    low = min(known["drawn"].min(), *levels.values()) / 1.25
    high = max(known["drawn"].max(), *levels.values()) * 1.25
    start, end = float(known["day"].min()), float(known["day"].max())
    ax.set_yscale("log")
    ax.set(xlim=(start, max(end, start + 1)), ylim=(low, high))
    ticks = _decades(low, high)
    ax.side(ticks, [f"{tick:g}" for tick in ticks])
    days = [
        day for day in MaxNLocator(4 if is_narrow() else 6, integer=True).tick_values(start, end) if start <= day <= end
    ]
    ax.foot(days, [f"{day:.0f}" for day in days] if last else [])
    for level in levels.values():
        ax.axhline(level, color=INK, linewidth=0.9, linestyle=(0, (4, 2)), gid="threshold")


def _decades(low: float, high: float) -> list[float]:
    """Powers of ten between two ends; 1, 2 and 5 of each where there are fewer than two."""
    tens = [10.0**power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]
    inside = [ten for ten in tens if low <= ten <= high]
    finer = [step * ten for ten in tens for step in (1, 2, 5) if low <= step * ten <= high]
    return inside if len(inside) > 1 else finer


def _right(levels: Mapping[str, float]) -> float:
    """Room for the names of the thresholds."""
    return min(MOST_RIGHT, 10 + max((extent(_level_name(*level), SMALL) for level in levels.items()), default=4.0))


def _level_name(name: str, level: float) -> str:
    """ "Severe (0.5)"."""
    return f"{literal(name)} ({level:g})"


def _name_levels(sheet: Sheet, ax: Axes, top: float, levels: Mapping[str, float]) -> None:
    """The names of the thresholds at the right of a panel, moved apart where they would touch."""
    place = ax.transData + ax.transAxes.inverted()
    heights = {name: place.transform((1, level))[1] * PANEL for name, level in levels.items()}
    placed, last = {}, -math.inf
    for name, height in sorted(heights.items(), key=lambda item: item[1]):
        last = placed[name] = max(height, last + LINE)
    over = max(0.0, last - PANEL)
    for name, height in placed.items():
        at, text = top + PANEL - (height - over), shorten(_level_name(name, levels[name]), MOST_RIGHT - 8, size=SMALL)
        sheet.text(sheet_width() - _right(levels) + 5, at, text, va="center", fontsize=SMALL, color=INK)


def _alt_text(known: pd.DataFrame, medians: pd.DataFrame, label: str, levels: Mapping[str, float]) -> str:
    """The lowest median of each group, and how many patients fell below each threshold."""
    parts = []
    for name, rows in medians.groupby("group", sort=False):
        members = known[known["group"] == name]
        lowest = rows.loc[rows["median"].idxmin()]
        nadirs = members.groupby("patient_id")["value"].min()
        below = "".join(f"; {(nadirs < at).sum()} fell below {at:g} ({literal(level)})" for level, at in levels.items())
        when = f"lowest median {number(lowest['median'])} on day {lowest['day']:.0f}"
        parts.append(f"{literal(name)}, {plural(len(nadirs), 'patient')}: {when}{below}.")
    return f"{literal(label)} by patient over time. " + " ".join(parts)
