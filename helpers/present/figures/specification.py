"""How an estimate moves with the choices of the analyst: a specification curve over the matrix of choices."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from IPython.display import display
from matplotlib.axes import Axes

from helpers.present import show
from helpers.present.format import plural
from helpers.present.layout.axis import Scale, scale_for
from helpers.present.layout.colors import ARM_STYLES, INK, MUTED, Style
from helpers.present.layout.table_plot import Row, RowChart
from helpers.present.layout.text_layout import draw_key, key_rows, literal, mark_sample, write_heading, write_note
from helpers.present.layout.theme import EDGE, LINE, NothingToDraw, add_notes, finish, inner_width, themed
from helpers.present.values import value_format
from helpers.stats import ties
from helpers.stats.levels import ALPHA

SURE, UNSURE = ARM_STYLES[0], Style(MUTED, "-", "o")
CURVE = 150.0  # the panel of estimates
CHOICES = ("Endpoint", "Clock", "Follow-up", "Exposure", "Covariates", "Fit")


def plot_each_specification(curves: pd.DataFrame, *, id: str, effect: str, below: str) -> None:
    """Show a specification curve per effect (`variable_label`), ids numbered from 1, or a line when there is none."""
    if curves.empty:
        display(show.absent("exposures after time zero"))
        return
    for number, (label, curve) in enumerate(curves.groupby("variable_label", sort=False), start=1):
        caption = f"{label}, every analysis"
        display(plot_specification(curve, id=f"{id}-{number}", caption=caption, effect=effect, below=below))


@themed
def plot_specification(curve: pd.DataFrame, *, id: str, caption: str, effect: str, below: str = "") -> show.Figure:
    """Every analysis once, sorted by its estimate: the estimate with its interval above, its choices below.

    `curve` has estimates rows and a column per choice ("Covariates": "none", "all"); those that vary are drawn. `below`
    says what an estimate under 1 (or 0) means. Analyses that gave no estimate are counted in the caption.
    """
    known = curve.dropna(subset="estimate").sort_values("estimate", key=ties.tied, kind="stable").reset_index(drop=True)
    if known.empty:
        raise NothingToDraw(f"{effect}: no analysis gave an estimate, so no curve is drawn.")
    drawn = varying(curve, CHOICES)
    levels = _levels(curve, known, drawn)
    rows = [Row(choice, heading=True) if level is None else Row(level, indent=8.0) for choice, level in levels]
    keys = key_rows([f"P < {ALPHA}", f"P {ALPHA} or more"], inner_width())
    heading = LINE * (2 + len(keys)) + 10
    chart = RowChart(rows, head=heading + CURVE, foot=4.0, pad=1.0)
    write_heading(chart.sheet, EDGE, f"{effect} of every analysis, sorted")
    write_note(chart.sheet, EDGE + LINE, below)
    draw_key(chart.sheet, (EDGE, EDGE + 2 * LINE), keys, [SURE, UNSURE], mark_sample)
    scale = scale_for(known["measure"].iloc[0], known["estimate"], [*known["ci_low"], *known["ci_high"]])
    ax = chart.sheet.axes(chart.left, EDGE + heading, chart.width, CURVE - 8)
    size = float(np.clip(260 / len(known), 2.2, 6.0))  # marks shrink as analyses grow many
    _draw_curve(ax, known, scale, size)
    _draw_matrix(chart, known, levels, size)
    lost = len(curve) - len(known)
    caption = add_notes(caption, f"{lost} of {len(curve)} analyses gave no estimate." if lost else "")
    data = known[[*drawn, "estimate", "ci_low", "ci_high", "p", "n", "events", "method"]]
    alt = _alt_text(known, scale, effect, lost)
    return finish(chart.sheet.figure, data, id=id, caption=caption, alt=alt)


def varying(curve: pd.DataFrame, choices: Sequence[str]) -> list[str]:
    """The choices of which the analyses hold more than one level; all of them when none varies."""
    recorded = [name for name in choices if name in curve]
    return [name for name in recorded if curve[name].nunique() > 1] or recorded


def _levels(curve: pd.DataFrame, known: pd.DataFrame, choices: Sequence[str]) -> list[tuple[str, str | None]]:
    """The rows of the matrix: each choice (without level, as a heading), then its levels that gave an estimate."""
    levels: list[tuple[str, str | None]] = []
    for choice in choices:
        drawn = set(known[choice].astype(str))
        levels.append((choice, None))
        levels += [(choice, level) for level in dict.fromkeys(curve[choice].astype(str)) if level in drawn]
    return levels


def _draw_curve(ax: Axes, known: pd.DataFrame, scale: Scale, size: float) -> None:
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
    for style, rows, face in ((UNSURE, ~sure, "white"), (SURE, sure, SURE.color)):
        low, high = (known[end].fillna(known["estimate"]).to_numpy()[rows] for end in ("ci_low", "ci_high"))
        ends = np.column_stack([low.clip(scale.low), high.clip(max=scale.high), np.full(rows.sum(), np.nan)])
        at = np.repeat(place[rows], 3)
        ax.plot(at, ends.ravel(), color=style.color, linewidth=1.0, alpha=0.65, gid="interval")
        marks = ax.plot(place[rows], known["estimate"][rows], "o", color=style.color, zorder=3, gid="estimate")
        marks[0].set(markersize=size, markerfacecolor=face)


def _draw_matrix(chart: RowChart, known: pd.DataFrame, levels: list[tuple[str, str | None]], size: float) -> None:
    """A mark where an analysis made a choice."""
    ax = chart.ax
    ax.set(xlim=(-0.7, len(known) - 0.3), xticks=[], yticks=[])
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.patch.set_visible(False)
    sure = ties.below(known["p"].to_numpy(), ALPHA)
    for number, (choice, level) in enumerate(levels):
        if level is None:
            continue
        chosen = known[choice].astype(str).to_numpy() == level
        for style, rows in ((UNSURE, chosen & ~sure), (SURE, chosen & sure)):
            place = np.flatnonzero(rows)
            marks = ax.plot(place, np.full(len(place), chart.centre(number)), "|", color=style.color, gid="choice")
            marks[0].set(markersize=8, markeredgewidth=min(size / 1.6, 3.0))


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
