"""How alike the groups are and what is missing: standardised differences (love plot) and a map of missing values."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from helpers.present import show
from helpers.present.format import number, percent, plain, plural
from helpers.present.layout.axis import Scale, format_axis
from helpers.present.layout.colors import EVERYBODY, INK, RULE
from helpers.present.layout.table_plot import Column, Row, RowChart
from helpers.present.layout.text_layout import literal, set_axis_title
from helpers.present.layout.theme import NothingToDraw, add_notes, finish, themed
from helpers.stats.cohort.baseline import beyond_chance
from helpers.stats.ties import tied

NORMAL = 1.96  # standard errors within which 95 of 100 differences lie
TIGHT = 22  # rows from which they stand closer, so that 40 fit a page
MOST_PATIENTS = 400  # that a map of missing values shows one by one
MOST = 12  # differences and variables put into words at most
TALL = 10.0  # of a row of the map


@themed
def plot_love(smd: pd.DataFrame, *, id: str, caption: str) -> show.Figure:
    """Absolute standardised mean differences, largest first, over what chance gives in groups of this size.

    Rows are those of `helpers.stats.cohort.balance`; the sign of an estimate is printed, and the band is as
    wide as 95 of 100 differences of a number or a factor of two levels would be. What is not estimable is said so.
    """
    data = smd.assign(size=tied(smd["estimate"].abs()))
    if data["size"].notna().sum() == 0:
        raise NothingToDraw("No standardised difference can be estimated, so none is drawn.")
    data = data.sort_values("size", ascending=False, na_position="last", kind="stable")
    pad = 1.0 if len(data) >= TIGHT else 3.5
    column = Column("Difference", [[number(value)] for value in data["estimate"]], align="right")
    chart = RowChart([Row(term) for term in data["term"]], [column], head=6.0, foot=42.0, pad=pad)
    chance = NORMAL * data["std_error"].max()
    scale = Scale(False, 0.0, max(data["size"].max() * 1.06, 1.06 * chance), None, plain)
    format_axis(chart, scale, "Absolute standardised mean difference")
    chart.ax.axvspan(0, chance, color=RULE, alpha=0.45, linewidth=0, zorder=0, gid="chance")
    sizes, style = data["size"].dropna(), EVERYBODY
    heights = [chart.centre(row) for row in range(len(sizes))]
    chart.ax.hlines(heights, 0, sizes, color=RULE, linewidth=1.2, zorder=1)
    (marks,) = chart.ax.plot(sizes, heights, linestyle="none", clip_on=False, zorder=3, gid="difference")
    marks.set(marker=style.marker, color=style.color, markersize=6.5)
    columns = ["term", "group", "estimate", "n", *(name for name in ("note", "id", "origin") if data[name].any())]
    caption = add_notes(caption, "Grey: 95 of 100 differences that chance gives in groups of this size.")
    return finish(chart.sheet.figure, data[columns], id=id, caption=caption, alt=_love_alt_text(data))


def _love_alt_text(data: pd.DataFrame) -> str:
    """Which characteristics differ, in words."""
    apart = data[beyond_chance(data)]
    largest = ", ".join(f"{literal(row['term'])} {number(row['size'])}" for _, row in apart.head(MOST).iterrows())
    more = f" and {len(apart) - MOST} more" if len(apart) > MOST else ""
    count = f"{len(apart)} of {plural(len(data), 'characteristic')} beyond what chance gives in groups of this size"
    unknown = ", ".join(literal(term) for term in data.loc[data["size"].isna(), "term"])
    listed = f" (largest differences: {largest}{more})" if largest else ""
    text = f"Absolute standardised mean differences: {count}{listed}."
    return f"{text} Not estimable: {unknown}." if unknown else text


def plot_missing(
    patients: pd.DataFrame, labels: Mapping[str, str], *, id: str, caption: str
) -> show.Figure | show.Text:
    """Where values are missing: a row per variable that lacks any, a column per patient, dark where there is no value.

    `labels` maps the columns of `patients` to what the reader sees; a column that the table lacks is missing for all.
    Patients are sorted so that those who lack the same values stand together. Above 400 patients each row shows the
    share that is missing, from the left, and the caption says so. Where nothing is missing, a sentence says that.
    """
    known = patients.reindex(columns=list(labels)).notna().set_axis(list(labels.values()), axis=1)
    if labels and len(known) and known.all(axis=None):
        people = plural(len(known), "patient")
        return show.Text("sentence", f"No value is missing in {plural(len(labels), 'column')} of {people}.")
    return _plot_missing(known, id=id, caption=caption)


@themed
def _plot_missing(known: pd.DataFrame, *, id: str, caption: str) -> show.Figure:
    """The map of a table that is True where there is a value."""
    columns = len(known.columns)
    known = known.loc[:, ~known.all()]
    if known.empty:
        raise NothingToDraw("No columns, so no missing values are drawn.")
    data = pd.DataFrame({"variable": known.columns, "missing": (~known).sum().to_numpy(), "n": len(known)})
    data["share"] = data["missing"] / data["n"]
    cells = [[f"{row.missing:,} ({percent(row.share, 0)})"] for row in data.itertuples()]
    rows = [Row(label) for label in known]
    chart = RowChart(rows, [Column("Missing", cells)], foot=42.0, pad=1.0 if len(rows) >= TIGHT else 3.5)
    many = len(known) > MOST_PATIENTS
    if many:
        heights = [chart.centre(row) for row in range(len(rows))]
        chart.ax.bars(heights, 1.0, TALL, facecolor=RULE, linewidth=0, gid="known")
        chart.ax.bars(heights, data["share"], TALL, facecolor=INK, linewidth=0, gid="missing")
    else:
        _draw_map(chart, ~known.to_numpy())
    chart.ax.set_xlim(0, 1)
    chart.ax.foot([0, 1], ["0", f"{len(known)}"])
    set_axis_title(chart.ax, "Patients", -8)
    caption = add_notes(caption, "The length of a bar is the share of patients without a value." if many else "")
    alt = _missing_alt_text(data, columns - len(data))
    return finish(chart.sheet.figure, data, id=id, caption=caption, alt=alt)


def _draw_map(chart: RowChart, missing: np.ndarray) -> None:
    """The patients from left to right, dark where there is no value: a stretch for neighbours who lack it."""
    missing = missing[np.lexsort(~missing.T[::-1])].T
    for place, row in enumerate(missing):
        height = chart.centre(place)
        chart.ax.bars([height], 1.0, TALL, facecolor=RULE, linewidth=0, gid="known")
        starts, ends = np.flatnonzero(np.diff(row, prepend=False, append=False)).reshape(-1, 2).T / len(row)
        chart.ax.bars(height, ends - starts, TALL, starts, facecolor=INK, linewidth=0, gid="missing")


def _missing_alt_text(data: pd.DataFrame, complete: int) -> str:
    """Which variables lack values, in words."""
    some = data.sort_values("missing", ascending=False, kind="stable")
    size = plural(int(data["n"].iloc[0]), "patient")
    first = some.head(MOST).itertuples()
    largest = [f"{literal(row.variable)} {row.missing} ({percent(row.share, 0)})" for row in first]
    more = f" and {len(some) - MOST} further variables" if len(some) > MOST else ""
    return f"Missing values of {size}: {', '.join(largest)}{more}; {plural(complete, 'other variable')} without a gap."
