"""Plots of model diagnostics: effects over time (scaled Schoenfeld residuals) and what leaving one patient out does."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.ticker import MaxNLocator
from statsmodels.nonparametric.smoothers_lowess import lowess

from helpers.frames import about
from helpers.present import show
from helpers.present.figures.curves import time_ticks
from helpers.present.format import equals_p, number, plural, ratio
from helpers.present.layout.axis import format_axis, scale_for
from helpers.present.layout.colors import ALARM, ARM_STYLES, FAINT, INK, MUTED
from helpers.present.layout.table_plot import Column, Row, RowChart
from helpers.present.layout.text_layout import extent, literal, set_axis_title, shorten
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
    sheet_width,
    themed,
)
from helpers.present.values import MEASURE_NAMES, capital

LEFT, RIGHT, PANEL, HEADING = 46.0, 12.0, 92.0, 27.0
SMOOTHED = 2 / 3  # share of the events that each point of the smooth takes in
FEWEST = 5  # distinct times for a smooth
MOST = 400  # events, or patients left out, drawn one by one
EXACT, GROUPS = 2000, 1000  # events smoothed one by one; means of groups of more


@themed
def plot_residuals(residuals: pd.DataFrame, tests: pd.DataFrame | None = None, *, id: str, caption: str) -> show.Figure:
    """A panel per term: the log hazard ratio that each event points to, a smooth of them, and the Cox estimate.

    Rows have term, variable, time_months and coefficient (Cox estimate plus scaled Schoenfeld residual); what they are
    about names the time axis. A smooth (lowess) that wanders from the straight line speaks against proportional
    hazards. The mean of the points is the Cox estimate. `tests` are rows of proportional_hazards: the P of each term's
    covariate stands at the right over its panel.
    """
    known = residuals.dropna(subset=["coefficient", "time_months"])
    if known["term"].value_counts().max() > MOST:
        known = known.sort_values("time_months", kind="stable")
    if known.empty:
        raise NothingToDraw("No residuals, so effects over time are not drawn.")
    parts = dict(iter(known.groupby("term", sort=False)))
    curves = {term: smooth(*rows[["time_months", "coefficient"]].to_numpy(float).T) for term, rows in parts.items()}
    p_of = {} if tests is None else tests.dropna(subset=["p"]).set_index("variable")["p"].to_dict()
    sheet = Sheet(EDGE + len(parts) * (PANEL + HEADING) + 42)
    ticks = time_ticks(known["time_months"].max())
    for place, (term, rows) in enumerate(parts.items()):
        variable = rows["variable"].iloc[0]
        top = EDGE + place * (PANEL + HEADING) + HEADING
        ax = sheet.axes(LEFT, top, sheet_width() - LEFT - RIGHT, PANEL)
        note = (
            shorten(f"score test {equals_p(p_of[variable])}", sheet_width() / 2, size=SMALL) if variable in p_of else ""
        )
        sheet.text(sheet_width() - EDGE, top - LINE - 3, note, fontsize=SMALL, color=MUTED, ha="right")
        room = inner_width() - (extent(note, SMALL) + 12 if note else 0)
        sheet.text(EDGE, top - LINE - 3, shorten(literal(term), room, bold=True), weight="bold")
        _draw_term(ax, rows, curves[term], float(known["time_months"].max()))
        ax.foot(ticks, [f"{tick:g}" for tick in ticks] if place == len(parts) - 1 else [])
    set_axis_title(ax, capital(about(residuals).clock) or "Months")
    drawn = known[known.groupby("term").cumcount().isin(_some(known["term"].value_counts().max()))]
    many = f"Of more than {MOST} events, {MOST} evenly spaced ones are drawn." if len(drawn) < len(known) else ""
    points = "Points are events; log hazard ratio. Blue: lowess smooth; dashed: Cox estimate."
    caption = add_notes(caption, points, many)
    data = pd.DataFrame(drawn[["term", "time_months", "coefficient"]])
    alt = "Log hazard ratio over time. " + " ".join(_describe_term(rows, curves[term]) for term, rows in parts.items())
    return finish(sheet.figure, data, id=id, caption=caption, alt=alt)


def _draw_term(ax: Plot, rows: pd.DataFrame, curve: np.ndarray, last: float) -> None:
    """The events of one term, their smooth, and the lines of the estimate and of no effect."""
    time, effect = rows["time_months"].to_numpy(float), rows["coefficient"].to_numpy(float)
    ax.axhline(0, color=FAINT, linewidth=0.8)
    ax.axhline(effect.mean(), color=INK, linewidth=1.0, linestyle=(0, (4, 2)), gid="estimate")
    some = _some(len(rows))
    ax.scatter(time[some], effect[some], s=18, facecolor="white", edgecolor=MUTED, linewidth=0.8, gid="events")
    if len(curve):
        ax.plot(curve[:, 0], curve[:, 1], color=ARM_STYLES[0].color, linewidth=1.6, gid="smooth")
    ax.set_xlim(0, last * 1.02)
    low, high = min(effect.min(), 0.0), max(effect.max(), 0.0)
    rim = 0.12 * (high - low) or 0.5
    ax.set_ylim(low - rim, high + rim)
    levels = [level for level in MaxNLocator(4).tick_values(low, high) if low - rim <= level <= high + rim]
    ax.side(levels, [f"{level:g}" for level in levels])


def _some(count: int) -> np.ndarray:
    """The places of at most MOST evenly spaced ones of so many."""
    return np.linspace(0, count - 1, min(count, MOST)).round().astype(int)


def smooth(time: np.ndarray, effect: np.ndarray) -> np.ndarray:
    """The lowess of effects over time: a row of time and mean for at most 400 events, in order of time.

    None for too few times. Of more than 2,000 events the means of 1,000 groups are smoothed, less than a pixel beside.

    Without lowess's robust iterations (seaborn's regplot makes three): the points of a yes-or-no covariate lie in two
    clouds, and the iterations would take the smaller cloud for outliers.
    """
    if len(np.unique(time)) < FEWEST:
        return np.empty((0, 2))
    time, effect = _grouped(time, effect) if len(time) > EXACT else (time, effect)
    with np.errstate(invalid="ignore"):  # where all neighbours share a time, lowess divides before it falls back
        curve = lowess(effect, time, frac=SMOOTHED, it=0)
    return curve[_some(len(curve))]


def _grouped(time: np.ndarray, effect: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean times and effects of equally large groups of events that follow each other."""
    order = np.argsort(time, kind="stable")
    starts = np.linspace(0, len(time), GROUPS, endpoint=False).astype(int)
    sizes = np.diff(starts, append=len(time))
    return np.add.reduceat(time[order], starts) / sizes, np.add.reduceat(effect[order], starts) / sizes


