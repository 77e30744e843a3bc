"""Survival and cumulative incidence curves with number at risk, from rows that are already estimated.

A curve row has group, time_months, `survival` or `cumulative_incidence` (0 to 1), ci_low, ci_high, at_risk and,
where known, events and censored. The value holds from its time to the next (a step); time 0 is included.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.present import show
from helpers.present.format import interval, number, percent, plural
from helpers.present.layout.risk_table import draw_risk, frame_of, risk_height, rows_of
from helpers.present.layout.text_layout import draw_key, extent, key_rows, literal, place_labels, shorten
from helpers.present.layout.theme import (
    BAND,
    EDGE,
    FAINT,
    LINE,
    MUTED,
    RULE,
    SMALL,
    TEXT,
    WIDTH,
    NothingToDraw,
    Sheet,
    Style,
    finish,
    style_map,
    themed,
)

PANEL = 205.0  # height of the axes
STEPS_MONTHS = (1, 2, 3, 6, 12, 24, 36, 60, 120)
MOST_POINTS = 350  # drawn per line, about one for each point of paper; a page must stay small
MOST_ROWS = 400  # in the table of the drawn data


def time_ticks(until: float, most: int = 8) -> list[float]:
    """Months at which an axis up to `until` is labelled: 0, then even steps, at most `most` labels.

    Only 0 where `until` is missing or 0, as in a cohort without patients.
    """
    if not until > 0:
        return [0.0]
    step = next((step for step in STEPS_MONTHS if until / step < most), STEPS_MONTHS[-1])
    return [float(month) for month in np.arange(0, until + 1e-9, step)]


@themed
def plot_curves(
    curves: pd.DataFrame,
    styles: Mapping[str, Style] | None = None,
    *,
    id: str,
    caption: str,
    label: str,
    risk: pd.DataFrame | None = None,
    horizon: float | None = None,
    until: float | None = None,
    min_at_risk: int = 1,
    intervals: bool = True,
    note: str = "",
    time_label: str = "Months since infusion",
    unit: str = "months",
) -> show.Figure:
    """Step curves by group over a number-at-risk table whose columns stand under the ticks.

    `label` names the quantity ("Overall survival"). `risk` has group, time_months and at_risk (a text such as
    "<10" is printed as it is). `horizon` (months) is marked and read off in the description; the axis ends at
    `until`. A line stops at the last time with `min_at_risk` patients or more; groups of `styles` without a line
    are named in the caption. With another `unit` ("days") all times are in it, also those in time_months.
    """
    drawn = lines_to_draw(curves, min_at_risk, until)
    if drawn.empty:
        raise NothingToDraw(f"{label}: no group has {min_at_risk} or more patients at risk, so no curve is drawn.")
    group_styles = _group_styles(curves, drawn, styles)
    ticks = time_ticks(until or drawn["time_months"].max()) if risk is None else sorted(set(risk["time_months"]))
    end = until or max([*ticks, drawn["time_months"].max()]) or 1.0
    frame = frame_of(group_styles)
    spots = _spots(drawn, group_styles, (frame.inner, end), horizon)
    sheet, ax = _panel(group_styles, spots is None, risk, (label, note))
    _format_axis(ax, [tick for tick in ticks if tick <= end], end, time_label)
    _draw_lines(ax, drawn, group_styles, intervals)
    if horizon:
        ax.axvline(horizon, color=FAINT, linewidth=0.8, linestyle=(0, (2, 2)), zorder=0)
    _label_lines(ax, spots or {}, group_styles)
    if risk is not None:
        draw_risk(sheet, ax, risk[risk["time_months"] <= end], group_styles)
    words = _caption(caption, drawn, list(dict.fromkeys([*(styles or {}), *curves["group"]])), min_at_risk)
    alt_text = describe_curves(drawn, label, horizon or end, min_at_risk, unit=unit)
    data = _tabled(drawn, len(group_styles)).rename(columns={"time_months": f"time_{unit}"})
    return finish(sheet.figure, data, id=id, caption=words, alt=alt_text)


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
    rows = rows.sort_values("time_months", kind="stable")
    enough = rows["at_risk"].to_numpy() >= min_at_risk
    rows = rows.iloc[: np.flatnonzero(enough)[-1] + 1 if enough.any() else 0]
    if until is None or rows.empty or rows["time_months"].iloc[-1] <= until:
        return rows
    inside = rows[rows["time_months"] <= until]
    quiet = {"events": 0, "censored": 0, "time_months": float(until)}
    close = inside.tail(1).assign(**{name: value for name, value in quiet.items() if name in rows})
    return pd.concat([inside, close], ignore_index=True)


def _group_styles(curves: pd.DataFrame, drawn: pd.DataFrame, styles: Mapping | None) -> dict[str, Style]:
    """Styles of the groups that are drawn, in the fixed order of `styles`, then as they come."""
    found = list(dict.fromkeys(curves["group"]))
    order = [group for group in styles or {} if group in found]
    everything = style_map(order + [group for group in found if group not in order], styles)
    shown = set(drawn["group"])
    return {group: style for group, style in everything.items() if group in shown}


def _spots(drawn: pd.DataFrame, group_styles: dict, scale: tuple[float, float], horizon: float | None) -> dict | None:
    """Places of direct labels, or None when a key is needed; a lone line is named by the heading."""
    inner, end = scale
    if len(group_styles) == 1:
        return {}
    if max(extent(literal(group), bold=True) for group in group_styles) > 0.5 * inner:
        return None
    value = value_column(drawn)
    lines = {literal(group): _corners(rows_of(drawn, group), value, inner / end) for group in group_styles}
    if len(lines) < len(group_styles):
        return None
    wall = [(horizon / end * inner - 2, 0, horizon / end * inner + 2, PANEL)] if horizon else []
    return place_labels(lines, (inner, PANEL), wall)


def _corners(rows: pd.DataFrame, value: str, points_per_month: float) -> np.ndarray:
    """The corners of a step line in points inside the panel."""
    x, y = rows["time_months"].to_numpy() * points_per_month, rows[value].to_numpy() * PANEL
    return np.column_stack([np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]])


def _panel(group_styles: dict, keyed: bool, risk: pd.DataFrame | None, heading: tuple[str, str]) -> tuple[Sheet, Axes]:
    """The sheet with its heading (and key), and axes with room for the risk table under them."""
    label, note = (literal(text) for text in heading)
    frame = frame_of(group_styles)
    wide = bool(note) and extent(label, bold=True) + extent(note, SMALL) + 20 > WIDTH
    rows = key_rows(list(group_styles), WIDTH - 2 * EDGE) if keyed else []
    top = 26.0 + LINE * wide + (LINE * len(rows) + 8 if rows else 0)
    sheet = Sheet(top + PANEL + 44 + risk_height(group_styles, risk))
    sheet.text(EDGE, 3, shorten(label, WIDTH - 2 * EDGE, bold=True), weight="bold")
    note = shorten(note, WIDTH - 2 * EDGE, size=SMALL)
    sheet.text(WIDTH - EDGE, 3 + LINE * wide, note, ha="right", fontsize=SMALL, color=MUTED)
    draw_key(sheet, (EDGE, 24 + LINE * wide), rows, list(group_styles.values()))
    return sheet, sheet.axes(frame.left, top, frame.inner, PANEL)


def _format_axis(ax: Axes, ticks: list[float], end: float, time_label: str) -> None:
    """Axes from 0 to 100% and from 0 to `end` months."""
    ax.set(xlim=(0, end), ylim=(0, 1), xticks=ticks, yticks=np.linspace(0, 1, 5))
    ax.set_xticklabels([f"{tick:g}" for tick in ticks])
    ax.set_yticklabels([f"{tick:.0%}" for tick in np.linspace(0, 1, 5)])
    ax.set_xlabel(shorten(literal(time_label), 340.0), labelpad=4)
    ax.grid(axis="y", color=RULE, linewidth=0.6)
    ax.set_axisbelow(True)
    for side in ("left", "bottom"):
        ax.spines[side].set_position(("outward", 4))


def _draw_lines(ax: Axes, drawn: pd.DataFrame, group_styles: dict[str, Style], intervals: bool) -> None:
    """A step line per group, its 95% band and a tick for every time with a censored patient."""
    value = value_column(drawn)
    for group, style in group_styles.items():
        rows = _thinned(rows_of(drawn, group))
        time = rows["time_months"].to_numpy()
        if intervals:
            band = {"step": "post", "color": style.color, "alpha": BAND, "linewidth": 0}
            ax.fill_between(time, rows["ci_low"].to_numpy(float), rows["ci_high"].to_numpy(float), **band)
        look = {"color": style.color, "linestyle": style.linestyle, "clip_on": False, "zorder": 3}
        ax.step(time, rows[value], where="post", **look)
        if "censored" in rows:
            _draw_marks(ax, rows[rows["censored"] > 0], value, style.color)


def _draw_marks(ax: Axes, censored: pd.DataFrame, value: str, color: str) -> None:
    """A short upright mark at every time with a censored patient, all marks of a group as one path."""
    censored = _thinned(censored, MOST_POINTS // 2)
    reach = 3.5 / PANEL
    y = np.column_stack([censored[value] - reach, censored[value] + reach, np.full(len(censored), np.nan)])
    marks = {"linewidth": 1.2, "solid_capstyle": "butt", "clip_on": False, "zorder": 4, "gid": "censored"}
    ax.plot(np.repeat(censored["time_months"].to_numpy(), 3), y.ravel(), color=color, **marks)


def _thinned(rows: pd.DataFrame, most: int = MOST_POINTS) -> pd.DataFrame:
    """About `most` rows: the first, and the last in each slot of time; a short table stays as it is."""
    if len(rows) <= most:
        return rows
    slot = np.floor(rows["time_months"] / rows["time_months"].max() * most)
    return rows[~slot.duplicated(keep="last") | (np.arange(len(rows)) == 0)]


def _tabled(drawn: pd.DataFrame, groups: int) -> pd.DataFrame:
    """The drawn rows; of a large cohort only so many that a page can hold them."""
    if len(drawn) <= MOST_ROWS:
        return drawn
    parts = [_thinned(rows, MOST_ROWS // groups) for _, rows in drawn.groupby("group", observed=True, sort=False)]
    return pd.concat(parts, ignore_index=True)


def _label_lines(ax: Axes, spots: dict, group_styles: dict[str, Style]) -> None:
    """The direct labels, in the colour of their lines."""
    inner = frame_of(group_styles).inner
    for group, style in group_styles.items():
        if literal(group) in spots:
            x, y = spots[literal(group)]
            place = {"transform": ax.transAxes, "fontsize": TEXT, "weight": "bold", "va": "bottom"}
            ax.text(x / inner, y / PANEL, literal(group), color=style.color, **place)


def _caption(caption: str, drawn: pd.DataFrame, groups: list[str], min_at_risk: int) -> str:
    """The caption with what the drawing left out."""
    absent = [literal(group) for group in groups if group not in set(drawn["group"])]
    parts = [caption.rstrip(". ") + "."]
    if min_at_risk > 1:
        parts.append(f"Lines stop where fewer than {min_at_risk} patients remain at risk.")
    if absent:
        why = f"fewer than {min_at_risk} patients at risk" if min_at_risk > 1 else "no patients"
        parts.append(f"Not drawn ({why}): {', '.join(absent)}.")
    return " ".join(parts)


def describe_curves(drawn: pd.DataFrame, label: str, at: float, min_at_risk: int, *, unit: str = "months") -> str:
    """The curves in words: patients, and the value with its interval at `at` months or where the line stops."""
    value = value_column(drawn)
    parts = [_one_told(rows, value, at, unit) for _, rows in drawn.groupby("group", observed=True, sort=False)]
    return f"{literal(label)} over time, {plural(len(parts), 'curve')}. " + " ".join(parts)


def _one_told(rows: pd.DataFrame, value: str, at: float, unit: str) -> str:
    """One group in words."""
    last = rows[rows["time_months"] <= at + 1e-9].iloc[-1]
    spread = interval(last["ci_low"], last["ci_high"], percent)
    reached = rows["time_months"].iloc[-1] >= at - 1e-9
    when = (
        f"at {number(at, 1).removesuffix('.0')} {unit}"
        if reached
        else f"at {number(last['time_months'], 1)} {unit}, where the line ends"
    )
    start = rows["at_risk"].iloc[0]
    who = f" ({plural(int(start), 'patient')})" if start == rows["at_risk"].max() else ""
    interval_text = f" (95% CI {spread})" if spread else ""
    return f"{literal(rows['group'].iloc[0])}{who}: {percent(last[value])}{interval_text} {when}."
