"""Plots of model diagnostics: effects over time (scaled Schoenfeld residuals) and what leaving one patient out does."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from statsmodels.nonparametric.smoothers_lowess import lowess

from helpers.frames import about
from helpers.present import show
from helpers.present.figures.curves import time_ticks
from helpers.present.format import equals_p, number, plural, ratio
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
from helpers.present.values import MEASURE_NAMES, capital

LEFT, RIGHT, PANEL, HEADING = 46.0, 12.0, 92.0, 27.0
SMOOTHED = 2 / 3  # share of the events that each point of the smooth takes in, as in seaborn
FEWEST = 5  # distinct times for a smooth


@themed
def plot_residuals(residuals: pd.DataFrame, tests: pd.DataFrame | None = None, *, id: str, caption: str) -> show.Figure:
    """A panel per term: the log hazard ratio that each event points to, a smooth of them, and the Cox estimate.

    Rows have term, variable, time_months and coefficient (Cox estimate plus scaled Schoenfeld residual); what they are
    about names the time axis. A smooth (lowess) that wanders from the straight line speaks against proportional
    hazards. The mean of the points is the Cox estimate. `tests` are rows of proportional_hazards: the P of each term's
    covariate stands at the right over its panel.
    """
    known = residuals.dropna(subset=["coefficient", "time_months"])
    if known.empty:
        raise NothingToDraw("No residuals, so effects over time are not drawn.")
    terms = list(dict.fromkeys(known["term"]))
    notes = _test_notes(tests)
    sheet = Sheet(EDGE + len(terms) * (PANEL + HEADING) + 42)
    last = float(known["time_months"].max())
    for place, term in enumerate(terms):
        rows = known[known["term"] == term]
        top = EDGE + place * (PANEL + HEADING) + HEADING
        ax = sheet.axes(LEFT, top, WIDTH - LEFT - RIGHT, PANEL)
        note = shorten(notes.get(rows["variable"].iloc[0], ""), WIDTH / 2, size=SMALL)
        sheet.text(WIDTH - EDGE, top - LINE - 3, note, fontsize=SMALL, color=MUTED, ha="right")
        room = WIDTH - 2 * EDGE - (extent(note, SMALL) + 12 if note else 0)
        sheet.text(EDGE, top - LINE - 3, shorten(literal(term), room, bold=True), weight="bold")
        _draw_term(ax, rows, last)
        ax.tick_params(axis="x", labelbottom=place == len(terms) - 1)
    time_label = capital(about(residuals).clock) or "Months"
    ax.set_xlabel(shorten(literal(time_label), 340.0), labelpad=3)
    key = "Points are events; log hazard ratio. Blue: lowess smooth; dashed: Cox estimate."
    data = pd.DataFrame(known[["term", "time_months", "coefficient"]])
    alt = _describe_residuals(known, terms)
    return finish(sheet.figure, data, id=id, caption=f"{caption.rstrip('. ')}. {key}", alt=alt)


def _test_notes(tests: pd.DataFrame | None) -> dict[str, str]:
    """The P of each covariate's score test."""
    if tests is None:
        return {}
    rows = tests.dropna(subset=["p"])
    return {row["variable"]: f"score test {equals_p(row['p'])}" for _, row in rows.iterrows()}


def _draw_term(ax: Axes, rows: pd.DataFrame, last: float) -> None:
    """The events of one term, their smooth, and the lines of the estimate and of no effect."""
    time, effect = rows["time_months"].to_numpy(float), rows["coefficient"].to_numpy(float)
    ax.axhline(0, color=FAINT, linewidth=0.8)
    ax.axhline(effect.mean(), color=INK, linewidth=1.0, linestyle=(0, (4, 2)), gid="estimate")
    sns.regplot(
        x=time,
        y=effect,
        ax=ax,
        lowess=len(np.unique(time)) >= FEWEST,
        fit_reg=len(np.unique(time)) >= FEWEST,
        ci=None,
        color=ARM_STYLES[0].color,
        scatter_kws={"s": 18, "facecolor": "white", "edgecolor": MUTED, "alpha": 1.0, "gid": "events"},
        line_kws={"gid": "smooth"},
    )
    ticks = time_ticks(last)
    ax.set(xlim=(0, last * 1.02), xlabel="", ylabel="")
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    low, high = min(effect.min(), 0.0), max(effect.max(), 0.0)
    rim = 0.12 * (high - low) or 0.5
    ax.set_ylim(low - rim, high + rim)
    levels = [level for level in MaxNLocator(4).tick_values(low, high) if low - rim <= level <= high + rim]
    ax.set_yticks(levels, [f"{level:g}" for level in levels])