def _describe_term(rows: pd.DataFrame, curve: np.ndarray) -> str:
    """One term in words."""
    term, effect = literal(rows["term"].iloc[0]), rows["coefficient"]
    text = f"{term}, {plural(len(rows), 'event')}: Cox estimate {number(effect.mean())}"
    if not len(curve):
        return f"{text}."
    return f"{text}, smooth {number(curve[0, 1])} at the first and {number(curve[-1, 1])} at the last event."


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
    ratios = left_out[left_out["term"].isin(terms)].groupby("term", sort=False)["hazard_ratio"]
    data = pd.DataFrame(ratios.agg(lowest="min", highest="max", patients="size", lost="count").loc[terms])
    data.insert(0, "estimate", full.loc[terms, "estimate"])
    data = data.assign(lost=data["patients"] - data["lost"]).reset_index()  # counted were those with an estimate
    everybody = [[ratio(value)] for value in data["estimate"]]
    ranges = [[f"{ratio(row.lowest)} to {ratio(row.highest)}"] for row in data.itertuples()]
    columns = [Column("All patients", everybody), Column("One left out", ranges)]
    chart = RowChart([Row(term) for term in terms], columns, foot=40.0)
    scale = scale_for("hazard_ratio", [*data["estimate"], *data["lowest"], *data["highest"]])
    heights = {term: chart.centre(place) for place, term in enumerate(terms)}
    many = data["patients"].max() > MOST
    if many:
        chart.ax.hlines([*heights.values()], data["lowest"], data["highest"], color=ARM_STYLES[0].color, linewidth=1.6)
        known = known.sort_values("hazard_ratio", kind="stable").groupby("term", sort=False)
        known = pd.concat([known.head(MOST // 8), known.tail(MOST // 8)])
    x, y = known["hazard_ratio"].to_numpy(), known["term"].map(heights).to_numpy()
    blue = ARM_STYLES[0].color
    sns.stripplot(
        x=x, y=y, orient="h", native_scale=True, jitter=False, ax=chart.ax, color=blue, size=5, alpha=0.35, linewidth=0
    )
    chart.ax.set_ylim(chart.body, 0)
    format_axis(chart, scale, effect)
    places = list(heights.values())
    chart.ax.plot(data["estimate"], places, "|", color=ALARM, markersize=15, markeredgewidth=2, gid="everybody")
    some = f"Of more than {MOST} patients, the {MOST // 8} with the lowest and the highest estimates are drawn."
    caption = add_notes(caption, "Dots: one patient left out; upright mark: all patients.", some if many else "")
    parts = [
        f"{literal(term)}: {estimate} with everybody, {text}."
        for term, [estimate], [text] in zip(terms, everybody, ranges, strict=True)
    ]
    alt = f"{effect} when each of {plural(int(data['patients'].max()), 'patient')} is left out. " + " ".join(parts)
    return finish(chart.sheet.figure, data, id=id, caption=caption, alt=alt)
