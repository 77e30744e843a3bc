"""How the numbers that describe patients are spread in each arm: a panel per characteristic, a dot per patient."""

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from helpers.frames import about
from helpers.present import show
from helpers.present.format import plain
from helpers.present.layout.colors import FAINT, INK, RULE, Style, style_map
from helpers.present.layout.kept import kept
from helpers.present.layout.text_layout import literal, shorten, write_heading
from helpers.present.layout.theme import (
    EDGE,
    LINE,
    SMALL,
    NothingToDraw,
    Plot,
    Sheet,
    add_notes,
    finish,
    inner_width,
    sheet_width,
    themed,
)
from helpers.stats.estimates import filter_rows

LABELS, GAP, RIGHT = 150.0, 8.0, 14.0  # at most, of the arms' names; beside the axis; at its right
NARROW = 300.0  # points; on such a sheet fewer numbers stand at an axis
LANE, AXIS = 19.0, 30.0  # heights of an arm and of an axis with its numbers
MOST_DOTS = 400  # patients; above, the boxes stand alone
RIM = 0.04  # beside the values
DOT = 5.0  # width of one
FEWEST = 5  # patients of whom quartiles are drawn
NUMBERS = ["minimum", "lower_quartile", "median", "upper_quartile", "maximum"]


@themed
def plot_distributions(patients: pd.DataFrame, description: pd.DataFrame, *, id: str, caption: str) -> show.Figure:
    """Every characteristic that is a number, by arm: all patients as dots over quartiles (box) and range (whiskers).

    `patients` have the columns and the arm; `description` is their `helpers.stats.cohort.describe`, from which names
    and numbers are taken. Equal values lie on each other, darker. Above 400 patients there are no dots, and the
    caption says so. Patients without a value are not drawn.
    """
    rows = _known(description, list(patients["arm"].cat.categories))
    labels = dict(zip(rows["variable"], rows["variable_label"], strict=True))
    if not labels:
        raise NothingToDraw("No characteristic is a number, so no distribution is drawn.")
    styles = style_map(patients["arm"].cat.categories, about(patients).styles)
    panel, names = LINE + LANE * len(styles) + AXIS, min(LABELS, inner_width() / 2)
    sheet = Sheet(2 * EDGE + panel * len(labels))
    for number, (variable, label) in enumerate(labels.items()):
        top = EDGE + panel * number
        write_heading(sheet, top, label)
        for lane, (arm, style) in enumerate(styles.items()):
            at, name = top + LINE + LANE * (lane + 0.5), shorten(literal(arm), names, size=SMALL)
            sheet.text(EDGE, at, name, va="center_baseline", color=style.color, fontsize=SMALL)
        left = EDGE + names + GAP
        ax = sheet.axes(left, top + LINE, sheet_width() - left - RIGHT, LANE * len(styles))
        _draw_boxes(ax, *_boxes(rows, variable, list(styles)))
        if len(patients) <= MOST_DOTS:
            _draw_dots(ax, patients, variable, styles)
        ax.set_ylim(len(styles) - 0.5, -0.5)
        _format_axis(ax, filter_rows(rows, variable=variable))
    data = _tabled(rows)
    count = len(patients)
    dots = "dots: patients" if count <= MOST_DOTS else f"the {count:,} patients are not drawn one by one"
    boxes = "boxes: quartiles of 5 patients or more, " if (data["n"] >= FEWEST).any() else ""
    caption = add_notes(caption, f"Lines: range, {boxes}{dots}.")
    return finish(sheet.figure, data, id=id, caption=caption, alt=_alt_text(data))


def _format_axis(ax: Plot, rows: pd.DataFrame) -> None:
    """An axis from the smallest to the largest value, with a rim."""
    low, high = float(rows["estimate"].min()), float(rows["estimate"].max())
    rim = RIM * (high - low) or 0.05 * abs(low) or 0.05
    ax.set_xlim(low - rim, high + rim)
    places = MaxNLocator(5 if sheet_width() > NARROW else 3, steps=[1, 2, 5, 10]).tick_values(low - rim, high + rim)
    ticks = [place for place in places if low - rim <= place <= high + rim]
    ax.foot(ticks, [plain(tick) for tick in ticks])


@kept
def _known(description: pd.DataFrame, arms: list[str]) -> pd.DataFrame:
    """The quartiles and ranges of the arms and of all patients."""
    rows = description[description["measure"].isin(NUMBERS) & description["estimate"].notna()]
    return rows[rows["group"].isin([*arms, "All"])]


@kept
def _tabled(rows: pd.DataFrame) -> pd.DataFrame:
    """The same with a row per characteristic and group."""
    data = rows.pivot_table(index=["variable_label", "group", "n"], columns="measure", values="estimate", sort=False)
    return data[NUMBERS].reset_index().rename(columns={"variable_label": "characteristic"})


@kept
def _boxes(rows: pd.DataFrame, variable: str, arms: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of a characteristic, a row per arm, and which arms have patients enough for a box."""
    rows = filter_rows(rows, variable=variable)
    numbers = rows.pivot_table(index="group", columns="measure", values="estimate")
    sizes = rows.groupby("group")["n"].first()
    if len(arms) == 1:
        numbers, sizes = numbers.rename(index={"All": arms[0]}), sizes.rename(index={"All": arms[0]})
    return numbers.reindex(index=arms, columns=NUMBERS).to_numpy(float), (sizes.reindex(arms) >= FEWEST).to_numpy()


def _draw_boxes(ax: Plot, numbers: np.ndarray, enough: np.ndarray) -> None:
    """Quartiles and range as the table has them."""
    lanes = np.arange(len(numbers))
    least, low, middle, high, most = numbers.T
    known = ~np.isnan(least)
    ax.hlines(lanes[known], least[known], most[known], color=FAINT, linewidth=0.9, zorder=1)
    boxes = lanes[enough], (high - low)[enough], 0.62, low[enough]
    ax.bars(*boxes, facecolor=RULE, edgecolor=FAINT, linewidth=0.9, zorder=2, gid="box")
    ax.vlines(middle[enough], lanes[enough] - 0.31, lanes[enough] + 0.31, color=INK, linewidth=1.8, zorder=2)


def _draw_dots(ax: Plot, patients: pd.DataFrame, variable: str, styles: dict[str, Style]) -> None:
    """A dot per patient in the lane of the arm; equal values lie on each other."""
    known = patients[["arm", variable]].dropna()
    lanes = known["arm"].astype(str).map({arm: lane for lane, arm in enumerate(styles)}).to_numpy(int)
    order, colors = np.argsort(lanes, kind="stable"), np.array([style.color for style in styles.values()])
    x, y = known[variable].to_numpy(float)[order], lanes[order]
    ax.scatter(x, y, s=DOT**2, color=colors[y], alpha=0.6, linewidth=0, zorder=3)


@kept
def _alt_text(data: pd.DataFrame) -> str:
    """The middle, the quartiles and the range of every characteristic in every arm."""
    parts = []
    for label, rows in data.groupby("characteristic", sort=False):
        rows = rows if len(rows) == 1 else rows[rows["group"] != "All"]
        arms = []
        for _, row in rows.iterrows():
            least, low, middle, high, most = (plain(row[name]) for name in NUMBERS)
            arms.append(f"{literal(row['group'])} median {middle}, quartiles {low} to {high}, range {least} to {most}")
        parts.append(f"{literal(label)}: {'; '.join(arms)}.")
    return "Distributions by arm. " + " ".join(parts)
