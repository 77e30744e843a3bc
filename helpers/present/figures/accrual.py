"""Accrual: how many patients of each group had reached time zero by the end of each month."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from helpers.present import show
from helpers.present.format import plural
from helpers.present.layout.colors import RULE, arm_style, style_map
from helpers.present.layout.text_layout import draw_key, extent, key_rows, literal, write_heading
from helpers.present.layout.theme import (
    EDGE,
    LINE,
    SMALL,
    NothingToDraw,
    Sheet,
    add_notes,
    finish,
    inner_width,
    sheet_width,
    themed,
)
from helpers.study import Study

LEFT, RIGHT, PANEL = 40.0, 22.0, 170.0
MOST_LABELS = 8


@themed
def plot_accrual(patients: pd.DataFrame, study: Study, *, id: str, caption: str) -> show.Figure:
    """Cumulative number of patients by month of time zero, one line per arm and one for all.

    Dates are cut to their month, so that no day of a patient can be read off. Patients without a date are counted in
    the caption.
    """
    known = patients.dropna(subset="infusion_date") if "infusion_date" in patients else patients.iloc[:0]
    if known.empty:
        raise NothingToDraw("No dates of time zero are recorded, so accrual is not drawn.")
    data = monthly_totals(pd.to_datetime(known["infusion_date"]), known["arm"].astype(str), list(study.styles))
    arms = {label: arm_style(arm) for label, arm in study.styles.items()}
    styles = style_map(dict.fromkeys(data["group"]), arms)
    rows = key_rows(list(styles), inner_width())
    head = EDGE + LINE * (len(rows) + 1) + 14
    sheet = Sheet(head + PANEL + 26)
    write_heading(sheet, EDGE, f"Patients {study.treated} by the end of each month")
    draw_key(sheet, (EDGE, EDGE + LINE + 3), rows, list(styles.values()))
    ax = sheet.axes(LEFT, head, sheet_width() - LEFT - RIGHT, PANEL)
    months = sorted(set(data["month"]))
    for name, style in styles.items():
        totals = [0, *data.loc[data["group"] == name, "patients"]]
        ends = np.arange(len(months) + 1)
        ax.plot(ends, totals, gid="total", color=style.color, linestyle=style.linestyle, clip_on=False)
    _format_axis(ax, months, int(data["patients"].max()))
    undated = len(patients) - len(known)
    caption = add_notes(caption, f"{plural(undated, 'patient')} without a date." if undated else "")
    last = data[data["month"] == months[-1]]
    totals_text = ", ".join(f"{literal(row.group)} {row.patients}" for row in last.itertuples())
    alt = f"Cumulative accrual from {months[0]} to {months[-1]}: {totals_text}."
    return finish(sheet.figure, data, id=id, caption=caption, alt=alt)


def monthly_totals(dates: pd.Series, groups: pd.Series, order: Sequence[str]) -> pd.DataFrame:
    """Rows group, month (YYYY-MM), patients (so far), for every month from the first to the last."""
    period = dates.dt.to_period("M")
    months = pd.period_range(period.min(), period.max(), freq="M")
    names = [name for name in dict.fromkeys([*order, *groups]) if name in set(groups)]
    parts = []
    for name in [*names, "All"] if len(names) > 1 else names:
        members = period if name == "All" else period[groups == name]
        counts = members.value_counts().reindex(months, fill_value=0).cumsum()
        parts.append(pd.DataFrame({"group": name, "month": months.astype(str), "patients": counts.to_numpy()}))
    return pd.concat(parts, ignore_index=True)


def _format_axis(ax: Axes, months: Sequence[str], patients: int) -> None:
    """Whole numbers up, months along the foot: each label stands where its month begins."""
    most = min(MOST_LABELS, (sheet_width() - LEFT - RIGHT) / (extent("2020-06", SMALL) + 8))
    step = next(step for step in (1, 3, 6, 12, 24, 60, 120, 600) if len(months) / step < most or step == 600)
    first = 12 - int(months[0][5:]) + 1 if step >= 12 else -(int(months[0][5:]) - 1) % step
    places = list(range(first % step, len(months) + 1, step))
    labels = [str(pd.Period(months[0], "M") + place) for place in places]
    ax.set_xticks(places, [label[:4] if step >= 12 else label for label in labels])
    ax.set(xlim=(0, len(months)), ylim=(0, patients * 1.04))
    ticks = [
        tick for tick in MaxNLocator(5, integer=True, steps=[1, 2, 5, 10]).tick_values(0, patients) if tick <= patients
    ]
    ax.set_yticks(ticks, [f"{tick:,.0f}" for tick in ticks])
    ax.grid(axis="y", color=RULE, linewidth=0.6)
    ax.set_axisbelow(True)
