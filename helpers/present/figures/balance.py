"""How alike the groups are and what is missing: standardised differences (love plot) and a map of missing values."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from helpers.present import show
from helpers.present.format import number, percent, plural
from helpers.present.layout.axis import Scale, format_axis
from helpers.present.layout.table_plot import Column, Row, RowChart
from helpers.present.layout.text_layout import draw_key, key_rows, literal, mark_sample
from helpers.present.layout.theme import (
    ALARM,
    ARM_STYLES,
    EDGE,
    FAINT,
    LINE,
    RULE,
    WIDTH,
    NothingToDraw,
    finish,
    themed,
)
from helpers.stats.ties import above, tied

THRESHOLD = 0.1
TIGHT = 22  # rows from which they stand closer, so that 40 fit a page
MOST_PATIENTS = 400  # that a map of missing values shows one by one
TOLD = 12


@themed
def plot_love(
    smd: pd.DataFrame,
    *,
    id: str,
    caption: str,
    threshold: float = THRESHOLD,
) -> show.Figure:
    """Absolute standardised mean differences, largest first, with the line under which groups count as balanced.

    Rows have term, group (the comparison; several are drawn with a mark each) and estimate, whose sign is printed where
    there is one comparison. A difference that is not estimable is said to be so.
    """
    data = smd.reindex(columns=["term", "group", "estimate", "n", "note"])
    data = data.assign(size=tied(data["estimate"].abs()))
    if data["size"].notna().sum() == 0:
        raise NothingToDraw("No standardised difference can be estimated, so none is drawn.")
    largest = (
        data.groupby("term", sort=False)["size"].max().sort_values(ascending=False, na_position="last", kind="stable")
    )
    groups = list(dict.fromkeys(data["group"]))
    chart = _love_chart(data, list(largest.index), groups)
    _draw_differences(chart, data, (list(largest.index), groups), threshold)
    ordered = data.sort_values("term", key=lambda terms: terms.map(list(largest.index).index), kind="stable")
    shown = ordered.drop(columns=["size", *(name for name in ("note",) if not ordered["note"].fillna("").any())])
    return finish(chart.sheet.figure, shown, id=id, caption=caption, alt=_love_told(largest, threshold))


def _love_chart(data: pd.DataFrame, terms: list[str], groups: list[str]) -> RowChart:
    """The chart with the differences in a column, where there is one comparison."""
    tight = len(terms) >= TIGHT
    columns = []
    if len(groups) == 1:
        values = data.set_index("term")["estimate"]
        columns.append(Column("Difference", [[number(values[term])] for term in terms], align="right"))
    rows = key_rows(groups, WIDTH - 2 * EDGE) if len(groups) > 1 else []
    head = LINE * len(rows) + 6 if rows else 0.0
    chart = RowChart([Row(term) for term in terms], columns, head=head, foot=42.0, pad=1.0 if tight else 3.5)
    draw_key(chart.sheet, (EDGE, EDGE), rows, ARM_STYLES, mark_sample)
    return chart


def _draw_differences(
    chart: RowChart, data: pd.DataFrame, order: tuple[list[str], list[str]], threshold: float
) -> None:
    """The axis, the line of balance and the marks."""
    terms, groups = order
    end = max(data["size"].max() * 1.06, 2.5 * threshold)
    format_axis(
        chart, Scale(False, 0.0, end, None, lambda value: f"{value:g}"), "Absolute standardised mean difference"
    )
    chart.upright(threshold, color=ALARM, linewidth=1.0, linestyle=(0, (4, 2)), gid="threshold")
    for order_of, group in enumerate(groups):
        own = data[(data["group"] == group) & data["size"].notna()]
        heights = [chart.centre(terms.index(term)) for term in own["term"]]
        style = ARM_STYLES[order_of % len(ARM_STYLES)]
        face = style.color if order_of == 0 else "white"
        if len(groups) == 1:
            chart.ax.hlines(heights, 0, own["size"], color=RULE, linewidth=1.2, zorder=1)
        look = {"marker": style.marker, "color": style.color, "markerfacecolor": face, "markersize": 6.5}
        chart.ax.plot(own["size"], heights, linestyle="none", clip_on=False, zorder=3, gid="difference", **look)


def _love_told(largest: pd.Series, threshold: float) -> str:
    """Which characteristics differ, in words."""
    apart = largest[above(largest, threshold)]
    alt_text = ", ".join(f"{literal(term)} {number(value)}" for term, value in apart.head(TOLD).items())
    more = f" and {len(apart) - TOLD} more" if len(apart) > TOLD else ""
    count = f"{len(apart)} of {plural(len(largest), 'characteristic')} differ by more than {threshold:g}"
    unknown = ", ".join(literal(term) for term in largest.index[largest.isna()])
    return (
        f"Absolute standardised mean differences: {count}"
        + (f" (largest difference of each: {alt_text}{more})." if alt_text else ".")
        + (f" Not estimable: {unknown}." if unknown else "")
    )


@themed
def plot_missing(
    patients: pd.DataFrame,
    labels: Mapping[str, str],
    *,
    id: str,
    caption: str,
) -> show.Figure:
    """Where values are missing: a row per variable, a column per patient, dark where there is no value.

    `labels` maps the columns of `patients` to what the reader sees; a column that the table lacks is missing for all.
    Patients are sorted so that those who lack the same values stand together. Above 400 patients each row shows the
    share that is missing, from the left, and the caption says so.
    """
    missing = pd.DataFrame({label: _gaps(patients, column) for column, label in labels.items()}, patients.index)
    if missing.empty:
        raise NothingToDraw("No variables, so no missing values are drawn.")
    counts = missing.sum()
    cells = [[f"{count:,} ({percent(count / len(missing), 0)})"] for count in counts]
    rows = [Row(label) for label in missing]
    chart = RowChart(rows, [Column("Missing", cells)], foot=42.0, pad=1.0 if len(rows) >= TIGHT else 3.5)
    _draw_gaps(chart, missing)
    data = pd.DataFrame({"variable": counts.index, "missing": counts.to_numpy(), "n": len(missing)})
    data["share"] = data["missing"] / data["n"]
    words = caption.rstrip(". ") + "."
    if len(missing) > MOST_PATIENTS:
        words += " The length of a bar is the share of patients without a value."
    return finish(chart.sheet.figure, data, id=id, caption=words, alt=_missing_told(data))


def _gaps(patients: pd.DataFrame, column: str) -> pd.Series:
    """True where a patient has no value."""
    return patients[column].isna() if column in patients else pd.Series(True, patients.index)


def _draw_gaps(chart: RowChart, missing: pd.DataFrame) -> None:
    """Runs of patients without a value, as dark blocks on a pale row."""
    size = len(missing)
    pattern = missing.to_numpy()
    order = np.lexsort(tuple(~pattern[:, k] for k in range(pattern.shape[1] - 1, -1, -1)))
    for row, label in enumerate(missing):
        y, tall = chart.centre(row) - 5, 10
        chart.ax.broken_barh([(0, size)], (y, tall), color=RULE, linewidth=0, gid="known")
        gaps = missing[label].to_numpy()[order] if size <= MOST_PATIENTS else np.arange(size) < missing[label].sum()
        runs = _runs(gaps)
        if runs:
            chart.ax.broken_barh(runs, (y, tall), color=ARM_STYLES[0].color, linewidth=0, gid="missing")
    chart.ax.set(xlim=(0, size), yticks=[], xticks=[0, size])
    chart.ax.set_xlabel("Patients", labelpad=-8)
    for side in ("left", "bottom"):
        chart.ax.spines[side].set_color(FAINT)
    chart.ax.spines["left"].set_visible(False)
    chart.ax.patch.set_visible(False)


def _runs(gaps: np.ndarray) -> list[tuple[int, int]]:
    """(start, length) of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], gaps, [False]]).astype(int)))
    return [(int(start), int(stop - start)) for start, stop in edges.reshape(-1, 2)]


def _missing_told(data: pd.DataFrame) -> str:
    """Which variables lack values, in words."""
    some = data[data["missing"] > 0].sort_values("missing", ascending=False, kind="stable")
    if some.empty:
        return f"No values are missing: {plural(len(data), 'variable')}, {plural(int(data['n'].iloc[0]), 'patient')}."
    found = [f"{literal(row.variable)} {row.missing} ({percent(row.share, 0)})" for row in some.head(TOLD).itertuples()]
    more = f" and {len(some) - TOLD} further variables" if len(some) > TOLD else ""
    size = plural(int(data["n"].iloc[0]), "patient")
    return (
        f"Missing values of {size}: {', '.join(found)}{more}; the other {len(data) - len(some)} variables are complete."
    )
