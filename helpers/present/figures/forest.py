"""Forest plots: one interval and its numbers per estimate, crude beside adjusted, on a log or linear axis."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from helpers import marks
from helpers.present import show
from helpers.present.format import count_of, equals_p, is_missing, p_value, whole
from helpers.present.layout.axis import Scale, format_axis, scale_for
from helpers.present.layout.colors import INK, MUTED, Style
from helpers.present.layout.kept import kept
from helpers.present.layout.table_plot import Column, Row, RowChart
from helpers.present.layout.text_layout import draw_key, extent, key_rows, literal, mark_sample, wrap
from helpers.present.layout.theme import (
    EDGE,
    LINE,
    PUBLISHED,
    SMALL,
    NothingToDraw,
    Plot,
    add_notes,
    finish,
    inner_width,
    is_narrow,
    sheet_width,
    themed,
)
from helpers.present.values import MEASURE_NAMES, RATIOS, capital, marked, value_with_interval

SERIES = (Style(INK, "-", "s"), Style(MUTED, "-", "o"), Style("#6a737d", "-", "^"), Style(MUTED, "-", "D"))
DATA = ["heading", "term", "series", "measure", "estimate", "ci_low", "ci_high", "p", "n", "events", "method", "note"]
PLOT = 0.4  # of the width, at least
BOXES = (3.6, 8.0)  # of the estimate with the widest possible interval, and of the one with the narrowest
LOWER_OR_HIGHER = ("lower hazard", "higher hazard")
HIDDEN = ["status", "with_event"]
FAVOURS = {"hazard_ratio": LOWER_OR_HIGHER, "subdistribution_hazard_ratio": LOWER_OR_HIGHER}
MOST_DESCRIBED = 24  # estimates put into words


@themed
def plot_forest(
    estimates: pd.DataFrame | Mapping[str, pd.DataFrame],
    *,
    id: str,
    caption: str,
    effect: str = "",
    label: str = "term",
    heading: str = "",
    heading_notes: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
    favours: tuple[str, str] = ("", ""),
) -> show.Figure:
    """A forest plot of estimates rows; {"Adjusted": rows, "Crude": rows} draws two lines under each term.

    `effect` heads the numbers; without it the measure does ("Hazard ratio"). `label` is the column that names a row;
    rows that share a value of the column `heading` stand under it, in the order in which the values first appear, with
    `heading_notes[value]` at its right ("P for interaction 0.41"). `columns` adds text columns (header -> column).
    `favours` names the two directions, which for hazard ratios are known. Ratios
    take a log axis. Marks are as large as their interval is narrow (its inverse width on the axis). An interval that
    leaves the axis ends in an arrow; a row without estimate says so. Patients with the event stand in a column where
    they differ, else in the caption.
    """
    series = dict(estimates) if isinstance(estimates, Mapping) else {"": estimates}
    data = _tidy(series, label, heading, list((columns or {}).values()))
    if data.empty:
        raise NothingToDraw(f"{effect or caption}: no estimates, so nothing is drawn.")
    measure = data["measure"].iloc[0]
    effect = effect or capital(MEASURE_NAMES[measure])
    favours = favours if any(favours) else FAVOURS.get(measure, favours)
    series_styles = dict(zip(series, SERIES, strict=False))
    lines = _lines(data, bool(heading), heading_notes or {})
    counts = _counts(data)
    chart = _chart(lines, list(series), effect, columns or counts, favours)
    scale = scale_for(measure, data["estimate"], [*data["ci_low"], *data["ci_high"]])
    format_axis(chart, scale)
    sizes = _sizes(data)
    _draw_favours(chart, scale, favours)
    for number, (_, rows) in enumerate(lines):
        for slot, (_, estimate) in enumerate(rows.iterrows()):
            if is_missing(estimate["estimate"]):
                continue
            style = series_styles[estimate["series"]]
            face = style.color if estimate["series"] == next(iter(series)) else "white"
            mark = _draw_one(chart.ax, estimate, chart.centre(number, slot), scale, style)
            mark.set(markersize=sizes[estimate.name], markerfacecolor=face)
    if len(series) > 1:
        draw_key(
            chart.sheet, (EDGE, EDGE), key_rows(list(series), inner_width()), list(series_styles.values()), mark_sample
        )
    unused = [name for name in ("heading", "series", "note") if (data[name].fillna("") == "").all()]
    drawn = data.drop(columns=[*HIDDEN, *unused])
    caption = caption if columns or counts else add_notes(caption, _said_once(data))
    return finish(chart.sheet.figure, drawn, id=id, caption=caption, alt=_alt_text(data, effect))


@kept
def _tidy(series: Mapping[str, pd.DataFrame], label: str, heading: str, extra: list[str]) -> pd.DataFrame:
    """The rows of all series in one table, those of one heading together, with the columns that are needed."""
    columns = list(dict.fromkeys([*DATA, *PUBLISHED, *HIDDEN, *extra]))
    parts = []
    for name, rows in series.items():
        part = rows.assign(term=rows[label].astype(str), series=name)
        part["heading"] = rows[heading].astype(str) if heading else ""
        parts.append(pd.DataFrame(part.reindex(columns=columns)))
    filled = [part for part in parts if len(part)] or parts[:1]
    data = pd.concat(filled, ignore_index=True)
    known = data[["n", "events"]].notna().all(axis=1)
    data["with_event"] = [
        count_of(*pair) if ok else "" for *pair, ok in zip(data["events"], data["n"], known, strict=True)
    ]
    return data.sort_values("heading", key=lambda names: pd.factorize(names)[0], kind="stable", ignore_index=True)


@kept
def _counts(data: pd.DataFrame) -> dict[str, str]:
    """The column of patients with the event, where the estimates do not share one number."""
    return {"Events/\npatients": "with_event"} if data["with_event"].nunique() > 1 else {}


@kept
def _said_once(data: pd.DataFrame) -> str:
    """How many patients had the event, when that is the same for all."""
    row = data.iloc[0]
    return f"Events/patients: {marked(row, row['with_event'])}." if row["with_event"] else ""


@kept
def _sizes(data: pd.DataFrame) -> pd.Series:
    """The size of each mark: its area in proportion to the inverse variance, within limits."""
    ends = data[["ci_low", "ci_high"]].astype(float)
    if data["measure"].iloc[0] in RATIOS:
        ends = np.log(ends.where(ends > 0))
    precision = 1 / (ends["ci_high"] - ends["ci_low"])
    known = precision[np.isfinite(precision)]
    return (BOXES[1] * precision / known.max()).clip(*BOXES).fillna(BOXES[0]) if len(known) else precision.fillna(6.5)


@kept
def _lines(data: pd.DataFrame, headed: bool, notes: Mapping[str, str]) -> list[tuple[Row, pd.DataFrame]]:
    """The rows of the chart, each with its estimates; headings come before their rows and hold none."""
    lines = []
    indent = 8.0 if headed else 0.0
    for heading, part in data.groupby("heading", sort=False):
        if headed:
            lines.append((Row(heading, heading=True, note=literal(notes.get(heading, ""))), part.iloc[:0]))
        lines += [(Row(str(term), len(rows), indent=indent), rows) for term, rows in part.groupby("term", sort=False)]
    return lines


def _chart(
    lines: list[tuple[Row, pd.DataFrame]],
    series: list[str],
    effect: str,
    columns: Mapping[str, str],
    favours: Sequence[str],
) -> RowChart:
    """The chart with its text columns: those asked for, the effect with its interval, and P where there is one."""
    texts = _columns([rows for _, rows in lines], effect, columns)
    room = LINE * len(key_rows(series, inner_width())) + 6 if len(series) > 1 else 0.0
    widest = max(extent(literal(direction), SMALL) for direction in favours)
    under = LINE * (2 if is_narrow() or widest > sheet_width() / 3 else 1) + 3 if any(favours) else 0.0
    rows = [row for row, _ in lines]
    return RowChart(rows, texts, head=room, foot=26.0 + under, narrowest=PLOT * inner_width())


@kept
def _columns(tables: list[pd.DataFrame], effect: str, added: Mapping[str, str]) -> list[Column]:
    """The columns of text, of the rows of each line."""
    texts = [
        Column(_lines_of(head), [[_text(value) for value in rows[name]] for rows in tables], side="left")
        for head, name in added.items()
    ]
    numbers = [[marks.plain(value_with_interval(row)) for _, row in rows.iterrows()] for rows in tables]
    texts.append(Column(f"{literal(effect)}\n(95% CI)", numbers))
    if any(rows["p"].notna().any() for rows in tables):
        cells = [["" if is_missing(p) else p_value(p) for p in rows["p"]] for rows in tables]
        texts.append(Column("P", cells, align="right"))
    return texts


def _lines_of(head: str) -> str:
    """A header as literal text that keeps its line breaks."""
    return "\n".join(map(literal, head.split("\n")))


def _text(value: object) -> str:
    """A cell of an added column; a whole number without decimals."""
    if is_missing(value):
        return ""
    return f"{value:.0f}" if isinstance(value, float) and whole(value) else literal(value)


def _draw_one(ax: Plot, row: pd.Series, y: float, scale: Scale, style: Style) -> Line2D:
    """One interval, cut at the ends of the axis with an arrow, and its mark, which is returned; it may be empty."""
    low, high = (row["estimate"] if is_missing(row[end]) else row[end] for end in ("ci_low", "ci_high"))
    ends = np.clip([low, high], scale.low, scale.high)
    ax.line(ends, [y, y], color=style.color, linewidth=1.6, solid_capstyle="butt", gid="interval")
    for end, beyond, arrow in ((scale.low, low < scale.low, "<"), (scale.high, high > scale.high, ">")):
        if beyond:
            ax.line(end, y, marker=arrow, color=style.color, markersize=6.5, clip_on=False, gid="arrow")
    inside = [row["estimate"]] if scale.low <= row["estimate"] <= scale.high else []
    look = {"marker": style.marker, "markeredgecolor": style.color, "markeredgewidth": 1.4, "linestyle": "none"}
    return ax.line(inside, [y] * len(inside), gid="estimate", zorder=4, **look)


def _draw_favours(chart: RowChart, scale: Scale, favours: Sequence[str]) -> None:
    """What lies on either side of no effect, under the axis; over several lines where a side has little room."""
    middle = chart.left + chart.width * float(scale.place(scale.low if scale.reference is None else scale.reference))
    texts = f"\N{LEFTWARDS ARROW} {favours[0]}", f"{favours[1]} \N{RIGHTWARDS ARROW}"
    words = [max(extent(literal(word), SMALL) for word in text.split()) + 10 for text in texts]
    middle = min(max(middle, words[0]), sheet_width() - words[1])
    y = chart.top + chart.body + 27
    for direction, text, side, sign in zip(favours, texts, ("right", "left"), (-1, 1), strict=True):
        if direction:
            room = (middle if sign < 0 else sheet_width() - middle) - 10
            written = wrap(text, room + 0.1, size=SMALL)
            chart.sheet.text(middle + 6 * sign, y, written, ha=side, fontsize=SMALL, color=MUTED)


@kept
def _alt_text(data: pd.DataFrame, effect: str) -> str:
    """The estimates in words, as many as a reader will listen to."""
    parts = []
    for _, row in data.head(MOST_DESCRIBED).iterrows():
        name = ", ".join(literal(row[part]) for part in ("heading", "term", "series") if row[part])
        p = "" if is_missing(row["p"]) else f", {equals_p(row['p'])}"
        parts.append(f"{name}: {marks.plain(value_with_interval(row))}{p}.")
    further = len(data) - MOST_DESCRIBED
    more = f" {further} further estimates are in the table." if further > 0 else ""
    return f"Forest plot, {literal(effect)} with 95% intervals. " + " ".join(parts) + more
