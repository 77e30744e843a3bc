"""One comparison under many tests: where each P value lies, and the line at 0.05."""

import numpy as np
import pandas as pd

from helpers.present import show
from helpers.present.format import p_value, plain, plural
from helpers.present.layout.axis import Scale, set_ticks
from helpers.present.layout.colors import INK, MUTED
from helpers.present.layout.table_plot import Column, Row, RowChart
from helpers.present.layout.text_layout import literal, set_axis_title
from helpers.present.layout.theme import LINE, NothingToDraw, add_notes, finish, themed
from helpers.present.values import capital, marked
from helpers.stats.levels import ALPHA
from helpers.stats.ties import below, tied


@themed
def plot_p_values(tests: pd.DataFrame, *, id: str, caption: str) -> show.Figure:
    """A mark for every test at its P value, smallest first within each question: filled below 0.05, hollow above.

    `tests` are rows of proportions.compare with method, p and question; rows without P are counted in the caption. The
    axis is logarithmic.
    """
    known = tests.dropna(subset="p").sort_values("p", key=tied, kind="stable")
    known = known.sort_values("question", key=lambda names: names.map(list(tests["question"]).index), kind="stable")
    if known.empty:
        raise NothingToDraw("No test gave a P value, so nothing is drawn.")
    rows, cells, values = _lines(known)
    chart = RowChart(rows, [Column("P", cells, align="right")], foot=30.0 + LINE)
    p = known["p"].to_numpy(float)
    scale = Scale(True, max(min(p.min(), ALPHA) / 1.5, 1e-6), 1.0, ALPHA, plain)
    set_ticks(chart.ax, scale, chart.width)
    set_axis_title(chart.ax, "P, logarithmic axis")
    chart.upright(ALPHA, color=INK, linewidth=0.9, zorder=1)
    for number, value in enumerate(values):
        if value is not None:
            _draw_one(chart, number, value, scale)
    lost = len(tests) - len(known)
    caption = add_notes(caption, _found(known), f"{lost} of {len(tests)} tests gave no P value." if lost else "")
    lead = f"P values of {len(known)} tests on a logarithmic axis; {int(below(p, ALPHA).sum())} lie below {ALPHA:g}."
    alt = " ".join([lead, *(f"{literal(row.method)}: {p_value(row.p)}." for row in known.itertuples())])
    data = known[["method", "measure", "n"]].assign(estimate=known["p"])
    if known["id"].any():
        data = data.assign(id=known["id"], origin=known["origin"])  # with which a page marks the numbers
    return finish(chart.sheet.figure, data, id=id, caption=caption, alt=alt)


def _found(known: pd.DataFrame) -> str:
    """How many tests of the first question, the usual one, lie below 0.05, and from where to where."""
    first = known[known["question"] == known["question"].iloc[0]]
    low, high = first.iloc[0], first.iloc[-1]
    under = int(below(first["p"].to_numpy(float), ALPHA).sum())
    several = known["question"].nunique() > 1
    lead = f"{capital(literal(low['question']))}: P below" if several else "P is below"
    reach = f", from {marked(low, p_value(low['p']))} to {marked(high, p_value(high['p']))}" if len(first) > 1 else ""
    return f"{lead} {ALPHA:g} in {under} of {plural(len(first), 'test')}{reach}."


def _lines(known: pd.DataFrame) -> tuple[list[Row], list[list[str]], list[float | None]]:
    """The rows of the chart with their text and value: each question, then its tests; a lone question is not named."""
    rows, cells, values = [], [], []
    several = known["question"].nunique() > 1
    for question, part in known.groupby("question", sort=False):
        heading = [Row(str(question), heading=True)] if several else []
        rows += [*heading, *(Row(str(name), indent=8.0 * several) for name in part["method"])]
        cells += [*([] for _ in heading), *([p_value(value)] for value in part["p"])]
        values += [*(None for _ in heading), *part["p"].astype(float)]
    return rows, cells, values


def _draw_one(chart: RowChart, number: int, value: float, scale: Scale) -> None:
    """One mark; beyond the axis it stands at its end."""
    sure = bool(below(value, ALPHA))
    color = INK if sure else MUTED
    place = float(np.clip(value, scale.low, 1.0))
    face = color if sure else "white"
    at = place, chart.centre(number)
    chart.ax.line(*at, marker="o", color=color, markerfacecolor=face, zorder=3, clip_on=False, gid="p")
