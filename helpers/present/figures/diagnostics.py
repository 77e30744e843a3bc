"""Plots of model diagnostics: effects over time (scaled Schoenfeld residuals) and what leaving one patient out does."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from helpers.present import show
from helpers.present.figures.curves import time_ticks
from helpers.present.format import number, plural, ratio
from helpers.present.layout.axis import format_axis, scale_for
from helpers.present.layout.table_plot import Column, Row, RowChart
from helpers.present.layout.text_layout import extent, literal, shorten
from helpers.present.layout.theme import (
    ALARM,
    ARM_STYLES,
    EDGE,
    FAINT,
    INK,
    LINE,
    MUTED,
    SMALL,
    WIDTH,
    NothingToDraw,
    Sheet,
    finish,
    themed,
)

LEFT, RIGHT, PANEL, HEADING = 46.0, 12.0, 92.0, 27.0
SMOOTHED = 0.4  # share of the events that the moving mean takes in
FEWEST = 5


@themed
def plot_residuals(
    residuals: pd.DataFrame,
    *,
    id: str,
    caption: str,
    notes: Mapping[str, str] | None = None,
    time_label: str = "Months since infusion",
) -> show.Figure:
    """A panel per term: the log hazard ratio that each event points to, its moving mean, and the Cox estimate.

    Rows have term, time_months and coefficient (Cox estimate plus scaled Schoenfeld residual). A moving mean that
    wanders from the straight line speaks against proportional hazards. The mean of the points is the Cox estimate.
    `notes` (term -> text, such as the P value of the test) stand at the right over each panel.
    """
    known = residuals.dropna(subset=["coefficient", "time_months"])
    if known.empty:
        raise NothingToDraw("No residuals, so effects over time are not drawn.")
    terms = list(dict.fromkeys(known["term"]))
    sheet = Sheet(EDGE + len(terms) * (PANEL + HEADING) + 42)
    sheet_label = {"fontsize": SMALL, "color": MUTED, "ha": "right"}
    last = float(known["time_months"].max())
    for place, term in enumerate(terms):
        top = EDGE + place * (PANEL + HEADING) + HEADING
        ax = sheet.axes(LEFT, top, WIDTH - LEFT - RIGHT, PANEL)
        note = shorten(literal((notes or {}).get(term, "")), WIDTH / 2, size=SMALL)
        sheet.text(WIDTH - EDGE, top - LINE - 3, note, **sheet_label)
        room = WIDTH - 2 * EDGE - (extent(note, SMALL) + 12 if note else 0)
        sheet.text(EDGE, top - LINE - 3, shorten(literal(term), room, bold=True), weight="bold")
        _draw_term(ax, known[known["term"] == term], last)
        ax.tick_params(axis="x", labelbottom=place == len(terms) - 1)
    ax.set_xlabel(shorten(literal(time_label), 340.0), labelpad=3)
    words = caption.rstrip(". ") + ". Points are events; log hazard ratio. Blue: moving mean; dashed: Cox estimate."
    data = known[["term", "time_months", "coefficient"]]
    return finish(sheet.figure, data, id=id, caption=words, alt=_residuals_told(known, terms))


def _draw_term(ax: Axes, rows: pd.DataFrame, last: float) -> None:
    """The events of one term, their moving mean, and the lines of the estimate and of no effect."""
    rows = rows.sort_values("time_months", kind="stable")
    time, effect = rows["time_months"].to_numpy(), rows["coefficient"].to_numpy()
    ax.axhline(0, color=FAINT, linewidth=0.8)
    ax.axhline(effect.mean(), color=INK, linewidth=1.0, linestyle=(0, (4, 2)), gid="estimate")
    mark = {"marker": "o", "markersize": 4.2, "markerfacecolor": "white", "color": MUTED}
    ax.plot(time, effect, linestyle="none", gid="events", **mark)
    if len(rows) >= FEWEST:
        ax.plot(time, moving_mean(effect), color=ARM_STYLES[0].color, gid="mean")
    ticks = time_ticks(last)
    ax.set(xlim=(0, last * 1.02))
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    low, high = min(effect.min(), 0.0), max(effect.max(), 0.0)
    rim = 0.12 * (high - low) or 0.5
    ax.set_ylim(low - rim, high + rim)
    levels = [level for level in MaxNLocator(4).tick_values(low, high) if low - rim <= level <= high + rim]
    ax.set_yticks(levels, [f"{level:g}" for level in levels])


def moving_mean(values: np.ndarray, share: float = SMOOTHED) -> np.ndarray:
    """The mean of each value with its neighbours: `share` of all, fewer towards the ends."""
    half = max(1, round(share * len(values) / 2))
    sums = np.concatenate([[0.0], np.cumsum(values)])
    place = np.arange(len(values))
    first, after = np.maximum(place - half, 0), np.minimum(place + half + 1, len(values))
    return (sums[after] - sums[first]) / (after - first)


def _residuals_told(known: pd.DataFrame, terms: list[str]) -> str:
    """The estimate and the first and last moving means of every term in words."""
    parts = []
    for term in terms:
        rows = known[known["term"] == term].sort_values("time_months", kind="stable")
        means = moving_mean(rows["coefficient"].to_numpy())
        ends = f"moving mean {number(means[0])} at the first and {number(means[-1])} at the last event"
        count = plural(len(rows), "event")
        parts.append(f"{literal(term)}, {count}: Cox estimate {number(rows['coefficient'].mean())}, {ends}.")
    return "Log hazard ratio over time. " + " ".join(parts)


@themed
def plot_influence(
    left_out: pd.DataFrame,
    estimates: pd.DataFrame,
    *,
    id: str,
    caption: str,
    effect: str = "Hazard ratio",
) -> show.Figure:
    """Per term, the estimates that remain when each patient is left out in turn, and the estimate with everybody.

    `left_out` has term, patient and hazard_ratio; `estimates` are the rows of the model (term, measure, estimate). The
    data of the figure hold the range per term, never single patients.
    """
    known = left_out.dropna(subset="hazard_ratio")
    terms = [term for term in dict.fromkeys(estimates["term"]) if term in set(known["term"])]
    if not terms:
        raise NothingToDraw(f"{effect}: no estimate without each patient in turn, so nothing is drawn.")
    full = estimates.drop_duplicates("term").set_index("term")
    data = _ranges(left_out, full, terms)
    cells = [[f"{ratio(row.lowest)} to {ratio(row.highest)}"] for row in data.itertuples()]
    everybody = [[ratio(value)] for value in data["estimate"]]
    columns = [Column("All patients", everybody), Column("One left out", cells)]
    chart = RowChart([Row(term) for term in terms], columns, foot=40.0)
    scale = scale_for(full["measure"].iloc[0], [*data["estimate"], *data["lowest"], *data["highest"]])
    format_axis(chart, scale, shorten(literal(effect), chart.width))
    for place, term in enumerate(terms):
        y, own = chart.centre(place), known[known["term"] == term]
        dots = {"marker": "o", "markersize": 5, "alpha": 0.35, "markeredgewidth": 0, "gid": "left out"}
        chart.ax.plot(own["hazard_ratio"], [y] * len(own), linestyle="none", color=ARM_STYLES[0].color, **dots)
        bar = {"marker": "|", "markersize": 15, "markeredgewidth": 2, "color": ALARM, "gid": "everybody"}
        chart.ax.plot([data["estimate"][place]], [y], linestyle="none", **bar)
    words = caption.rstrip(". ") + ". Dots: one patient left out; upright mark: all patients."
    return finish(chart.sheet.figure, data, id=id, caption=words, alt=_influence_told(data, effect))


def _ranges(left_out: pd.DataFrame, full: pd.DataFrame, terms: list[str]) -> pd.DataFrame:
    """Per term: the estimate, the lowest and highest without one patient, and without how many it is lost."""
    own = left_out[left_out["term"].isin(terms)].groupby("term", sort=False)["hazard_ratio"]
    found = own.agg(lowest="min", highest="max", patients="size", kept="count").loc[terms]
    found.insert(0, "estimate", full.loc[terms, "estimate"])
    lost = found["patients"] - found["kept"]
    return found.drop(columns="kept").assign(lost=lost).reset_index()


def _influence_told(data: pd.DataFrame, effect: str) -> str:
    """The ranges in words."""
    alt_text = [
        f"{literal(row.term)}: {ratio(row.estimate)} with everybody, {ratio(row.lowest)} to {ratio(row.highest)}."
        for row in data.itertuples()
    ]
    count = plural(int(data["patients"].max()), "patient")
    return f"{literal(effect)} when each of {count} is left out. " + " ".join(alt_text)
