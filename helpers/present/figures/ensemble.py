"""What published figures leave open: the range of every unpublished quantity over compatible cohorts."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.present import show
from helpers.present.format import plural
from helpers.present.layout.axis import DIFFERENCES, scale_for, set_ticks
from helpers.present.layout.table_plot import Column, Row, RowChart
from helpers.present.layout.text_layout import draw_key, key_rows, literal, mark_sample
from helpers.present.layout.theme import ALARM, ARM_STYLES, EDGE, INK, LINE, WIDTH, NothingToDraw, Style, finish, themed
from helpers.present.values import PROBABILITIES, RATIOS, SHARES, value_format

STYLES = {True: ARM_STYLES[0], False: Style(ALARM, "-", "D")}
NAMES = {True: "Determined by what was published", False: "Not determined"}
FOOT = 22.0  # the ticks of one section
FARTHEST = (1 / 200, 200.0)  # that a log axis reaches for a range; beyond it an arrow
RANGE = "Median (5% to 95%)"
DATA = ["term", "measure", "low", "median", "high", "determined", "note"]


@themed
def plot_ensemble(ranges: pd.DataFrame, *, id: str, caption: str) -> show.Figure:
    """A bar from low to high for every quantity, in sections with an axis each: ratios, shares, P values, others.

    Rows have label, measure, low, median, high and determined (True when every compatible cohort leads to the same
    conclusion; these come first). Filled round marks are determined, hollow diamonds are not. The bars are ranges of
    what is compatible; they are no probabilities.
    """
    data = ranges.rename(columns={"label": "term", "reading": "note"}).reindex(columns=DATA)
    data = data.dropna(subset=["low", "high"]).sort_values("determined", ascending=False, kind="stable")
    if data.empty:
        raise NothingToDraw("No quantity has a range, so nothing is drawn.")
    sections = _sections(data)
    rows, cells = _rows(sections)
    labels = [NAMES[kind] for kind in (True, False)]
    keys = key_rows(labels, WIDTH - 2 * EDGE)
    column = Column(RANGE, cells)
    chart = RowChart(rows, [column], head=LINE * len(keys) + 4, foot=2.0, narrowest=140.0, stripes=False)
    draw_key(chart.sheet, (EDGE, EDGE), keys, [STYLES[True], STYLES[False]], mark_sample)
    chart.ax.set_axis_off()
    first = 0
    for name, part in sections.items():
        _draw_section(chart, part, first + (name != ""))
        first += len(part) + 1 + (name != "")
    drawn = pd.concat(sections.values(), ignore_index=True)
    unused = ["note"] if not drawn["note"].fillna("").any() else []
    return finish(chart.sheet.figure, drawn.drop(columns=unused), id=id, caption=caption, alt=_alt_text(drawn))


def _sections(data: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The rows by the kind of axis they need, in a fixed order; a lone kind needs no heading."""
    kinds = data["measure"].map(_kind)
    names = [name for name in ("Ratios", "Shares", "P values", "Differences", "Other") if (kinds == name).any()]
    if len(names) == 1:
        return {"": data.reset_index(drop=True)}
    return {name: data[kinds == name].reset_index(drop=True) for name in names}


def _kind(measure: str) -> str:
    """Which section a measure belongs to."""
    if measure in DIFFERENCES:
        return "Differences"
    groups = {"Ratios": RATIOS, "Shares": SHARES, "P values": PROBABILITIES}
    return next((name for name, measures in groups.items() if measure in measures), "Other")


def _rows(sections: dict[str, pd.DataFrame]) -> tuple[list[Row], list[list[str]]]:
    """Rows of the chart with their text: a heading per section, its quantities, and room for its ticks."""
    rows, cells = [], []
    for name, part in sections.items():
        if name:
            rows.append(Row(name, heading=True))
            cells.append([])
        rows += [Row(str(term)) for term in part["term"]]
        cells += [[_range_text(row)] for _, row in part.iterrows()]
        rows.append(Row("", slot=FOOT, heading=True))
        cells.append([])
    return rows, cells


def _range_text(row: pd.Series) -> str:
    """ "0.24 (0.04 to 0.89)"."""
    text = value_format(row["measure"])
    return f"{text(row['median'])} ({text(row['low'])} to {text(row['high'])})"


def _draw_section(chart: RowChart, part: pd.DataFrame, first: int) -> None:
    """The axis of one section and its bars."""
    top = chart.tops()[first]
    tall = sum(chart.heights[first : first + len(part)])
    ax = chart.sheet.axes(chart.left, chart.top + top, chart.width, tall)
    ends = [*part["low"], *part["high"]]
    if part["measure"].iloc[0] in RATIOS:
        ends = np.clip(ends, *FARTHEST)
    scale = scale_for(part["measure"].iloc[0], [*part["median"], *ends])
    set_ticks(ax, scale, chart.width)
    ax.set_ylim(top + tall, top)
    if scale.reference is not None:
        ax.axvline(scale.reference, color=INK, linewidth=0.9, zorder=1)
    for number, (_, row) in enumerate(part.iterrows()):
        _draw_range(ax, row, chart.centre(first + number), (scale.low, scale.high))


def _draw_range(ax: Axes, row: pd.Series, y: float, ends: Sequence[float]) -> None:
    """One bar and its median."""
    determined = bool(row["determined"])
    style = STYLES[determined]
    low, high = np.clip([row["low"], row["high"]], *ends)
    ax.plot([low, high], [y, y], color=style.color, linewidth=5, alpha=0.35, solid_capstyle="butt", gid="range")
    if row["low"] < ends[0]:
        ax.plot([ends[0]], [y], "<", color=style.color, markersize=6.5, clip_on=False, gid="arrow")
    if row["high"] > ends[1]:
        ax.plot([ends[1]], [y], ">", color=style.color, markersize=6.5, clip_on=False, gid="arrow")
    median = ax.plot([np.clip(row["median"], *ends)], [y], style.marker, color=style.color, zorder=3, clip_on=False)
    median[0].set(markerfacecolor=style.color if determined else "white", markersize=6.5, gid="median")


def _alt_text(data: pd.DataFrame) -> str:
    """Every range in words."""
    count = int(data["determined"].sum())
    lead = f"Ranges over compatible cohorts of {plural(len(data), 'quantity', 'quantities')}, {count} determined."
    alt_text = [
        f"{literal(row['term'])}: {_range_text(row)}, {'determined' if row['determined'] else 'not determined'}."
        for _, row in data.iterrows()
    ]
    return " ".join([lead, *alt_text])
