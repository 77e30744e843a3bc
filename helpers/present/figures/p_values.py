"""One comparison under many tests: where each P value lies, and the line at 0.05."""

import numpy as np
import pandas as pd

from helpers.present import show
from helpers.present.format import p_value, plain
from helpers.present.layout.axis import Scale, set_ticks
from helpers.present.layout.colors import ARM_STYLES, INK, MUTED
from helpers.present.layout.table_plot import Column, Row, RowChart
from helpers.present.layout.text_layout import literal
from helpers.present.layout.theme import NothingToDraw, add_notes, finish, themed
from helpers.stats.levels import ALPHA
from helpers.stats.ties import below, tied


@themed
def plot_p_values(tests: pd.DataFrame, *, id: str, caption: str) -> show.Figure:
    """A mark for every test at its P value, smallest first: filled below 0.05, hollow from there on.

    `tests` are estimates rows with method and p; rows without P are counted in the caption. The axis is logarithmic.
    """
    known = tests.dropna(subset="p").sort_values("p", key=tied, kind="stable").reset_index(drop=True)
    if known.empty:
        raise NothingToDraw("No test gave a P value, so nothing is drawn.")
    p = known["p"].to_numpy(float)
    cells = [[p_value(value)] for value in p]
    chart = RowChart([Row(str(name)) for name in known["method"]], [Column("P", cells)])
    scale = Scale(True, max(min(p.min(), ALPHA) / 1.5, 1e-6), 1.0, ALPHA, plain)
    set_ticks(chart.ax, scale, chart.width)
    chart.upright(ALPHA, color=INK, linewidth=0.9, zorder=1)
    for number, value in enumerate(p):
        sure = bool(below(value, ALPHA))
        color = ARM_STYLES[0].color if sure else MUTED
        place = float(np.clip(value, scale.low, 1.0))
        marks = chart.ax.plot([place], [chart.centre(number)], "o", color=color, zorder=3, clip_on=False, gid="p")
        marks[0].set_markerfacecolor(color if sure else "white")
    lost = len(tests) - len(known)
    caption = add_notes(caption, f"{lost} of {len(tests)} tests gave no P value." if lost else "")
    count = int(below(p, ALPHA).sum())
    lead = f"P values of {len(known)} tests on a logarithmic axis; {count} lie below {ALPHA:g}."
    alt = " ".join([lead, *(f"{literal(row.method)}: {p_value(row.p)}." for row in known.itertuples())])
    return finish(chart.sheet.figure, known[["method", "p", "n"]], id=id, caption=caption, alt=alt)
