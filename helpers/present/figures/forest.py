"""Forest plots: one interval and its numbers per estimate, crude beside adjusted, on a log or linear axis."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes

from helpers.present import show
from helpers.present.format import equals_p, is_missing, p_value, whole
from helpers.present.layout.axis import Scale, format_axis, scale_for
from helpers.present.layout.table_plot import Column, Row, RowChart
from helpers.present.layout.text_layout import draw_key, extent, key_rows, literal, mark_sample, wrap
from helpers.present.layout.theme import (
    ARM_STYLES,
    EDGE,
    LINE,
    MUTED,
    SMALL,
    WIDTH,
    NothingToDraw,
    Style,
    finish,
    themed,
)
from helpers.present.values import value_with_interval

SERIES = (ARM_STYLES[0], Style(MUTED, "-", "s"), *ARM_STYLES[2:])
DATA = ["heading", "term", "series", "measure", "estimate", "ci_low", "ci_high", "p", "n", "events", "method", "note"]
TOLD = 24  # estimates put into words at most


@themed
def plot_forest(
    estimates: pd.DataFrame | Mapping[str, pd.DataFrame],
    *,
    id: str,
    caption: str,
    effect: str,
    label: str = "term",
    heading: str = "",
    heading_notes: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
    styles: Mapping[str, Style] | None = None,
    favours: tuple[str, str] = ("", ""),
    limits: tuple[float, float] | None = None,
) -> show.Figure:
    """A forest plot of estimates rows; {"Adjusted": rows, "Crude": rows} draws two lines under each term.

    `effect` heads the numbers ("Odds ratio"). `label` is the column that names a row; rows that share a value of the
    column `heading` stand under it, with `heading_notes[value]` at its right ("P for interaction 0.41"). `columns` adds
    text columns (header -> column). `styles` colours the rows by label; `favours` names the two directions. Ratios
    take a log axis. An interval that leaves the axis ends in an arrow; a row without estimate says so.
    """
    series = dict(estimates) if isinstance(estimates, Mapping) else {"": estimates}
    data = _tidy(series, label, heading, list((columns or {}).values()))
    if data.empty:
        raise NothingToDraw(f"{effect}: no estimates, so nothing is drawn.")
    group_styles = dict(zip(series, SERIES, strict=False))
    lines = _lines(data, bool(heading), heading_notes or {})
    chart = _chart(lines, list(series), effect, columns or {}, favours)
    scale = scale_for(data["measure"].iloc[0], data["estimate"], [*data["ci_low"], *data["ci_high"]], limits)
    format_axis(chart, scale)
    _draw_favours(chart, scale, favours)
    _draw_rows(chart, lines, scale, (group_styles, styles or {}))
    if len(series) > 1:
        rows = key_rows(list(series), WIDTH - 2 * EDGE)
        draw_key(chart.sheet, (EDGE, EDGE), rows, list(group_styles.values()), mark_sample)
    return finish(chart.sheet.figure, data, id=id, caption=caption, alt=describe_forest(data, effect))


def _tidy(series: Mapping[str, pd.DataFrame], label: str, heading: str, extra: list[str]) -> pd.DataFrame:
    """The rows of all series in one table, with the columns that are drawn."""
    parts = []
    for name, rows in series.items():
        part = rows.assign(term=rows[label].astype(str), series=name)
        part["heading"] = rows[heading].astype(str) if heading else ""
        parts.append(part.reindex(columns=list(dict.fromkeys([*DATA, *extra]))))
    kept = [part for part in parts if len(part)] or parts[:1]
    data = pd.concat(kept, ignore_index=True)
    unused = [name for name in ("heading", "series", "note") if (data[name] == "").all()]
    return data.drop(columns=unused)


def _lines(data: pd.DataFrame, headed: bool, notes: Mapping[str, str]) -> list[tuple[Row, pd.DataFrame]]:
    """The rows of the chart, each with its estimates; headings come before their rows and hold none."""
    lines, last = [], None
    by = ["heading", "term"] if headed else ["term"]
    for names, rows in data.groupby(by, sort=False):
        if headed and names[0] != last:
            last = names[0]
            lines.append((Row(last, 1, heading=True, note=literal(notes.get(last, ""))), rows.iloc[:0]))
        lines.append((Row(names[-1], len(rows), indent=8.0 * headed), rows))
    return lines


def _chart(
    lines: list[tuple[Row, pd.DataFrame]],
    series: list[str],
    effect: str,
    columns: Mapping[str, str],
    favours: Sequence[str],
) -> RowChart:
    """The chart with its text columns: those asked for, the effect with its interval, and P where there is one."""
    tables = [rows for _, rows in lines]
    texts = [[[_text(row[name]) for _, row in rows.iterrows()] for rows in tables] for name in columns.values()]
    shown = [Column(literal(head), cells, side="left") for head, cells in zip(columns, texts, strict=True)]
    shown.append(Column(f"{literal(effect)}\n(95% CI)", [[_numbers(row) for _, row in t.iterrows()] for t in tables]))
    if any(rows["p"].notna().any() for rows in tables):
        cells = [["" if is_missing(p) else p_value(p) for p in rows["p"]] for rows in tables]
        shown.append(Column("P", cells, align="right"))
    head = LINE * len(key_rows(series, WIDTH - 2 * EDGE)) + 6 if len(series) > 1 else 0.0
    return RowChart([row for row, _ in lines], shown, head=head, foot=26.0 + _favours_height(favours))


def _text(value: object) -> str:
    """A cell of an added column; a whole number without decimals."""
    if is_missing(value):
        return ""
    return f"{value:.0f}" if isinstance(value, float) and whole(value) else literal(value)


def _numbers(row: pd.Series) -> str:
    """The estimate with its interval, or that there is none."""
    return value_with_interval(pd.Series({"note": "", **row}))


def _draw_rows(chart: RowChart, lines: list, scale: Scale, group_styles: tuple[dict, Mapping]) -> None:
    """The interval and mark of every estimate."""
    by_series, by_label = group_styles
    for number, (row, rows) in enumerate(lines):
        for slot, (_, estimate) in enumerate(rows.iterrows()):
            name = estimate.get("series", "")
            style = by_label.get(row.label, by_series[name])
            first = name == next(iter(by_series))
            _draw_one(chart.ax, estimate, (chart.centre(number, slot), scale), style, filled=first)


def _draw_one(ax: Axes, row: pd.Series, place: tuple[float, Scale], style: Style, *, filled: bool) -> None:
    """One interval, cut at the ends of the axis with an arrow, and its mark."""
    y, scale = place
    if is_missing(row["estimate"]):
        return
    low, high = (row["estimate"] if is_missing(row[end]) else row[end] for end in ("ci_low", "ci_high"))
    ends = max(low, scale.low), min(high, scale.high)
    ax.plot(ends, [y, y], color=style.color, linewidth=1.6, solid_capstyle="butt", gid="interval")
    for value, end, marker in ((low, scale.low, "<"), (high, scale.high, ">")):
        if (value < end) if marker == "<" else (value > end):
            ax.plot([end], [y], marker=marker, color=style.color, markersize=6.5, clip_on=False, gid="arrow")
    if scale.low <= row["estimate"] <= scale.high:
        face = style.color if filled else "white"
        look = {"markerfacecolor": face, "markeredgecolor": style.color, "markeredgewidth": 1.4, "markersize": 6.5}
        ax.plot([row["estimate"]], [y], marker=style.marker, gid="estimate", zorder=4, **look)


def _favours_height(favours: Sequence[str]) -> float:
    """Room for the two directions under the axis."""
    lines = 2 if max(extent(literal(words), SMALL) for words in favours) > WIDTH / 3 else 1
    return LINE * lines + 3 if any(favours) else 0.0


def _draw_favours(chart: RowChart, scale: Scale, favours: Sequence[str]) -> None:
    """What lies on either side of no effect, under the axis."""
    middle = chart.left + chart.width * scale.place(scale.reference if scale.reference is not None else scale.low)
    y = chart.top + chart.body + 27
    for words, side, sign in zip(favours, ("right", "left"), (-1, 1), strict=True):
        if words:
            room = (middle if sign < 0 else WIDTH - middle) - 10
            text = wrap(
                f"\N{LEFTWARDS ARROW} {words}" if sign < 0 else f"{words} \N{RIGHTWARDS ARROW}", room, size=SMALL
            )
            chart.sheet.text(middle + 6 * sign, y, text, ha=side, fontsize=SMALL, color=MUTED)


def describe_forest(data: pd.DataFrame, effect: str) -> str:
    """The estimates in words, as many as a reader will listen to."""
    alt_text = [_one_told(row) for _, row in data.head(TOLD).iterrows()]
    more = f" {len(data) - TOLD} further estimates are in the table." if len(data) > TOLD else ""
    return f"Forest plot, {literal(effect)} with 95% intervals. " + " ".join(alt_text) + more


def _one_told(row: pd.Series) -> str:
    """One estimate in words."""
    name = ", ".join(literal(row[part]) for part in ("heading", "term", "series") if row.get(part))
    p = "" if is_missing(row["p"]) else f", {equals_p(row['p'])}"
    return f"{name}: {_numbers(row)}{p}."
