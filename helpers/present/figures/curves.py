"""Survival and cumulative incidence curves with number at risk, from rows that are already estimated.

A curve row has group, time_months (or time_days), `survival` or `cumulative_incidence` (0 to 1), ci_low, ci_high,
at_risk and, where known, events and censored. The value holds from its time to the next (a step); time 0 is included.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.frames import about
from helpers.present import show
from helpers.present.format import interval, number, percent, plural
from helpers.present.layout.colors import FAINT, RULE, Style, style_map
from helpers.present.layout.risk_table import Frame, draw_risk, frame_of, risk_height, time_column
from helpers.present.layout.text_layout import draw_key, extent, key_rows, literal, place_labels, shorten, write_heading
from helpers.present.layout.theme import (
    EDGE,
    LINE,
    TEXT,
    NothingToDraw,
    Sheet,
    add_notes,
    finish,
    inner_width,
    sheet_width,
    themed,
)
from helpers.present.values import capital, within
from helpers.stats.survival.curve import Curve

PANEL = 205.0  # height of the axes
STEPS_MONTHS = (1, 2, 3, 6, 12, 24, 36, 60, 120)
MOST_TICKS = 8
BAND = 0.14  # opacity of a 95% band
MOST_POINTS = 350  # drawn per line, about one for each point of paper; a page must stay small
MOST_ROWS = 400  # in the table of the drawn data
UNITS = {"time_days": "days", "time_months": "months"}
GROUPED = {None: ", all patients", "arm": " by arm", "contrast": " by comparison group"}


def time_ticks(until: float) -> list[float]:
    """Months at which an axis up to `until` is labelled: 0, then even steps, at most eight.

    Only 0 where `until` is missing or 0, as in a cohort without patients.
    """
    if not until > 0:
        return [0.0]
    step = next((step for step in STEPS_MONTHS if until / step < MOST_TICKS), STEPS_MONTHS[-1])
    return [float(month) for month in np.arange(0, until + 1e-9, step)]


def follow_up_ticks(data: pd.DataFrame) -> list[float]:
    """Months, from 0 to the longest follow-up of an endpoint's data, at which numbers at risk are read."""
    return time_ticks(data["time_months"].max() if "time_months" in data else 0.0)


@themed
def plot_curves(
    curve: pd.DataFrame,
    at_risk: pd.DataFrame | None = None,
    horizon: float | None = None,
    *,
    id: str = "",
    caption: str = "",
    label: str = "",
    until: float | None = None,
    intervals: bool = True,
) -> show.Figure:
    """Step curves by group, over a number-at-risk table whose columns stand under the ticks.

    What the curve is about gives everything that is not said here: id, the quantity's name (`label`, "Overall
    survival"), the caption ("Overall survival by arm (Kaplan-Meier)."), the name of the time axis, how each arm is
    drawn, and at how few patients at risk a line stops; groups without a line are named in the caption. A plain
    DataFrame needs `id` and `label`. Times stand in `time_months` or in `time_days`. `at_risk` has group, the same time
    column and at_risk (a text such as "<10" is printed as it is). `horizon` is marked, and the description reads the
    curves there; the axis ends at `until`, else with the follow-up. The figure's `axes` are matplotlib's, the curves'
    panel first: add to them before the figure is shown.
    """
    subject = about(curve)
    label = label or subject.label
    drawn = lines_to_draw(curve, subject.min_at_risk, until)
    if drawn.empty:
        few = f"no group has {subject.min_at_risk} or more patients at risk, so no curve is drawn."
        raise NothingToDraw(f"{label}: {few}")
    time = time_column(curve)
    expected = subject.styles if isinstance(curve, Curve) and curve.by == "arm" else {}
    groups = list(dict.fromkeys([*expected, *curve["group"]]))
    every_style = style_map([group for group in groups if group in set(curve["group"])], expected)
    styles = {group: style for group, style in every_style.items() if group in set(drawn["group"])}
    ticks = time_ticks(until or drawn[time].max()) if at_risk is None else sorted(set(at_risk[time]))
    end = until or max([*ticks, drawn[time].max()]) or 1.0
    ticks = [tick for tick in ticks if tick <= end]
    frame = frame_of(styles)
    spots = _spots(drawn, styles, frame.inner, frame.inner / end, horizon)
    sheet, ax = _panel(styles, frame, spots is None, at_risk, label)
    _format_axis(ax, ticks, end, capital(subject.clock) or capital(UNITS[time]))
    _draw_lines(ax, drawn, styles, intervals)
    if horizon:
        ax.axvline(horizon, color=FAINT, linewidth=0.8, linestyle=(0, (2, 2)), zorder=0)
    colors = {literal(group): style.color for group, style in styles.items()}
    for name, (x, y) in (spots or {}).items():
        text = ax.text(x / frame.inner, y / PANEL, name, color=colors[name], transform=ax.transAxes)
        text.set(fontsize=TEXT, weight="bold", va="bottom")
    if at_risk is not None:
        draw_risk(sheet, ax, at_risk[at_risk[time] <= end], styles)
    parts = [_describe_one(rows, horizon or end) for _, rows in drawn.groupby("group", observed=True, sort=False)]
    # "left step end": where month 0 stands and how far a month reaches, as parts of the width; the last tick
    axis = f"{frame.left / sheet_width():.5f} {frame.inner / end / sheet_width():.6f} {ticks[-1]:g}" if ticks else ""
    return finish(
        sheet.figure,
        _tabled(drawn, len(styles)),
        id=id or subject.key,
        caption=_caption(curve, caption, [group for group in groups if group not in styles]),
        alt=f"{literal(label)} over time, {plural(len(parts), 'curve')}. " + " ".join(parts),
        axis=axis if time == "time_months" else "",
    )


