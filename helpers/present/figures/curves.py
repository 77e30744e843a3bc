"""Survival and cumulative incidence curves with number at risk, from rows that are already estimated.

A curve row has group, time_months (or time_days), `survival` or `cumulative_incidence` (0 to 1), ci_low, ci_high,
at_risk and, where known, events and censored. The value holds from its time to the next (a step); time 0 is included.
"""

import numpy as np
import pandas as pd

from helpers.frames import about
from helpers.present import show
from helpers.present.figures.curve_lines import by_group, checked_lines, tabled
from helpers.present.figures.curve_panel import Panel
from helpers.present.figures.curve_texts import (
    UNITS,
    Drawn,
    Said,
    box_lines,
    caption_of,
    description_of,
    heading_of,
    said_of,
)
from helpers.present.layout.colors import style_map
from helpers.present.layout.kept import kept
from helpers.present.layout.risk_table import RiskTable, time_column
from helpers.present.layout.theme import finish, sheet_width, themed
from helpers.present.values import capital
from helpers.stats.survival.curve import Curve

STEPS_MONTHS = (1, 2, 3, 6, 12, 24, 36, 60, 120)
MOST_TICKS = 8


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
    at: pd.DataFrame | None = None,
    medians: pd.DataFrame | None = None,
    tests: pd.DataFrame | None = None,
    totals: bool = False,
) -> show.Figure:
    """Step curves by group, over a number-at-risk table whose columns stand under the ticks.

    What the curve is about gives everything that is not said here: id, the quantity's name ("Overall survival"), the
    name of the time axis, how each arm or side of the comparison is drawn, and at how few patients at risk a line
    stops. Groups too small for a line are left to the table and named in the caption. Times stand in `time_months` or
    in `time_days`. `at_risk` has group, the same time column and at_risk (a text such as "<10" is printed as it is);
    `totals` adds each group's events and censored patients. `horizon` is marked, and the description reads the curves
    there; the axis ends with the follow-up. Two lines have 95% bands, three if they are of 30 patients or more; else
    bars at the horizon are the intervals. `medians` and `tests` (estimates of the endpoint; the first test between just
    these groups) stand in the plot; with `at`, the values at the horizon, they make the caption: "Overall survival by
    arm (Kaplan-Meier). At 24 months: A 35.7% (13.0 to 59.4), B ...". Without any event, or where all lines
    coincide, a sentence says so in place of a figure. The figure's `axes` are matplotlib's, the curves' panel first:
    add to them before the figure is shown.
    """
    subject = about(curve)
    drawn = checked_lines(curve)
    time = time_column(curve)
    expected = _expected(curve)
    groups = list(dict.fromkeys([*expected, *curve["group"]]))
    known = style_map([name for name in groups if name in set(curve["group"])], {**subject.styles, **subject.sides})
    styles = {name: style for name, style in known.items() if name in set(drawn["group"])}
    table = None
    if at_risk is not None:
        table = RiskTable(at_risk, known, _totals(curve) if totals else {})
    ticks = time_ticks(drawn[time].max()) if at_risk is None else sorted(set(at_risk[time]))
    end = max([*ticks, drawn[time].max()]) or 1.0
    said = said_of(curve, list(styles), Said(at, medians, tests), horizon)
    panel = Panel(styles, table, end, horizon)
    panel.lay_out(heading_of(curve), drawn, box_lines(said, styles, panel.names, panel.box_width))
    ticks = panel.draw(ticks, capital(subject.clock) or capital(UNITS[time]))
    shown = Drawn(drawn, panel.explained, [g for g in known if g not in styles], [g for g in groups if g not in known])
    # "left step end": where month 0 stands and how far a month reaches, as parts of the width; the last tick
    axis = f"{panel.left / sheet_width():.5f} {panel.points / sheet_width():.6f} {ticks[-1]:g}" if ticks else ""
    return finish(
        panel.sheet.figure,
        tabled(drawn, len(styles)),
        id=id or subject.key,
        caption=caption_of(curve, said, horizon, shown),
        alt=description_of(subject.label, drawn, horizon or end, said),
        axis=axis if time == "time_months" else "",
    )


def _expected(curve: pd.DataFrame) -> list[str]:
    """The groups that the study has, drawn or not: its arms, or the sides of its comparison."""
    by = curve.by if isinstance(curve, Curve) else None
    return list({"arm": about(curve).styles, "contrast": about(curve).sides}.get(str(by), {}))


@kept
def _totals(curve: pd.DataFrame) -> dict[str, str]:
    """ "16 / 5", events and censored patients, of each group; nothing where a curve does not count them."""
    if not {"events", "censored"} <= set(curve):
        return {}
    sums = {name: rows[["events", "censored"]].sum() for name, rows in by_group(curve).items()}
    return {name: f"{counts['events']:,.0f} / {counts['censored']:,.0f}" for name, counts in sums.items()}
