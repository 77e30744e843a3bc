"""Where many patients stand as time goes on: in remission, relapsed, dead or no longer followed."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.collections import PolyCollection

from helpers.frames import About
from helpers.present import show
from helpers.present.figures.curves import time_ticks
from helpers.present.layout.colors import GRADES, INK, OUTCOMES, Style, style_map
from helpers.present.layout.text_layout import (
    block_sample,
    draw_key,
    extent,
    key_rows,
    literal,
    set_axis_title,
    shorten,
)
from helpers.present.layout.theme import EDGE, LINE, Plot, Sheet, add_notes, finish, inner_width, sheet_width
from helpers.present.values import capital

LEFT, RIGHT = 40.0, 14.0
PANEL, HEADING, TALLEST = 96.0, 22.0, 640.0  # of an arm; of all arms together
MOMENTS = 120  # at which the patients are counted, beside the ticks
REMISSION, BEFORE, ALIVE = "In remission", "No remission so far", "Alive without relapse"
PAST = {"relapse": "relapsed", "progression": "progressed"}
RELAPSED, DIED, GONE = "Relapsed", "Died", "No longer followed"
PAINT = {  # in the order in which they lie over each other
    REMISSION: OUTCOMES[0],
    BEFORE: OUTCOMES[2],
    ALIVE: OUTCOMES[0],
    RELAPSED: OUTCOMES[4],
    DIED: INK,
    GONE: GRADES[0],
}


def plot_states(lanes: pd.DataFrame, about: About, *, id: str, caption: str, alt: str) -> show.Figure:
    """The share of each arm's patients in each state, a panel per arm, the states stacked to 100%.

    `lanes` has a row per patient: arm, and in months remission_from, remission_to, relapse_month, death_month,
    ongoing_month (last contact alive) and end_month, missing where it did not happen. Nobody leaves the count. The data
    of the figure are the counts at the ticks. `about` has the styles of the arms, the clock and the word of remission.
    """
    end = float(lanes["end_month"].max()) or 1.0
    ticks = time_ticks(end)
    months = np.union1d(np.linspace(0, max(end, ticks[-1]), MOMENTS), ticks)
    counts = {arm: states_at(rows, months) for arm, rows in lanes.groupby("arm", sort=False)}
    seen = [state for state in PAINT if any(table[state].any() for table in counts.values())]
    names = {REMISSION: f"In {about.remission}", BEFORE: f"No {about.remission} so far"}
    names |= {ALIVE: f"Alive without {about.ends}", RELAPSED: capital(PAST[about.ends])}
    rows = key_rows([names.get(state, state) for state in seen], inner_width())
    panel = min(PANEL, TALLEST / len(counts) - HEADING)
    head = EDGE + LINE * len(rows) + 2
    sheet = Sheet(head + len(counts) * (panel + HEADING) + 40)
    draw_key(sheet, (EDGE, EDGE), rows, [Style(PAINT[state], "-", "s") for state in seen], block_sample)
    for place, (arm, style) in enumerate(style_map(counts, about.styles).items()):
        top, size = head + place * (panel + HEADING) + HEADING, f" (n = {int(counts[arm].iloc[0].sum()):,})"
        ax = sheet.axes(LEFT, top, sheet_width() - LEFT - RIGHT, panel)
        name = shorten(literal(arm), inner_width() - LEFT - extent(size, bold=True), bold=True) + size
        sheet.text(LEFT, top - 4, name, va="bottom", color=style.color, weight="bold")
        _draw_panel(ax, counts[arm][seen], ticks, last=place == len(counts) - 1)
    set_axis_title(ax, capital(about.clock))
    absent = ", ".join(literal(group) for group in about.styles if group not in counts)
    caption = add_notes(
        caption,
        "Heights are shares of an arm's patients in a state at that month; who is no longer followed stays counted.",
        f"No patients: {absent}." if absent else "",
    )
    data = _at_ticks(counts, ticks, seen)
    data["term"] = data["term"].replace(names)
    return finish(sheet.figure, data, id=id, caption=caption, alt=alt)


def states_at(lanes: pd.DataFrame, months: np.ndarray) -> pd.DataFrame:
    """How many of the patients are in each state at each month, the index; every row sums to their number."""

    def reached(values: pd.Series) -> np.ndarray:
        return np.searchsorted(np.sort(values.dropna().to_numpy()), months, side="right")

    relapsed = lanes["relapse_month"].notna()
    counts = {
        REMISSION: reached(lanes["remission_from"]) - reached(lanes["remission_to"]),
        RELAPSED: reached(lanes["relapse_month"]) - reached(lanes.loc[relapsed, "end_month"]),
        DIED: reached(lanes["death_month"]),
        GONE: reached(lanes["ongoing_month"]),
    }
    rest = len(lanes) - sum(counts.values())
    known = lanes["remission_from"].notna().any()
    counts |= {BEFORE: rest if known else 0 * rest, ALIVE: 0 * rest if known else rest}
    return pd.DataFrame(counts, index=months)[list(PAINT)]


def _draw_panel(ax: Plot, counts: pd.DataFrame, ticks: Sequence[float], *, last: bool) -> None:
    """The states of one arm over each other, with percentages at the side and months at the last foot."""
    months = counts.index.to_numpy(float)
    shares = counts.to_numpy(float) / max(1, counts.iloc[0].sum())
    tops = np.column_stack([np.zeros(len(months)), shares.cumsum(axis=1)])
    ax.set(xlim=(0, months[-1]), ylim=(0, 1))
    for number, state in enumerate(counts):
        low, high = tops[:, number], tops[:, number + 1]
        outline = np.column_stack([np.append(months, months[::-1]), np.append(low, high[::-1])])
        area = PolyCollection([outline], facecolor=PAINT[state], edgecolor="white", linewidth=0.5, gid="state")
        ax.add_collection(area, autolim=False)
    ax.side([0, 0.5, 1], ["0%", "50%", "100%"])
    ax.foot(list(ticks), [f"{tick:g}" for tick in ticks] if last else [])


def _at_ticks(counts: Mapping[str, pd.DataFrame], ticks: Sequence[float], seen: list[str]) -> pd.DataFrame:
    """One row per arm, tick and state: patients in it (events), of how many (n), and their share (estimate)."""
    tables = []
    for arm, table in counts.items():
        rows = table.loc[ticks, seen].rename_axis("time_months").melt(ignore_index=False, value_name="events")
        tables.append(rows.reset_index().rename(columns={"variable": "term"}).assign(group=arm, n=table.iloc[0].sum()))
    data = pd.concat(tables, ignore_index=True).sort_values(["time_months"], kind="stable")
    data = data.sort_values("group", key=lambda groups: groups.map(list(counts).index), kind="stable")
    return data.assign(estimate=data["events"] / data["n"])[["group", "time_months", "term", "events", "n", "estimate"]]
