"""How an estimate moves with the choices of the analyst: a specification curve over the matrix of choices."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.present import show
from helpers.present.format import plural
from helpers.present.layout.axis import Scale, scale_for
from helpers.present.layout.table_plot import Row, RowChart
from helpers.present.layout.text_layout import draw_key, key_rows, literal, mark_sample, shorten
from helpers.present.layout.theme import (
    ARM_STYLES,
    EDGE,
    INK,
    LINE,
    MUTED,
    SMALL,
    WIDTH,
    NothingToDraw,
    Style,
    finish,
    themed,
)
from helpers.present.values import value_format
from helpers.stats import ties

ALPHA = 0.05
SURE, UNSURE = ARM_STYLES[0], Style(MUTED, "-", "o")
CURVE = 150.0  # the panel of estimates


@themed
def plot_specification(
    estimates: pd.DataFrame,
    choices: Sequence[str],
    *,
    id: str,
    caption: str,
    effect: str,
    below: str = "",
) -> show.Figure:
    """Every analysis once, sorted by its estimate: the estimate with its interval above, its choices below.

    `estimates` are estimates rows with one more column per choice ("Covariates": "none", "all"); `choices` names these
    columns in order. `below` says what an estimate under 1 (or 0) means. Analyses that gave no estimate are counted
    in the caption.
    """
    known = (
        estimates.dropna(subset="estimate").sort_values("estimate", key=ties.tied, kind="stable").reset_index(drop=True)
    )
    if known.empty:
        raise NothingToDraw(f"{effect}: no analysis gave an estimate, so no curve is drawn.")
    rows, levels = _matrix(known, {choice: list(dict.fromkeys(estimates[choice].astype(str))) for choice in choices})
    keys = key_rows([f"P < {ALPHA}", f"P {ALPHA} or more"], WIDTH - 2 * EDGE)
    heading = LINE * (2 + len(keys)) + 10
    chart = RowChart(rows, head=heading + CURVE, foot=4.0, pad=1.0)
    scale = scale_for(known["measure"].iloc[0], known["estimate"], [*known["ci_low"], *known["ci_high"]])
    ax = chart.sheet.axes(chart.left, EDGE + heading, chart.width, CURVE - 8)
    _write_heading(chart, effect, below, keys)
    _draw_curve(ax, known, scale)
    _draw_matrix(chart, known, levels)
    lost = len(estimates) - len(known)
    words = caption.rstrip(". ") + "." + (f" {lost} of {len(estimates)} analyses gave no estimate." if lost else "")
    data = known[[*choices, "estimate", "ci_low", "ci_high", "p", "n", "events", "method"]]
    return finish(chart.sheet.figure, data, id=id, caption=words, alt=_alt_text(known, scale, effect, lost))


def _matrix(
    known: pd.DataFrame, choices: Mapping[str, Sequence[str]]
) -> tuple[list[Row], list[tuple[str, str] | None]]:
    """The rows of the matrix: a heading per choice, then a row per level that was drawn, in the order given."""
    rows, levels = [], []
    for choice, names in choices.items():
        drawn = set(known[choice].astype(str))
        rows.append(Row(choice, heading=True))
        levels.append(None)
        for level in (name for name in names if name in drawn):
            rows.append(Row(level, indent=8.0))
            levels.append((choice, level))
    return rows, levels


def _write_heading(chart: RowChart, effect: str, below: str, keys: list) -> None:
    """What the panel shows, what lies below the line, and the key."""
    title = f"{literal(effect)} of every analysis, sorted"
    chart.sheet.text(EDGE, EDGE, shorten(title, WIDTH - 2 * EDGE, bold=True), weight="bold")
    note = shorten(literal(below), WIDTH - 2 * EDGE, size=SMALL)
    chart.sheet.text(EDGE, EDGE + LINE, note, fontsize=SMALL, color=MUTED)
    draw_key(chart.sheet, (EDGE, EDGE + 2 * LINE), keys, [SURE, UNSURE], mark_sample)


def _draw_curve(ax: Axes, known: pd.DataFrame, scale: Scale) -> None:
    """Estimates with their intervals, cut at the ends of the axis."""
    if scale.log:
        ax.set_yscale("log")
    ticks = scale.ticks(CURVE * 1.6)
    ax.set(xlim=(-0.7, len(known) - 0.3), ylim=(scale.low, scale.high), xticks=[])
    ax.set_yticks(ticks, [scale.show(tick) for tick in ticks])
    ax.set_yticks([], minor=True)
    ax.spines["bottom"].set_visible(False)
    if scale.reference is not None:
        ax.axhline(scale.reference, color=INK, linewidth=0.9, zorder=1)
    place = np.arange(len(known))
    sure = ties.below(known["p"].to_numpy(), ALPHA)
    for style, own, face in ((UNSURE, ~sure, "white"), (SURE, sure, SURE.color)):
        low, high = (known[end].fillna(known["estimate"]).to_numpy()[own] for end in ("ci_low", "ci_high"))
        ends = np.column_stack([low.clip(scale.low), high.clip(max=scale.high), np.full(own.sum(), np.nan)])
        line = {"color": style.color, "linewidth": 1.0, "alpha": 0.65, "gid": "interval"}
        ax.plot(np.repeat(place[own], 3), ends.ravel(), **line)
        mark = {"marker": "o", "markersize": _size(known), "markerfacecolor": face, "gid": "estimate"}
        ax.plot(place[own], known["estimate"][own], linestyle="none", color=style.color, zorder=3, **mark)


def _size(known: pd.DataFrame) -> float:
    """Marks shrink as analyses grow many."""
    return float(np.clip(260 / len(known), 2.2, 6.0))


def _draw_matrix(chart: RowChart, known: pd.DataFrame, levels: Sequence[tuple[str, str] | None]) -> None:
    """A mark where an analysis made a choice."""
    ax = chart.ax
    ax.set(xlim=(-0.7, len(known) - 0.3), xticks=[], yticks=[])
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    ax.patch.set_visible(False)
    sure = ties.below(known["p"].to_numpy(), ALPHA)
    for number, at in enumerate(levels):
        if at is None:
            continue
        made = known[at[0]].astype(str).to_numpy() == at[1]
        for style, own in ((UNSURE, made & ~sure), (SURE, made & sure)):
            place = np.flatnonzero(own)
            mark = {"marker": "|", "markersize": 8, "markeredgewidth": min(_size(known) / 1.6, 3.0), "gid": "choice"}
            ax.plot(place, np.full(len(place), chart.centre(number)), linestyle="none", color=style.color, **mark)


def _alt_text(known: pd.DataFrame, scale: Scale, effect: str, lost: int) -> str:
    """The spread of the estimates in words."""
    show_value = value_format(known["measure"].iloc[0])
    low, middle, high = (show_value(value) for value in known["estimate"].quantile([0, 0.5, 1]))
    parts = [f"Specification curve of {plural(len(known), 'analysis', 'analyses')}."]
    parts.append(f"{literal(effect)} from {low} to {high}, median {middle}.")
    if scale.reference is not None:
        under = int(ties.below(known["estimate"], scale.reference).sum())
        parts.append(f"{under} of {len(known)} lie below {scale.reference:g};")
    parts.append(f"{int(ties.below(known['p'], ALPHA).sum())} reach P < {ALPHA}.")
    if lost:
        parts.append(f"{lost} gave no estimate.")
    return " ".join(parts)
