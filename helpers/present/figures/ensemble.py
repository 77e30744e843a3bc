"""What published figures leave open: the value of every quantity in each cohort that matches them, a dot per cohort."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from helpers.present import show
from helpers.present.format import whole_percent
from helpers.present.layout.axis import Scale, format_axis, scale_for
from helpers.present.layout.colors import FAINT, INK, Style
from helpers.present.layout.table_plot import Column, Row, RowChart
from helpers.present.layout.text_layout import SWATCH, draw_key, key_rows, literal
from helpers.present.layout.theme import EDGE, LINE, NothingToDraw, Sheet, add_notes, finish, inner_width, themed
from helpers.present.values import RATIOS, value_format
from helpers.stats.estimates import filter_rows
from helpers.stats.levels import ALPHA
from helpers.stats.ties import tied

STRIP = 96.0  # height of the dots of one quantity
UNDER = 9.0  # of that, below the line the dots stand on
PITCHES = np.arange(4.6, 1.15, -0.1)  # from dot to dot, in points: the widest with which all dots find room
FARTHEST = (1 / 20, 20.0)  # of the axis; what lies beyond stands at its end
SURE, UNSURE = Style(INK, "", "o"), Style("#9fb0c3", "", "o")
HATCHED, HERE = Style("#c3cad2", "", ""), Style(INK, "", "^")
KEY = (f"P < {ALPHA}", f"P {ALPHA} or more", "set by the generator", "the cohort of these pages")
TITLE = "What {:,} cohorts that all match the abstract would have shown; not a confidence interval"
SHOWN = ["cohorts", "estimable", "low", "high", "significant", "imposed", "bound_low", "bound_high"]


@themed
def plot_ensemble(values: pd.DataFrame, ranges: pd.DataFrame, shares: pd.DataFrame, *, id: str) -> show.Figure:
    """Dots for the compatible cohorts at the ratio they would have shown, dark where P < 0.05, a strip per quantity.

    `values` are rows of audit.ensemble_values, `ranges` those of audit.ranges, `shares` the same as published
    estimates; drawn are the ratios that are to be shown first. Hatched is what the generator was made to satisfy:
    ratios outside its bounds, and the whole strip of an effect whose significance was required. At the right: the share
    of the cohorts with an estimate that have P < 0.05. A triangle marks the cohort of the report. The dots are what is
    compatible; they are no probabilities.
    """
    first = ranges[ranges["shown_first"] & ranges["measure"].isin(RATIOS)]
    drawn = values[values["key"].isin(first["key"]) & values["value"].notna()]
    if drawn.empty:
        raise NothingToDraw("No quantity has a value in any cohort, so nothing is drawn.")
    keys = key_rows(KEY, inner_width())
    rows = [Row(label, slot=STRIP) for label in first["label"]]
    share = Column(f"P < {ALPHA} in", [[_share(row)] for _, row in first.iterrows()], align="right")
    chart = RowChart(rows, [share], head=LINE * len(keys) + 6, foot=40.0, narrowest=inner_width() / 2, pad=2.0)
    draw_key(chart.sheet, (EDGE, EDGE), keys, [SURE, UNSURE, HATCHED, HERE], _sample)
    reach = drawn["value"].clip(*FARTHEST)
    scale = scale_for("hazard_ratio", reach, [*first["bound_low"].dropna(), *first["bound_high"].dropna()])
    format_axis(chart, scale, "Ratio, logarithmic axis")
    pitch, columns = _fitted(drawn, first["key"], scale, chart.width)
    for number, (_, row) in enumerate(first.iterrows()):
        base = chart.centre(number) + STRIP / 2 - UNDER
        _hatch(chart.ax, row, (base - STRIP + UNDER, base), scale)
        _draw_dots(chart.ax, columns[number], base, pitch, scale)
        _draw_here(chart.ax, drawn[(drawn["key"] == row["key"]) & drawn["shown"]]["value"], base, scale)
    cohorts = TITLE.format(int(first["cohorts"].iloc[0]))
    alt = " ".join([f"{cohorts}.", *(_described(row) for _, row in first.iterrows())])
    data = _data(first, shares).assign(this_cohort=_of_this_cohort(drawn, first["key"]))
    return finish(chart.sheet.figure, data, id=id, caption=add_notes(cohorts), alt=alt)


def _data(first: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """The drawn quantities with their median as the published estimate."""
    medians = filter_rows(shares, measure="compatible_median", term=list(first["label"]))
    published = medians.set_index("term").reindex(first["label"])[["id", "origin", "estimate"]].reset_index(drop=True)
    table = pd.concat([first[["label", *SHOWN]].reset_index(drop=True), pd.DataFrame(published)], axis=1)
    return table if published["id"].any() else table.drop(columns=["id", "origin"])


def _share(row: pd.Series) -> str:
    """ "40%", "9% of 712" where not every cohort has an estimate, "100%, imposed"."""
    known = "" if row["estimable"] == 1 else f" of {round(row['estimable'] * row['cohorts'])}"
    return whole_percent(row["significant"]) + known + (", imposed" if row["imposed"] else "")


def _fitted(
    drawn: pd.DataFrame, keys: Sequence[str], scale: Scale, width: float
) -> tuple[float, list[tuple[np.ndarray, np.ndarray]]]:
    """The distance from dot to dot, and per quantity the dots of each column: those with P < 0.05 and the others."""
    of_keys = [drawn[drawn["key"] == key] for key in keys]
    places = [_places(rows["value"], scale) for rows in of_keys]
    sure = [rows["significant"].to_numpy(bool) for rows in of_keys]
    for pitch in PITCHES:
        columns = [_columns(*dots, int(width / pitch)) for dots in zip(places, sure, strict=True)]
        if max((sure + unsure).max() for sure, unsure in columns) * pitch <= STRIP - UNDER:
            break
    return float(pitch), columns


def _places(values: pd.Series, scale: Scale) -> np.ndarray:
    """Where values lie on the axis, 0 to 1; what lies beyond stands at its ends."""
    return tied(scale.place(values.clip(scale.low, scale.high).to_numpy(float)))


def _columns(places: np.ndarray, sure: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """How many cohorts lie in each of `count` equal parts of the axis: those with P < 0.05, and the others."""
    part = np.minimum((places * count).astype(int), count - 1)
    return np.bincount(part[sure], minlength=count), np.bincount(part[~sure], minlength=count)


def _draw_dots(ax: Axes, columns: tuple[np.ndarray, np.ndarray], base: float, pitch: float, scale: Scale) -> None:
    """Columns of dots on a line: each column is a dashed line whose dashes are as long as nothing."""
    sure, unsure = columns
    ax.plot([scale.low, scale.high], [base, base], color=FAINT, linewidth=0.6, zorder=1)
    ends = np.log(scale.low), np.log(scale.high)
    middle = np.exp(ends[0] + (np.arange(len(sure)) + 0.5) / len(sure) * (ends[1] - ends[0]))
    for style, dots, below in ((SURE, sure, np.zeros_like(sure)), (UNSURE, unsure, sure)):
        filled = np.flatnonzero(dots)
        low = base - pitch * (below[filled] + 0.5)
        high = low - pitch * (dots[filled] - 1) - 0.3  # longer than a dash, or a lone dot is not drawn
        corners = np.column_stack([middle[filled], low, middle[filled], high]).reshape(-1, 2)
        path = Path(corners, [Path.MOVETO, Path.LINETO] * len(filled)) if len(filled) else Path(np.empty((0, 2)))
        path.should_simplify = False
        line = PathPatch(path, fill=False, edgecolor=style.color, linewidth=0.84 * pitch, capstyle="round", zorder=3)
        line.set_linestyle((0, (0.01, 1 / 0.84 - 0.01)))
        line.set_gid("dots")
        ax.add_patch(line)


def _hatch(ax: Axes, row: pd.Series, span: tuple[float, float], scale: Scale) -> None:
    """What the generator excluded, and the whole strip where it required P < 0.05."""
    walls = [(scale.low, row["bound_low"]), (row["bound_high"], scale.high)]
    spans = [(scale.low, scale.high)] if row["imposed"] else [(low, high) for low, high in walls if high > low]
    for low, high in spans:
        area = Rectangle((low, span[0]), high - low, span[1] - span[0], facecolor="none", edgecolor=HATCHED.color)
        area.set(hatch="////", linewidth=0, zorder=0, gid="hatched")
        ax.add_patch(area)


def _draw_here(ax: Axes, value: pd.Series, base: float, scale: Scale) -> None:
    """A triangle under the value of the cohort of the report."""
    at = value.clip(scale.low, scale.high)
    ax.plot(at, [base + 4.6] * len(at), "^", color=HERE.color, markersize=6.0, clip_on=False, gid="here")


def _sample(sheet: Sheet, place: tuple[float, float], style: Style, _: int) -> None:
    """What stands before a label of the key: a dot, a hatched area or a triangle."""
    x, y = place[0] + SWATCH / 2, place[1] + LINE * 0.38
    if style is HATCHED:
        area = Rectangle((place[0] + 3, place[1] + 1), SWATCH - 9, LINE - 5, transform=sheet.points)
        area.set(facecolor="none", edgecolor=style.color, hatch="////", linewidth=0)
        sheet.figure.add_artist(area)
        return
    mark = Line2D([x], [y], marker=style.marker, color=style.color, linestyle="", markersize=6.0)
    mark.set_transform(sheet.points)
    sheet.figure.add_artist(mark)


def _of_this_cohort(drawn: pd.DataFrame, keys: Sequence[str]) -> list[float]:
    """The value of the cohort of the report for each quantity; NaN where it has none."""
    own = drawn[drawn["shown"]].set_index("key")["value"]
    return [float(own.get(key, np.nan)) for key in keys]


def _described(row: pd.Series) -> str:
    """One strip in words."""
    text = value_format(row["measure"])
    spread = f"median {text(row['median'])}, nine in ten cohorts from {text(row['low'])} to {text(row['high'])}"
    return f"{literal(row['label'])}: P below {ALPHA} in {_share(row)}; {spread}."
