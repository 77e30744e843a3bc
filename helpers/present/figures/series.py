"""Blood counts of every patient over the days, with the thresholds that define cytopenia."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from helpers.present import show
from helpers.present.format import number, plural
from helpers.present.layout.text_layout import literal, shorten
from helpers.present.layout.theme import (
    ALARM,
    EDGE,
    LINE,
    SMALL,
    WIDTH,
    NothingToDraw,
    Sheet,
    Style,
    finish,
    style_map,
    themed,
)

LEFT, RIGHT = 46.0, 78.0  # the names of the thresholds stand at the right
PANEL, HEADING = 112.0, 20.0
MOST = 60  # patients drawn per panel


@themed
def plot_series(
    counts: pd.DataFrame,
    styles: Mapping[str, Style] | None = None,
    *,
    id: str,
    caption: str,
    value: str,
    label: str,
    group: str = "arm",
    thresholds: Mapping[str, float] | None = None,
    floor: float = 0.01,
    time_label: str = "Days since infusion",
) -> show.Figure:
    """One pale line per patient over the days, a panel per group on a log axis, and the median of each day.

    `counts` has patient_id, day, `group` and `value`; rows without a value are left out. Values under `floor` are
    drawn at it. `thresholds` are named lines ("Severe" -> 0.5). Above 60 patients in a group evenly spaced ones are
    drawn, and the caption says so. The data of the figure are the daily medians, never single patients.
    """
    known = counts.dropna(subset=[value, "day", group]).rename(columns={group: "group", value: "value"})
    if known.empty:
        raise NothingToDraw(f"{label}: no values, so no series are drawn.")
    known = known.assign(group=known["group"].astype(str)).sort_values(["patient_id", "day"], kind="stable")
    order = [name for name in dict.fromkeys([*(styles or {}), *known["group"]]) if name in set(known["group"])]
    group_styles = style_map(order, styles)
    levels = dict(thresholds or {})
    medians = daily_medians(known, order)
    sheet, panels = _panels(label, group_styles)
    for name, ax in panels.items():
        _draw_panel(ax, known[known["group"] == name], medians[medians["group"] == name], group_styles[name], floor)
        _format_axis(ax, known, levels, floor)
    _name_levels(sheet, panels, levels)
    list(panels.values())[-1].set_xlabel(shorten(literal(time_label), 300.0), labelpad=3)
    words = _caption(caption, known, [name for name in styles or {} if name not in group_styles], floor)
    return finish(sheet.figure, medians, id=id, caption=words, alt=_alt_text(known, medians, label, levels))


def daily_medians(known: pd.DataFrame, order: Sequence[str]) -> pd.DataFrame:
    """Per group and day: patients with a value, the median and the lowest value."""
    found = known.groupby(["group", "day"])["value"].agg(patients="size", median="median", lowest="min").reset_index()
    return found.sort_values(["group", "day"], key=lambda part: part.map(order.index) if part.name == "group" else part)


def _panels(label: str, group_styles: Mapping[str, Style]) -> tuple[Sheet, dict[str, Axes]]:
    """The sheet with its heading and an empty panel under the name of each group."""
    sheet = Sheet(EDGE + LINE + len(group_styles) * (PANEL + HEADING) + 40)
    sheet.text(EDGE, EDGE, shorten(literal(label), WIDTH - 2 * EDGE, bold=True), weight="bold")
    panels = {}
    for number_of, (name, style) in enumerate(group_styles.items()):
        top = EDGE + LINE + number_of * (PANEL + HEADING) + HEADING
        panels[name] = sheet.axes(LEFT, top, WIDTH - LEFT - RIGHT, PANEL)
        panels[name].tick_params(axis="x", labelbottom=number_of == len(group_styles) - 1)
        text = shorten(literal(name), WIDTH - LEFT - 2 * EDGE)
        sheet.text(LEFT, top - 3, text, va="bottom", color=style.color)
    return sheet, panels


def _draw_panel(ax: Axes, known: pd.DataFrame, medians: pd.DataFrame, style: Style, floor: float) -> None:
    """The patients of one group as one path, and their median."""
    patients = known["patient_id"].unique()
    kept = patients[np.linspace(0, len(patients) - 1, min(len(patients), MOST)).round().astype(int)]
    x, y = [], []
    for _, rows in known[known["patient_id"].isin(kept)].groupby("patient_id", sort=False):
        x += [*rows["day"], np.nan]
        y += [*rows["value"].clip(lower=floor), np.nan]
    ax.plot(x, y, color=style.color, alpha=0.28, linewidth=0.8, gid="patients")
    middle = medians["median"].clip(lower=floor)
    ax.plot(medians["day"], middle, color=style.color, linestyle=style.linestyle, linewidth=2.2, gid="median")


def _format_axis(ax: Axes, known: pd.DataFrame, levels: Mapping[str, float], floor: float) -> None:
    """The same axes for every panel: days, and a log scale that holds every value and threshold."""
    values = [*known["value"].clip(lower=floor), *levels.values()]
    low, high = min(values) / 1.25, max(values) * 1.25
    first, last = float(known["day"].min()), float(known["day"].max())
    ax.set_yscale("log")
    ax.set(xlim=(first, max(last, first + 1)), ylim=(low, high))
    ticks = _decades(low, high)
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_yticks([], minor=True)
    days = [day for day in MaxNLocator(6, integer=True).tick_values(first, last) if first <= day <= last]
    ax.set_xticks(days, [f"{day:.0f}" for day in days])
    for level in levels.values():
        ax.axhline(level, color=ALARM, linewidth=0.9, linestyle=(0, (4, 2)), gid="threshold")


def _decades(low: float, high: float) -> list[float]:
    """Powers of ten between two ends; 1, 2 and 5 of each where there are fewer than two."""
    tens = [10.0**power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]
    inside = [ten for ten in tens if low <= ten <= high]
    finer = [step * ten for ten in tens for step in (1, 2, 5) if low <= step * ten <= high]
    return inside if len(inside) > 1 else finer


def _name_levels(sheet: Sheet, panels: Mapping[str, Axes], levels: Mapping[str, float]) -> None:
    """The names of the thresholds at the right of every panel, moved apart where they would touch."""
    place = {"va": "center", "fontsize": SMALL, "color": ALARM}
    for ax in panels.values():
        box = ax.get_position()
        heights = {name: ax.transAxes.inverted().transform(ax.transData.transform((0, at)))[1] * PANEL
                   for name, at in levels.items()}  # fmt: skip
        top = sheet.height * (1 - box.y1)
        for name, height in _apart(heights).items():
            text = shorten(f"{literal(name)}", RIGHT - 8, size=SMALL)
            sheet.text(WIDTH - RIGHT + 5, top + PANEL - height, text, **place)


def _apart(heights: Mapping[str, float]) -> dict[str, float]:
    """Heights at least a line apart, from the lowest up."""
    placed, last = {}, -math.inf
    for name, height in sorted(heights.items(), key=lambda item: item[1]):
        last = max(height, last + LINE)
        placed[name] = last
    over = max(0.0, last - PANEL) if placed else 0.0
    return {name: height - over for name, height in placed.items()}


def _caption(caption: str, known: pd.DataFrame, absent: Sequence[str], floor: float) -> str:
    """The caption with what is drawn."""
    parts = [caption.rstrip(". ") + ".", "Pale lines are patients, the strong line is the median of the day."]
    sizes = known.groupby("group")["patient_id"].nunique()
    if (sizes > MOST).any():
        parts.append(f"Of groups with more than {MOST} patients, {MOST} evenly spaced ones are drawn.")
    if (known["value"] < floor).any():
        parts.append(f"Values under {floor:g} are drawn at {floor:g}.")
    if absent:
        parts.append(f"No values: {', '.join(literal(name) for name in absent)}.")
    return " ".join(parts)


def _alt_text(known: pd.DataFrame, medians: pd.DataFrame, label: str, levels: Mapping[str, float]) -> str:
    """The lowest median of each group, and how many patients fell below each threshold."""
    parts = []
    for name, rows in medians.groupby("group", sort=False):
        own = known[known["group"] == name]
        size, lowest = own["patient_id"].nunique(), rows.loc[rows["median"].idxmin()]
        low = own.groupby("patient_id")["value"].min()
        below = "".join(f"; {(low < at).sum()} fell below {at:g} ({literal(level)})" for level, at in levels.items())
        when = f"lowest median {number(lowest['median'])} on day {lowest['day']:.0f}"
        parts.append(f"{literal(name)}, {plural(size, 'patient')}: {when}{below}.")
    return f"{literal(label)} by patient over time. " + " ".join(parts)