def _describe_residuals(known: pd.DataFrame, terms: list[str]) -> str:
    """The estimate and the ends of the smooth of every term in words."""
    return "Log hazard ratio over time. " + " ".join(_describe_term(known[known["term"] == term]) for term in terms)


def _describe_term(rows: pd.DataFrame) -> str:
    """One term in words."""
    term, effect = literal(rows["term"].iloc[0]), rows["coefficient"]
    text = f"{term}, {plural(len(rows), 'event')}: Cox estimate {number(effect.mean())}"
    if rows["time_months"].nunique() < FEWEST:
        return f"{text}."
    smooth = lowess(effect, rows["time_months"], frac=SMOOTHED)[:, 1]
    return f"{text}, smooth {number(smooth[0])} at the first and {number(smooth[-1])} at the last event."


@themed
def plot_influence(left_out: pd.DataFrame, estimates: pd.DataFrame, *, id: str, caption: str) -> show.Figure:
    """Per term, the estimates that remain when each patient is left out in turn, and the estimate with everybody.

    `left_out` has term, patient and hazard_ratio; `estimates` are the rows of the model (term, measure, estimate). The
    data of the figure hold the range per term, never single patients.
    """
    known = left_out.dropna(subset="hazard_ratio")
    terms = [term for term in dict.fromkeys(estimates["term"]) if term in set(known["term"])]
    effect = capital(MEASURE_NAMES["hazard_ratio"])
    if not terms:
        raise NothingToDraw(f"{effect}: no estimate without each patient in turn, so nothing is drawn.")
    full = estimates.drop_duplicates("term").set_index("term")
    data = _ranges(left_out, full, terms)
    ranges = [[f"{ratio(row.lowest)} to {ratio(row.highest)}"] for row in data.itertuples()]
    everybody = [[ratio(value)] for value in data["estimate"]]
    columns = [Column("All patients", everybody), Column("One left out", ranges)]
    chart = RowChart([Row(term) for term in terms], columns, foot=40.0)
    scale = scale_for("hazard_ratio", [*data["estimate"], *data["lowest"], *data["highest"]])
    heights = {term: chart.centre(place) for place, term in enumerate(terms)}
    sns.stripplot(
        x=known["hazard_ratio"].to_numpy(),
        y=known["term"].map(heights).to_numpy(),
        orient="h",
        native_scale=True,
        jitter=False,
        ax=chart.ax,
        color=ARM_STYLES[0].color,
        size=5,
        alpha=0.35,
        linewidth=0,
    )
    chart.ax.set_ylim(chart.body, 0)
    format_axis(chart, scale, effect)
    chart.ax.set_ylabel("")
    places = list(heights.values())
    chart.ax.plot(data["estimate"], places, "|", color=ALARM, markersize=15, markeredgewidth=2, gid="everybody")
    key = "Dots: one patient left out; upright mark: all patients."
    alt = _describe_influence(data, effect)
    return finish(chart.sheet.figure, data, id=id, caption=f"{caption.rstrip('. ')}. {key}", alt=alt)


def _ranges(left_out: pd.DataFrame, full: pd.DataFrame, terms: list[str]) -> pd.DataFrame:
    """Per term: the estimate, the lowest and highest without one patient, and without how many it is lost."""
    ratios = left_out[left_out["term"].isin(terms)].groupby("term", sort=False)["hazard_ratio"]
    ranges = pd.DataFrame(ratios.agg(lowest="min", highest="max", patients="size", estimated="count").loc[terms])
    ranges.insert(0, "estimate", full.loc[terms, "estimate"])
    lost = ranges["patients"] - ranges["estimated"]
    return ranges.drop(columns="estimated").assign(lost=lost).reset_index()


def _describe_influence(data: pd.DataFrame, effect: str) -> str:
    """The ranges in words."""
    ranges = [
        f"{literal(row.term)}: {ratio(row.estimate)} with everybody, {ratio(row.lowest)} to {ratio(row.highest)}."
        for row in data.itertuples()
    ]
    count = plural(int(data["patients"].max()), "patient")
    return f"{effect} when each of {count} is left out. " + " ".join(ranges)
