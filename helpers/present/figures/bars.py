"""Bars of counts: grades or responses of each group, stacked to 100%."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.colors import to_rgb

from helpers.present import show
from helpers.present.figures.curve_lines import by_group
from helpers.present.format import percent, plural
from helpers.present.layout.axis import Scale, format_axis
from helpers.present.layout.colors import GRADES, INK, MUTED, Style, outcome_colors
from helpers.present.layout.kept import kept
from helpers.present.layout.table_plot import Column, Row, RowChart
from helpers.present.layout.text_layout import block_sample, draw_key, extent, key_rows, literal
from helpers.present.layout.theme import (
    EDGE,
    LINE,
    PUBLISHED,
    SMALL,
    NothingToDraw,
    add_notes,
    finish,
    inner_width,
    themed,
)

GRADE_COLORS = {f"Grade {grade}": color for grade, color in enumerate(GRADES)}  # by level
DATA = ["group", "term", "events", "n", "estimate"]
THICK = 21.0  # of a stacked bar


@themed
def plot_bars(
    estimates: pd.DataFrame, styles: Mapping[str, Style] | None = None, *, id: str, caption: str
) -> show.Figure:
    """One bar per group, its patients divided among the terms (grades, responses) in the order of the rows.

    Rows have group, term, events (patients with that term), n (patients of the group) and, of grades, level ("Grade 0"
    to "Grade 5"), from which they take their colours. Counts stand in the bars where they fit. A group without patients
    is drawn empty and named in the caption.
    """
    data = _counts(estimates, styles)
    if not data["n"].sum():
        raise NothingToDraw("No group has patients, so nothing is drawn.")
    terms = list(dict.fromkeys(data["term"]))
    present = set(data.loc[data["events"] > 0, "term"])  # what no patient has, the key does not explain
    levels = estimates.drop_duplicates("term").set_index("term").reindex(columns=["level"])["level"]
    outcomes = dict(zip(terms, outcome_colors(len(terms)), strict=True))
    paint = levels.map(GRADE_COLORS).to_dict() if levels.isin(GRADE_COLORS).all() else outcomes
    shown = [term for term in terms if term in present]
    rows = key_rows(shown, inner_width())
    sizes = data.groupby("group", sort=False)["n"].max()
    colors = [styles[group].color if styles and group in styles else INK for group in sizes.index]
    bars = [Row(group, slot=THICK + 3, color=color) for group, color in zip(sizes.index, colors, strict=True)]
    counts = Column("n", [[f"{size:,.0f}"] for size in sizes], align="right")
    chart = RowChart(bars, [counts], head=LINE * len(rows) + 2, stripes=False, narrowest=190.0)
    draw_key(chart.sheet, (EDGE, EDGE), rows, [Style(paint[term], "-", "s") for term in shown], block_sample)
    format_axis(chart, Scale(False, 0.0, 1.0, None, lambda share: f"{share:.0%}"))
    parts = list(by_group(data).values())
    for number, part in enumerate(parts):
        _draw_stack(chart, part, chart.centre(number), paint)
    absent = ", ".join(literal(group) for group in sizes.index[sizes == 0])
    caption = add_notes(caption, f"No patients: {absent}.") if absent else caption
    alt = "Stacked bars, share of patients by group. " + " ".join(map(_describe_one, parts))
    return finish(chart.sheet.figure, data, id=id, caption=caption, alt=alt)


@kept
def _counts(estimates: pd.DataFrame, styles: Mapping[str, Style] | None) -> pd.DataFrame:
    """The drawn numbers, groups in the fixed order of `styles`; a group that only `styles` knows has no patients."""
    data = estimates.reindex(columns=[*DATA, *PUBLISHED])
    groups = list(dict.fromkeys(data["group"]))
    absent = [group for group in styles or {} if group not in groups]
    if absent and groups != ["All"]:  # with one arm, everybody is in it
        empty = pd.DataFrame({"group": absent, "term": data["term"].iloc[0], "events": 0, "n": 0})
        data = pd.concat([data, empty], ignore_index=True)
    order = list(dict.fromkeys([*(styles or {}), *groups]))
    data = data.sort_values("group", key=lambda groups: groups.map(order.index), kind="stable")
    data["estimate"] = data["events"] / data["n"].where(data["n"] > 0)
    return data.reset_index(drop=True)


def _draw_stack(chart: RowChart, part: pd.DataFrame, y: float, paint: Mapping[str, str]) -> None:
    """One bar with the counts that fit."""
    if not part["n"].max():
        chart.ax.text(0.01, y, "no patients", va="center", fontsize=SMALL, color=MUTED)
        return
    some = part[part["events"] > 0]
    colors, shares = [paint[term] for term in some["term"]], some["estimate"].to_numpy(float)
    starts = shares.cumsum() - shares
    chart.ax.bars(y, shares, THICK, starts, facecolor=colors, edgecolor="white", linewidth=0.8, gid="segment")
    for color, events, share, left in zip(colors, some["events"], shares, starts, strict=True):
        if extent(f"{events:.0f}", SMALL) + 3 <= share * chart.width:
            red, green, blue = to_rgb(color)
            ink = "white" if 0.299 * red + 0.587 * green + 0.114 * blue < 0.55 else INK  # which reads better
            middle = left + share / 2
            chart.ax.text(middle, y, f"{events:.0f}", ha="center", va="center_baseline", fontsize=SMALL, color=ink)


@kept
def _describe_one(part: pd.DataFrame) -> str:
    """One bar in words: the terms that some patient has."""
    size, group = int(part["n"].max()), literal(part["group"].iloc[0])
    if not size:
        return f"{group}: no patients."
    some = part.loc[part["events"] > 0, ["term", "events"]].itertuples(index=False)
    alt_text = [f"{literal(term)} {count:.0f} ({percent(count / size)})" for term, count in some]
    return f"{group} ({plural(size, 'patient')}): {', '.join(alt_text)}."
