"""How alike the groups are and what is missing: standardised differences (love plot) and a map of missing values."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import seaborn as sns

from helpers.present import show
from helpers.present.format import number, percent, plural
from helpers.present.layout.axis import Scale, format_axis
from helpers.present.layout.table_plot import Column, Row, RowChart
from helpers.present.layout.text_layout import literal
from helpers.present.layout.theme import ALARM, ARM_STYLES, FAINT, RULE, NothingToDraw, finish, themed
from helpers.stats.ties import above, tied

THRESHOLD = 0.1
TIGHT = 22  # rows from which they stand closer, so that 40 fit a page
MOST_PATIENTS = 400  # that a map of missing values shows one by one
MOST = 12  # differences and variables put into words at most
TALL = 10.0  # of a row of the map


@themed
def plot_love(smd: pd.DataFrame, *, id: str, caption: str) -> show.Figure:
    """Absolute standardised mean differences, largest first, with the line under which groups count as balanced.

    Rows have term and estimate, whose sign is printed. A difference that is not estimable is said to be so.
    """
    data = smd.assign(size=tied(smd["estimate"].abs()))
    if data["size"].notna().sum() == 0:
        raise NothingToDraw("No standardised difference can be estimated, so none is drawn.")
    data = data.sort_values("size", ascending=False, na_position="last", kind="stable")
    pad = 1.0 if len(data) >= TIGHT else 3.5
    column = Column("Difference", [[number(value)] for value in data["estimate"]], align="right")
    chart = RowChart([Row(term) for term in data["term"]], [column], head=6.0, foot=42.0, pad=pad)
    _draw_differences(chart, data)
    columns = ["term", "group", "estimate", "n", *(["note"] if data["note"].any() else [])]
    return finish(chart.sheet.figure, data[columns], id=id, caption=caption, alt=_love_alt_text(data))


def _draw_differences(chart: RowChart, data: pd.DataFrame) -> None:
    """The axis, the line of balance and the marks."""
    end = max(data["size"].max() * 1.06, 2.5 * THRESHOLD)
    scale = Scale(False, 0.0, end, None, lambda value: f"{value:g}")
    format_axis(chart, scale, "Absolute standardised mean difference")
    chart.upright(THRESHOLD, color=ALARM, linewidth=1.0, linestyle=(0, (4, 2)), gid="threshold")
    known = data["size"].dropna()
    heights = [chart.centre(row) for row in range(len(known))]
    style = ARM_STYLES[0]
    chart.ax.hlines(heights, 0, known, color=RULE, linewidth=1.2, zorder=1)
    (marks,) = chart.ax.plot(known, heights, linestyle="none", clip_on=False, zorder=3, gid="difference")
    marks.set(marker=style.marker, color=style.color, markersize=6.5)


def _love_alt_text(data: pd.DataFrame) -> str:
    """Which characteristics differ, in words."""
    apart = data[above(data["size"], THRESHOLD)]
    largest = ", ".join(f"{literal(row['term'])} {number(row['size'])}" for _, row in apart.head(MOST).iterrows())
    more = f" and {len(apart) - MOST} more" if len(apart) > MOST else ""
    count = f"{len(apart)} of {plural(len(data), 'characteristic')} differ by more than {THRESHOLD:g}"
    unknown = ", ".join(literal(term) for term in data.loc[data["size"].isna(), "term"])
    return (
        f"Absolute standardised mean differences: {count}"
        + (f" (largest differences: {largest}{more})." if largest else ".")
        + (f" Not estimable: {unknown}." if unknown else "")
    )


@themed
def plot_missing(patients: pd.DataFrame, labels: Mapping[str, str], *, id: str, caption: str) -> show.Figure:
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
    data = pd.DataFrame({"variable": counts.index, "missing": counts.to_numpy(), "n": len(missing)})
    data["share"] = data["missing"] / data["n"]
    caption = caption.rstrip(". ") + "."
    if len(missing) > MOST_PATIENTS:
        _draw_shares(chart, data["share"])
        caption += " The length of a bar is the share of patients without a value."
    else:
        _draw_map(chart, missing)
    _format_map(chart, len(missing))
    return finish(chart.sheet.figure, data, id=id, caption=caption, alt=_missing_alt_text(data))


def _gaps(patients: pd.DataFrame, column: str) -> pd.Series:
    """True where a patient has no value."""
    return patients[column].isna() if column in patients else pd.Series(True, patients.index)


def _draw_map(chart: RowChart, missing: pd.DataFrame) -> None:
    """A cell per patient, dark where there is no value; as pixels, which keep the page small."""
    pattern = missing.to_numpy()
    order = np.lexsort(tuple(~pattern[:, k] for k in range(pattern.shape[1] - 1, -1, -1)))
    for row in range(pattern.shape[1]):
        ax = chart.sheet.axes(chart.left, chart.top + chart.centre(row) - TALL / 2, chart.width, TALL)
        sns.heatmap(
            pattern[order, row][None, :].astype(float),
            cmap=[RULE, ARM_STYLES[0].color],
            vmin=0,
            vmax=1,
            cbar=False,
            xticklabels=False,
            yticklabels=False,
            rasterized=True,
            gid="missing",
            ax=ax,
        )


def _draw_shares(chart: RowChart, shares: pd.Series) -> None:
    """A bar per variable: how many patients have no value, of all."""
    heights = [chart.centre(row) for row in range(len(shares))]
    chart.ax.barh(heights, 1.0, TALL, color=RULE, linewidth=0, gid="known")
    chart.ax.barh(heights, shares, TALL, color=ARM_STYLES[0].color, linewidth=0, gid="missing")


def _format_map(chart: RowChart, patients: int) -> None:
    """The number of patients along the foot."""
    chart.ax.set(xlim=(0, 1), yticks=[])
    chart.ax.set_xticks([0, 1], ["0", f"{patients}"])
    chart.ax.set_xlabel("Patients", labelpad=-8)
    chart.ax.spines["bottom"].set_color(FAINT)
    chart.ax.spines["left"].set_visible(False)
    chart.ax.patch.set_visible(False)


def _missing_alt_text(data: pd.DataFrame) -> str:
    """Which variables lack values, in words."""
    some = data[data["missing"] > 0].sort_values("missing", ascending=False, kind="stable")
    if some.empty:
        return f"No values are missing: {plural(len(data), 'variable')}, {plural(int(data['n'].iloc[0]), 'patient')}."
    largest = [
        f"{literal(row.variable)} {row.missing} ({percent(row.share, 0)})" for row in some.head(MOST).itertuples()
    ]
    more = f" and {len(some) - MOST} further variables" if len(some) > MOST else ""
    size, complete = plural(int(data["n"].iloc[0]), "patient"), len(data) - len(some)
    return f"Missing values of {size}: {', '.join(largest)}{more}; the other {complete} variables are complete."