def value_column(curves: pd.DataFrame) -> str:
    """Which of the two quantities a curve table holds."""
    return "survival" if "survival" in curves else "cumulative_incidence"


def lines_to_draw(curves: pd.DataFrame, min_at_risk: int, until: float | None) -> pd.DataFrame:
    """The rows of each group up to the last time with `min_at_risk` patients at risk, and up to `until`.

    A line cut by `until` gets a closing row there with the value that holds.
    """
    parts = [_one_line(rows, min_at_risk, until) for _, rows in curves.groupby("group", observed=True, sort=False)]
    return pd.concat(parts, ignore_index=True) if parts else curves.iloc[:0]


def _one_line(rows: pd.DataFrame, min_at_risk: int, until: float | None) -> pd.DataFrame:
    """One group's part of `lines_to_draw`."""
    time = time_column(rows)
    rows = rows.sort_values(time, kind="stable")
    enough = rows["at_risk"].to_numpy() >= min_at_risk
    rows = rows.iloc[: np.flatnonzero(enough)[-1] + 1 if enough.any() else 0]
    if until is None or rows.empty or rows[time].iloc[-1] <= until:
        return rows
    inside = rows[rows[time] <= until]
    quiet = {name: 0 for name in ("events", "censored") if name in rows}
    return pd.concat([inside, inside.tail(1).assign(**quiet, **{time: float(until)})], ignore_index=True)


def _spots(
    drawn: pd.DataFrame, styles: dict[str, Style], inner: float, points: float, horizon: float | None
) -> dict[str, tuple[float, float]] | None:
    """Places of direct labels, or None when a key is needed; a lone line is named by the heading.

    `inner` is the width of the panel, `points` that of a unit of time.
    """
    if len(styles) == 1:
        return {}
    lines = {}
    for group in styles:
        rows = drawn[drawn["group"] == group]
        x, y = rows[time_column(rows)].to_numpy() * points, rows[value_column(rows)].to_numpy() * PANEL
        lines[literal(group)] = np.column_stack([np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]])
    if max(extent(name, bold=True) for name in lines) > 0.5 * inner or len(lines) < len(styles):
        return None
    wall = [(horizon * points - 2, 0.0, horizon * points + 2, PANEL)] if horizon else []
    return place_labels(lines, (inner, PANEL), wall)


def _panel(
    styles: dict[str, Style], frame: Frame, keyed: bool, at_risk: pd.DataFrame | None, label: str
) -> tuple[Sheet, Axes]:
    """The sheet with its heading (and key), and axes with room for the risk table under them."""
    rows = key_rows(list(styles), inner_width()) if keyed else []
    top = 26.0 + LINE * len(rows) + 8 if rows else 26.0
    sheet = Sheet(top + PANEL + 44 + risk_height(styles, at_risk))
    write_heading(sheet, EDGE, label)
    draw_key(sheet, (EDGE, 24), rows, list(styles.values()))
    return sheet, sheet.axes(frame.left, top, frame.inner, PANEL)


