"""Adverse events of the two sides of the comparison back to back."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from helpers.present import show
from helpers.present.format import plural
from helpers.present.layout.colors import FAINT, Style, arm_style
from helpers.present.layout.kept import kept
from helpers.present.layout.table_plot import Row, RowChart
from helpers.present.layout.text_layout import extent, literal, wrap, write_note
from helpers.present.layout.theme import (
    EDGE,
    LINE,
    PUBLISHED,
    SMALL,
    NothingToDraw,
    add_notes,
    finish,
    inner_width,
    is_narrow,
    themed,
)
from helpers.stats.safety.adverse_events import SEVERE, TERM
from helpers.study import Study

MOST_TERMS = 30
STEPS = (0.05, 0.1, 0.25, 0.5)  # of the axis
IN_WORDS = 12  # terms of the description
HALF = 125.0  # of the mirrored axis, where it has room
BARS = "Pale: any grade; dark: grade 3 or more."
NUMBERS = "Patients: any grade / grade 3 or more."


@themed
def plot_butterfly(estimates: pd.DataFrame, study: Study, *, id: str, caption: str) -> show.Figure:
    """The terms of the two sides of the study's comparison, most frequent first, at most 30.

    `estimates` are those of adverse events by the column contrast. The bars are shares of patients with any grade
    (pale) and with grade 3 or more (dark), control at the left. Says so when neither side has an event.
    """
    styles = {label: arm_style(side) for label, side in study.sides.items()}
    data = side_counts(estimates, list(styles))
    terms = list(dict.fromkeys(data["term"]))
    if not data["n"].sum():
        raise NothingToDraw("No adverse events, so nothing is drawn.")
    drawn = _written(data, terms[:MOST_TERMS])
    chart = _chart(drawn, styles)
    for side, group in zip((-1, 1), styles, strict=True):
        _draw_wing(chart, drawn[drawn["group"] == group], side, styles[group])
    most = f"The {MOST_TERMS} most frequent of {len(terms)} terms." if len(terms) > MOST_TERMS else ""
    caption = add_notes(caption, most)
    return finish(chart.sheet.figure, drawn.drop(columns="text"), id=id, caption=caption, alt=_alt_text(drawn))


@kept
def side_counts(estimates: pd.DataFrame, groups: Sequence[str]) -> pd.DataFrame:
    """One row per term and group with events, severe_events and n, the most frequent terms first.

    A term that is filed under two classes is named with its class.
    """
    rows = estimates[(estimates["measure"] == "proportion") & estimates["group"].isin(groups)]
    some, severe = (rows[rows["endpoint"] == name].set_index(["term", "group"]) for name in (TERM, TERM + SEVERE))
    terms = some.groupby("term", sort=False).agg(events=("events", "sum"), level=("level", "first")).reset_index()
    terms = terms.sort_values("events", ascending=False, kind="stable")
    shared = terms["level"].duplicated(keep=False)
    names = dict(zip(terms["term"], terms["level"].mask(shared, terms["term"]), strict=True))
    index = pd.MultiIndex.from_product([terms["term"], groups], names=["term", "group"])
    data = some.reindex(columns=["events", "n", *PUBLISHED]).assign(severe_events=severe["events"]).reindex(index)
    data["estimate"] = data["events"] / data["n"].where(data["n"] > 0)
    return data.reset_index().assign(term=lambda rows: rows["term"].map(names))


@kept
def _written(data: pd.DataFrame, terms: list[str]) -> pd.DataFrame:
    """The counts of terms, with the text at the end of each bar."""
    drawn = data[data["term"].isin(terms)]
    texts = [f"{row.events:.0f} / {row.severe_events:.0f}" if row.n else "no patients" for row in drawn.itertuples()]
    return drawn.assign(text=texts)


def _chart(data: pd.DataFrame, styles: Mapping[str, Style]) -> RowChart:
    """The chart with a mirrored axis, wide enough for the counts at the ends of the bars."""
    rows = [Row(term, slot=15.0) for term in dict.fromkeys(data["term"])]
    sizes = data.groupby("group")["n"].max()
    half = min(HALF, inner_width() / 2 - 6)
    names = [f"{wrap(group, half - 5, lines=3, bold=True)}\nn = {sizes[group]:,.0f}" for group in styles]
    notes = [NUMBERS, BARS] if is_narrow() else [f"{NUMBERS} {BARS}"]
    head = LINE * (0.5 + len(notes) + max(1 + name.count("\n") for name in names))
    chart = RowChart(rows, head=head, narrowest=2 * HALF, pad=1.5 if is_narrow() else 3.5)
    beside = 1 - (max(extent(text, SMALL) for text in data["text"]) + 8) / (chart.width / 2)  # left by the longest text
    reach = max(data["estimate"].max(), 0.05) / max(beside, 0.2)
    room = (extent("100%", SMALL) + 8) / (chart.width / 2) * reach  # between ticks, as a share of patients
    step = next((step for step in STEPS if step >= room), 1.0)
    marks = [step * number for number in range(1 + int(min(reach, 1.0) / step + 1e-9))]
    ticks = [*(-mark for mark in marks[:0:-1]), *marks]
    chart.ax.set_xlim(-reach, reach)
    chart.ax.foot(ticks, [f"{abs(tick):.0%}" for tick in ticks])
    for side, name, style in zip((-1, 1), names, styles.values(), strict=True):
        at = (chart.left + chart.width / 2 + 5 * side, chart.top - 3)
        outwards = "right" if side < 0 else "left"
        chart.sheet.text(*at, name, ha=outwards, va="bottom", weight="bold", color=style.color)
    for number, note in enumerate(notes):
        write_note(chart.sheet, EDGE + LINE * number, note)
    return chart


def _draw_wing(chart: RowChart, rows: pd.DataFrame, side: int, style: Style) -> None:
    """The bars of one group, outwards from the middle, with their counts."""
    outwards = "right" if side < 0 else "left"
    gap = 4 * side / chart.width * 2 * chart.ax.get_xlim()[1]
    heights = np.array([chart.centre(number) for number in range(len(rows))])
    shares, hard = side * rows["estimate"].fillna(0.0).to_numpy(float), (rows["severe_events"] > 0).to_numpy()
    severe = side * (rows["severe_events"] / rows["n"])[hard].to_numpy(float)
    chart.ax.bars(heights, shares, 12, facecolor=style.color, alpha=0.35, linewidth=0, gid="any")
    chart.ax.bars(heights[hard], severe, 12, facecolor=style.color, linewidth=0, gid="severe")
    for y, share, text in zip(heights, shares, rows["text"], strict=True):
        chart.ax.text(share + gap, y, text, ha=outwards, va="center_baseline", fontsize=SMALL)
    chart.upright(0, color=FAINT, linewidth=0.8)


@kept
def _alt_text(data: pd.DataFrame) -> str:
    """The most frequent terms in words."""
    terms = []
    for term, rows in list(data.groupby("term", sort=False))[:IN_WORDS]:
        parts = [
            f"{literal(row.group)} {row.events:.0f} of {row.n:.0f}, severe {row.severe_events:.0f}"
            if row.n
            else f"{literal(row.group)} no patients"
            for row in rows.itertuples()
        ]
        terms.append(f"{literal(term)}: {'; '.join(parts)}.")
    count = data["term"].nunique()
    lead = f"Adverse events, {plural(count, 'term')}, patients with any grade and with grade 3 or more."
    more = f" {count - IN_WORDS} further terms are in the table." if count > IN_WORDS else ""
    return " ".join([lead, *terms]) + more
