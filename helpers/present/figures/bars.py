"""Bars of counts: grades or responses of each group, stacked to 100%."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.colors import to_rgb

from helpers.present import show
from helpers.present.format import percent, plural
from helpers.present.layout.axis import Scale, format_axis
from helpers.present.layout.table_plot import Column, Row, RowChart
from helpers.present.layout.text_layout import block_sample, draw_key, extent, key_rows, literal
from helpers.present.layout.theme import (
    EDGE,
    GRADES,
    INK,
    LINE,
    MUTED,
    OUTCOMES,
    SMALL,
    WIDTH,
    NothingToDraw,
    Style,
    finish,
    themed,
)

GRADE_COLORS = {f"Grade {grade}": color for grade, color in enumerate(GRADES)}
DATA = ["group", "term", "events", "n", "estimate"]
THICK = 21.0  # of a stacked bar


@themed
def plot_bars(
    estimates: pd.DataFrame, styles: Mapping[str, Style] | None = None, *, id: str, caption: str
) -> show.Figure:
    """One bar per group, its patients divided among the terms (grades, responses) in the order of the rows.

    Rows have group, term, events (patients with that term) and n (patients of the group). Counts stand in the bars
    where they fit. Grades ("Grade 0" to "Grade 5") take the colours of grades. A group without patients is drawn empty
    and named in the caption.
    """
    data = _counts(estimates, styles)
    if not data["n"].sum():
        raise NothingToDraw("No group has patients, so nothing is drawn.")
    terms = list(dict.fromkeys(data["term"]))
    paint = _paint(terms)
    rows = key_rows(terms, WIDTH - 2 * EDGE)
    chart = _bar_chart(data, styles or {}, head=LINE * len(rows) + 10)
    draw_key(chart.sheet, (EDGE, EDGE), rows, [Style(paint[term], "-", "s") for term in terms], block_sample)
    format_axis(chart, Scale(False, 0.0, 1.0, None, lambda share: f"{share:.0%}"))
    for number, (_, part) in enumerate(data.groupby("group", sort=False)):
        _draw_stack(chart, part, chart.centre(number), paint)
    return finish(chart.sheet.figure, data, id=id, caption=_caption(caption, data), alt=_alt_text(data))


def _counts(estimates: pd.DataFrame, styles: Mapping[str, Style] | None) -> pd.DataFrame:
    """The drawn numbers, groups in the fixed order of `styles`; a group that only `styles` knows has no patients."""
    data = estimates.reindex(columns=DATA)
    groups = list(dict.fromkeys(data["group"]))
    absent = [group for group in styles or {} if group not in groups]
    if absent and groups != ["All"]:  # with one arm, everybody is in it
        empty = pd.DataFrame({"group": absent, "term": data["term"].iloc[0], "events": 0, "n": 0})
        data = pd.concat([data, empty], ignore_index=True)
    order = list(dict.fromkeys([*(styles or {}), *groups]))
    data = data.sort_values("group", key=lambda groups: groups.map(order.index), kind="stable")
    data["estimate"] = data["events"] / data["n"].where(data["n"] > 0)
    return data.reset_index(drop=True)


def _paint(terms: Sequence[str]) -> dict[str, str]:
    """A colour per term: the grade's own, else from the scale of outcomes, best to worst."""
    if set(terms) <= set(GRADE_COLORS):
        return GRADE_COLORS
    return {term: OUTCOMES[number % len(OUTCOMES)] for number, term in enumerate(terms)}


def _bar_chart(data: pd.DataFrame, styles: Mapping[str, Style], *, head: float) -> RowChart:
    """The chart with the number of patients beside the bars."""
    sizes = data.groupby("group", sort=False)["n"].max()
    colors = {group: style.color for group, style in styles.items()}
    rows = [Row(group, slot=THICK + 3, color=colors.get(group, INK)) for group in sizes.index]
    counts = Column("n", [[f"{size:,.0f}"] for size in sizes], align="right")
    return RowChart(rows, [counts], head=head, stripes=False, narrowest=190.0)


def _draw_stack(chart: RowChart, part: pd.DataFrame, y: float, paint: Mapping[str, str]) -> None:
    """One bar with the counts that fit."""
    left = 0.0
    if not part["n"].max():
        chart.ax.text(0.01, y, "no patients", va="center", fontsize=SMALL, color=MUTED)
        return
    for term, events, share in part[["term", "events", "estimate"]].itertuples(index=False):
        if not events:
            continue
        color = paint[term]
        chart.ax.barh(y, share, THICK, left=left, color=color, edgecolor="white", linewidth=0.8, gid="segment")
        if extent(f"{events:.0f}", SMALL) + 3 <= share * chart.width:
            ink = "white" if _dark(color) else INK
            middle = left + share / 2
            chart.ax.text(middle, y, f"{events:.0f}", ha="center", va="center_baseline", fontsize=SMALL, color=ink)
        left += share


def _dark(color: str) -> bool:
    """True if white text reads better on a colour than ink."""
    red, green, blue = to_rgb(color)
    return 0.299 * red + 0.587 * green + 0.114 * blue < 0.55


def _caption(caption: str, data: pd.DataFrame) -> str:
    """The caption with the groups that have no patients."""
    sizes = data.groupby("group", sort=False)["n"].max()
    absent = ", ".join(literal(group) for group in sizes.index[sizes == 0])
    return f"{caption.rstrip('. ')}. No patients: {absent}." if absent else caption


def _alt_text(data: pd.DataFrame) -> str:
    """Every bar in words."""
    parts = [_one_bar(part) for _, part in data.groupby("group", sort=False)]
    return "Stacked bars, share of patients by group. " + " ".join(parts)


def _one_bar(part: pd.DataFrame) -> str:
    """One bar in words: the terms that some patient has."""
    size, group = int(part["n"].max()), literal(part["group"].iloc[0])
    if not size:
        return f"{group}: no patients."
    some = part.loc[part["events"] > 0, ["term", "events"]].itertuples(index=False)
    alt_text = [f"{literal(term)} {count:.0f} ({percent(count / size)})" for term, count in some]
    return f"{group} ({plural(size, 'patient')}): {', '.join(alt_text)}."
