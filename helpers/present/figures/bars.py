"""Bars of counts: grades or responses stacked to 100% by group, and adverse events of two groups back to back."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.colors import to_rgb

from helpers.present import show
from helpers.present.format import percent, plural
from helpers.present.layout.axis import Scale, format_axis
from helpers.present.layout.table_plot import Column, Row, RowChart
from helpers.present.layout.text_layout import block_sample, draw_key, extent, key_rows, literal, shorten, wrap
from helpers.present.layout.theme import (
    EDGE,
    FAINT,
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
MOST_TERMS = 30
HALF = 125.0  # of the mirrored axis


@themed
def plot_bars(
    estimates: pd.DataFrame,
    styles: Mapping[str, Style] | None = None,
    *,
    id: str,
    caption: str,
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


@themed
def plot_butterfly(
    any_grade: pd.DataFrame,
    severe: pd.DataFrame,
    styles: Mapping[str, Style],
    *,
    id: str,
    caption: str,
    label: str = "term",
    most: int = MOST_TERMS,
    severe_label: str = "Grade 3 or more",
) -> show.Figure:
    """Adverse events of two groups back to back: share of patients with any grade (pale) and severe (dark).

    Both tables have group, `label`, events and n; the terms stand in the order of `any_grade`, at most `most` of them.
    The first two groups of `styles` are drawn, left and right. Says so when neither has an event.
    """
    groups = list(styles)[:2]
    data = _merged(any_grade, severe, groups, label)
    terms = list(dict.fromkeys(data["term"]))
    if not terms or not data["n"].sum():
        raise NothingToDraw("No adverse events, so nothing is drawn.")
    kept = data[data["term"].isin(terms[:most])]
    chart = _butterfly_chart(kept, groups, styles, severe_label)
    for side, group in zip((-1, 1), groups, strict=True):
        _draw_wing(chart, kept[kept["group"] == group], side, styles[group])
    words = caption.rstrip(". ") + "."
    if len(terms) > most:
        words += f" The {most} most frequent of {len(terms)} terms."
    return finish(chart.sheet.figure, kept, id=id, caption=words, alt=_butterfly_told(kept, groups, severe_label))


def _merged(any_grade: pd.DataFrame, severe: pd.DataFrame, groups: Sequence[str], label: str) -> pd.DataFrame:
    """One row per group and term with both counts; a group that lacks a term has none of it."""
    first, second = (table[table["group"].isin(groups)] for table in (any_grade, severe))
    sizes = first.groupby("group", observed=True)["n"].max()
    terms = list(dict.fromkeys(first[label]))
    both = pd.MultiIndex.from_product([terms, groups], names=["term", "group"]).to_frame(index=False)
    for name, table in (("events", first), ("severe_events", second)):
        counts = table.set_index([label, "group"])["events"]
        both[name] = [float(counts.get((row.term, row.group), 0)) for row in both.itertuples()]
    both["n"] = both["group"].map(sizes).fillna(0).astype(float)
    return both.assign(estimate=both["events"] / both["n"].where(both["n"] > 0))


def _butterfly_chart(data: pd.DataFrame, groups: Sequence[str], styles: Mapping, severe_label: str) -> RowChart:
    """The chart with a mirrored axis, wide enough for the counts at the ends of the bars."""
    rows = [Row(term, slot=15.0) for term in dict.fromkeys(data["term"])]
    names = [_group_name(data, group) for group in groups]
    head = LINE * (1.5 + max(1 + name.count("\n") for name in names))
    chart = RowChart(rows, head=head, narrowest=2 * HALF)
    reach = _reach(data, chart.width)
    marks = [0.0, 0.5, 1.0] if data["estimate"].max() > 0.5 else [0.0, 0.25, 0.5]
    ticks = [tick for tick in [*(-mark for mark in marks[:0:-1]), *marks] if abs(tick) <= reach]
    chart.ax.set(xlim=(-reach, reach), yticks=[])
    chart.ax.set_xticks(ticks, [f"{abs(tick):.0%}" for tick in ticks])
    chart.ax.spines["left"].set_visible(False)
    chart.ax.patch.set_visible(False)
    for side, name in zip((-1, 1), names, strict=True):
        color = styles[groups[side > 0]].color
        at = (chart.left + chart.width / 2 + 5 * side, chart.top - 3)
        chart.sheet.text(*at, name, ha="right" if side < 0 else "left", va="bottom", weight="bold", color=color)
    key = f"Dark: {literal(severe_label)}. Pale: any grade. Patients (%)."
    chart.sheet.text(EDGE, EDGE, shorten(key, WIDTH - 2 * EDGE, size=SMALL), fontsize=SMALL, color=MUTED)
    return chart


def _group_name(data: pd.DataFrame, group: str) -> str:
    """A group with its size, over up to three lines."""
    size = data.loc[data["group"] == group, "n"].max()
    return wrap(f"{literal(group)} (n = {size:,.0f})", HALF, lines=3, bold=True)


def _reach(data: pd.DataFrame, width: float) -> float:
    """The end of the mirrored axis, such that the longest bar leaves room for its text."""
    text = max(extent(_count_text(row), SMALL) for row in data.itertuples()) + 8
    return max(data["estimate"].max(), 0.05) / max(1 - text / (width / 2), 0.2)


def _count_text(row: object) -> str:
    """ "12 (67%)"."""
    return f"{row.events:.0f} ({percent(row.estimate, 0)})" if row.n else "no patients"


def _draw_wing(chart: RowChart, rows: pd.DataFrame, side: int, style: Style) -> None:
    """The bars of one group, outwards from the middle, with their counts."""
    for number, row in enumerate(rows.itertuples()):
        y, share = chart.centre(number), 0.0 if pd.isna(row.estimate) else row.estimate
        chart.ax.barh(y, side * share, 12, color=style.color, alpha=0.35, linewidth=0, gid="any")
        if row.severe_events:
            chart.ax.barh(y, side * row.severe_events / row.n, 12, color=style.color, linewidth=0, gid="severe")
        gap = 4 * side / chart.width * 2 * chart.ax.get_xlim()[1]
        place = {"ha": "right" if side < 0 else "left", "va": "center_baseline", "fontsize": SMALL}
        chart.ax.text(side * share + gap, y, _count_text(row), **place)
    chart.upright(0, color=FAINT, linewidth=0.8)


def _butterfly_told(data: pd.DataFrame, groups: Sequence[str], severe_label: str) -> str:
    """The most frequent terms in words."""
    alt_text = []
    for term, rows in list(data.groupby("term", sort=False))[:12]:
        counts = [(row.group, _count_text(row), row.severe_events) for row in rows.itertuples()]
        parts = [f"{literal(group)} {count}, severe {severe:.0f}" for group, count, severe in counts]
        alt_text.append(f"{literal(term)}: {'; '.join(parts)}.")
    count = data["term"].nunique()
    lead = f"Adverse events, {plural(count, 'term')}, patients with any grade and with {literal(severe_label)}."
    return " ".join([lead, *alt_text]) + (f" {count - 12} further terms are in the table." if count > 12 else "")
