"""What published figures leave open: the range of every unpublished quantity over compatible cohorts."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.present import show
from helpers.present.format import plural
from helpers.present.layout.axis import DIFFERENCES, Scale, scale_for, set_ticks
from helpers.present.layout.colors import ALARM, ARM_STYLES, INK, Style
from helpers.present.layout.table_plot import Column, Row, RowChart
from helpers.present.layout.text_layout import draw_key, key_rows, literal, mark_sample
from helpers.present.layout.theme import EDGE, LINE, NothingToDraw, finish, inner_width, themed
from helpers.present.values import PROBABILITIES, RATIOS, SHARES, value_format

STYLES = {True: ARM_STYLES[0], False: Style(ALARM, "-", "D")}
SECTIONS = {"Ratios": RATIOS, "Shares": SHARES, "P values": PROBABILITIES, "Differences": DIFFERENCES, "Other": set()}
NAMES = {True: "Determined by what was published", False: "Not determined"}
FOOT = 22.0  # the ticks of one section
FARTHEST = (1 / 200, 200.0)  # that a log axis reaches for a range; beyond it an arrow
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
    rows, cells, starts = _rows(sections)
    keys = key_rows([NAMES[True], NAMES[False]], inner_width())
    column = Column("Median (5% to 95%)", cells)
    chart = RowChart(rows, [column], head=LINE * len(keys) + 4, foot=2.0, narrowest=140.0, stripes=False)
    draw_key(chart.sheet, (EDGE, EDGE), keys, [STYLES[True], STYLES[False]], mark_sample)
    chart.ax.set_axis_off()
    for part, start in zip(sections.values(), starts, strict=True):
        _draw_section(chart, part, start)
    drawn = pd.concat(sections.values(), ignore_index=True)
    unused = ["note"] if not drawn["note"].fillna("").any() else []
    parts = [f"Ranges over compatible cohorts of {plural(len(drawn), 'quantity', 'quantities')},"]
    parts.append(f"{int(drawn['determined'].sum())} determined.")
    for _, row in drawn.iterrows():
        verdict = "determined" if row["determined"] else "not determined"
        parts.append(f"{literal(row['term'])}: {_range_text(row)}, {verdict}.")
    return finish(chart.sheet.figure, drawn.drop(columns=unused), id=id, caption=caption, alt=" ".join(parts))


def _sections(data: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The rows by the kind of axis they need, in a fixed order; a lone kind needs no heading."""
    kind_of = {measure: name for name, measures in SECTIONS.items() for measure in measures}  # the last has precedence
    kinds = data["measure"].map(kind_of).fillna("Other")
    names = [name for name in SECTIONS if (kinds == name).any()]
    return {name if len(names) > 1 else "": data[kinds == name].reset_index(drop=True) for name in names}


def _rows(sections: dict[str, pd.DataFrame]) -> tuple[list[Row], list[list[str]], list[int]]:
    """Rows of the chart with their text (heading, quantities, room for ticks per section), and where sections start."""
    rows: list[Row] = []
    cells: list[list[str]] = []
    starts = []
    for name, part in sections.items():
        heading = [Row(name, heading=True)] if name else []
        starts.append(len(rows) + len(heading))
        rows += [*heading, *(Row(str(term)) for term in part["term"]), Row("", slot=FOOT, heading=True)]
        cells += [*([] for _ in heading), *([_range_text(row)] for _, row in part.iterrows()), []]
    return rows, cells, starts


def _range_text(row: pd.Series) -> str:
    """ "0.24 (0.04 to 0.89)"."""
    text = value_format(row["measure"])
    return f"{text(row['median'])} ({text(row['low'])} to {text(row['high'])})"


def _draw_section(chart: RowChart, part: pd.DataFrame, first: int) -> None:
    """The axis of one section and its bars."""
    top = chart.tops()[first]
    tall = sum(chart.heights[first : first + len(part)])
    ax = chart.sheet.axes(chart.left, chart.top + top, chart.width, tall)
    ends = pd.concat([part["low"], part["high"]])
    if part["measure"].iloc[0] in RATIOS:
        ends = ends.clip(*FARTHEST)
    scale = scale_for(part["measure"].iloc[0], [*part["median"], *ends])
    set_ticks(ax, scale, chart.width)
    ax.set_ylim(top + tall, top)
    if scale.reference is not None:
        ax.axvline(scale.reference, color=INK, linewidth=0.9, zorder=1)
    for number, (_, row) in enumerate(part.iterrows()):
        _draw_range(ax, row, chart.centre(first + number), scale)


def _draw_range(ax: Axes, row: pd.Series, y: float, scale: Scale) -> None:
    """One bar and its median."""
    style = STYLES[bool(row["determined"])]
    low, middle, high = np.clip(row[["low", "median", "high"]].to_numpy(float), scale.low, scale.high)
    ax.plot([low, high], [y, y], color=style.color, linewidth=5, alpha=0.35, solid_capstyle="butt", gid="range")
    for end, beyond, arrow in ((low, row["low"] < low, "<"), (high, row["high"] > high, ">")):
        if beyond:
            ax.plot([end], [y], arrow, color=style.color, markersize=6.5, clip_on=False, gid="arrow")
    median = ax.plot([middle], [y], style.marker, color=style.color, zorder=3, clip_on=False)
    median[0].set(markerfacecolor=style.color if row["determined"] else "white", markersize=6.5, gid="median")