def _format_axis(ax: Axes, ticks: list[float], end: float, time_label: str) -> None:
    """Axes from 0 to 100% and from 0 to `end`."""
    levels = np.linspace(0, 1, 5)
    ax.set(xlim=(0, end), ylim=(0, 1))
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_yticks(levels, [f"{level:.0%}" for level in levels])
    ax.set_xlabel(shorten(literal(time_label), 340.0), labelpad=4)
    ax.grid(axis="y", color=RULE, linewidth=0.6)
    ax.set_axisbelow(True)
    for side in ("left", "bottom"):
        ax.spines[side].set_position(("outward", 4))


def _draw_lines(ax: Axes, drawn: pd.DataFrame, styles: dict[str, Style], intervals: bool) -> None:
    """A step line per group, its 95% band and a tick for every time with a censored patient."""
    for group, style in styles.items():
        rows = _thinned(drawn[drawn["group"] == group])
        time, value = rows[time_column(rows)].to_numpy(), rows[value_column(rows)]
        if intervals:
            low, high = rows["ci_low"].to_numpy(float), rows["ci_high"].to_numpy(float)
            ax.fill_between(time, low, high, step="post", color=style.color, alpha=BAND, linewidth=0)
        ax.step(time, value, where="post", color=style.color, linestyle=style.linestyle, clip_on=False, zorder=3)
        if "censored" in rows:
            _draw_marks(ax, rows[rows["censored"] > 0], style.color)


def _draw_marks(ax: Axes, censored: pd.DataFrame, color: str) -> None:
    """A short upright mark at every time with a censored patient, all marks of a group as one path."""
    censored = _thinned(censored, MOST_POINTS // 2)
    value, reach = censored[value_column(censored)], 3.5 / PANEL
    x = np.repeat(censored[time_column(censored)].to_numpy(), 3)
    y = np.column_stack([value - reach, value + reach, np.full(len(censored), np.nan)]).ravel()
    ax.plot(x, y, color=color, linewidth=1.2, solid_capstyle="butt", clip_on=False, zorder=4, gid="censored")


def _thinned(rows: pd.DataFrame, most: int = MOST_POINTS) -> pd.DataFrame:
    """About `most` rows: the first, and the last in each slot of time; a short table stays as it is."""
    if len(rows) <= most:
        return rows
    time = rows[time_column(rows)]
    slot = np.floor(time / time.max() * most)
    return rows[~slot.duplicated(keep="last") | (np.arange(len(rows)) == 0)]


def _tabled(drawn: pd.DataFrame, groups: int) -> pd.DataFrame:
    """The drawn rows; of a large cohort only so many that a page can hold them."""
    if len(drawn) <= MOST_ROWS:
        return drawn
    parts = [_thinned(rows, MOST_ROWS // groups) for _, rows in drawn.groupby("group", observed=True, sort=False)]
    return pd.concat(parts, ignore_index=True)


def _caption(curve: pd.DataFrame, caption: str, absent: Sequence[str]) -> str:
    """The caption ("Overall survival by arm (Kaplan-Meier)." if none is given) with what the drawing left out."""
    subject = about(curve)
    default = subject.label
    if isinstance(curve, Curve):
        default += f"{GROUPED.get(curve.by, f' by {within(str(curve.by))}')} ({curve.estimator})"
    few, why = "", "no patients"
    if subject.min_at_risk > 1:
        few = f"Lines stop where fewer than {subject.min_at_risk} patients remain at risk."
        why = f"fewer than {subject.min_at_risk} patients at risk"
    left_out = f"Not drawn ({why}): {', '.join(map(literal, absent))}." if absent else ""
    return add_notes(caption or default, few, left_out)


def _describe_one(rows: pd.DataFrame, at: float) -> str:
    """One group in words."""
    time, quantity = time_column(rows), value_column(rows)
    last = rows[rows[time] <= at + 1e-9].iloc[-1]
    when = f"at {number(at, 1).removesuffix('.0')} {UNITS[time]}"
    if rows[time].iloc[-1] < at - 1e-9:
        when = f"at {number(last[time], 1)} {UNITS[time]}, where the line ends"
    start = rows["at_risk"].iloc[0]
    patients = f" ({plural(int(start), 'patient')})" if start == rows["at_risk"].max() else ""
    limits = interval(last["ci_low"], last["ci_high"], percent)
    interval_text = f" (95% CI {limits})" if limits else ""
    return f"{literal(rows['group'].iloc[0])}{patients}: {percent(last[quantity])}{interval_text} {when}."
