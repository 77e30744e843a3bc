"""Where the patients are over time: remission, relapsed, dead without relapse, stacked to 100%."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from helpers.present import show
from helpers.present.figures.curves import time_ticks, value_column
from helpers.present.format import number, percent
from helpers.present.layout.text_layout import block_sample, draw_key, key_rows, literal, shorten
from helpers.present.layout.theme import EDGE, LINE, OUTCOMES, WIDTH, NothingToDraw, Sheet, Style, finish, themed

LEFT, RIGHT, PANEL = 46.0, 16.0, 190.0
COLORS = (OUTCOMES[0], OUTCOMES[3], OUTCOMES[5], OUTCOMES[1], OUTCOMES[4])
MOST_ROWS = 300


@themed
def plot_states(
    curves: Mapping[str, pd.DataFrame],
    *,
    id: str,
    caption: str,
    horizon: float | None = None,
    time_label: str = "Months since infusion",
) -> show.Figure:
    """Stacked areas of curves that share out all patients: {"Alive in remission": lfs, "Relapsed": cir, ...}.

    Each curve has one group: time_months and survival or cumulative_incidence. They are read off at all their times
    together; their sum stands in the data and in the description, so that a gap to 100% would be seen.
    """
    known = {label: rows for label, rows in curves.items() if len(rows)}
    if not known:
        raise NothingToDraw("No curves, so no states are drawn.")
    data = shares_over_time(known)
    rows = key_rows(list(known), WIDTH - 2 * EDGE)
    head = EDGE + LINE * len(rows) + 10
    sheet = Sheet(head + PANEL + 44)
    colors = [COLORS[number % len(COLORS)] for number in range(len(known))]
    draw_key(sheet, (EDGE, EDGE), rows, [Style(color, "-", "s") for color in colors], block_sample)
    ax = sheet.axes(LEFT, head, WIDTH - LEFT - RIGHT, PANEL)
    floor = np.zeros(len(data))
    for label, color in zip(known, colors, strict=True):
        ceiling = floor + data[label].to_numpy()
        ax.fill_between(data["time_months"], floor, ceiling, step="post", color=color, linewidth=0, gid=label)
        floor = ceiling
    end = float(data["time_months"].max())
    ticks = time_ticks(end)
    ax.set(xlim=(0, end), ylim=(0, 1))
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_yticks(np.linspace(0, 1, 5), [f"{tick:.0%}" for tick in np.linspace(0, 1, 5)])
    ax.set_xlabel(shorten(literal(time_label), 340.0), labelpad=3)
    tabled = data if len(data) <= MOST_ROWS else data.iloc[np.linspace(0, len(data) - 1, MOST_ROWS).astype(int)]
    return finish(sheet.figure, tabled, id=id, caption=caption, alt=_alt_text(data, list(known), horizon or end))


def shares_over_time(curves: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Every curve read off at all times at which any of them changes, and their sum."""
    last = min(rows["time_months"].max() for rows in curves.values())
    times = np.unique(np.concatenate([rows["time_months"].to_numpy(float) for rows in curves.values()]))
    data = pd.DataFrame({"time_months": times[times <= last]})
    for label, rows in curves.items():
        place = np.searchsorted(rows["time_months"].to_numpy(float), data["time_months"], side="right") - 1
        data[label] = rows[value_column(rows)].to_numpy(float)[place.clip(0)]
    return data.assign(sum=data[list(curves)].sum(axis=1))


def _alt_text(data: pd.DataFrame, labels: list[str], at: float) -> str:
    """The shares at one time in words."""
    row = data[data["time_months"] <= at + 1e-9].iloc[-1]
    parts = ", ".join(f"{literal(label)} {percent(row[label])}" for label in labels)
    departure = (data["sum"] - 1).abs().max()
    exact = "They add up to 100% at all times."
    if departure >= 1e-9:
        exact = f"Their sum departs from 100% by up to {percent(departure, 2)}."
    return f"Shares of all patients over time. At {number(at, 1).removesuffix('.0')} months: {parts}. {exact}"
