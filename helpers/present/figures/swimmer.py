"""Swimmer plot: one lane per patient from infusion to the last day known, with what happened on the way."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from helpers.cohort.outcomes import REMISSION
from helpers.present import show
from helpers.present.figures.curves import time_ticks
from helpers.present.format import number, plural
from helpers.present.layout.text_layout import SWATCH, key_rows, literal, shorten
from helpers.present.layout.theme import (
    EDGE,
    FAINT,
    INK,
    LINE,
    WIDTH,
    NothingToDraw,
    Sheet,
    Style,
    finish,
    style_map,
    themed,
)
from helpers.study import DAYS_PER_MONTH

MOST = 150  # lanes that stay legible
EXPOSURES = {"Transplant": "transplant_day", "Decitabine consolidation": "dac_consolidation_day"}
LEFT, RIGHT = 8.0, 14.0
GOLD, SKY, PALE = "#F0E442", "#9ad4f5", 0.32
HEADING = 20.0  # over the lanes of an arm


class Mark(NamedTuple):
    """What is drawn on a lane: the label of its key, the column of its month, marker and fill."""

    label: str
    column: str
    marker: str
    face: str
    size: float = 1.0


MARKS = (
    Mark("Remission, MRD negative", "mrd_negative_month", "^", INK),
    Mark("Remission, MRD positive or not known", "remission_month", "^", "white"),
    Mark("Relapse", "relapse_month", "o", GOLD),
    Mark("Death", "death_month", "X", INK, 1.1),
    Mark("Alive at last contact", "ongoing_month", ">", "white"),
)
EXPOSURE_LOOKS = (("D", "white"), ("s", SKY), ("P", "white"), ("v", SKY), ("h", GOLD))


@themed
def plot_swimmer(
    patients: pd.DataFrame,
    styles: Mapping[str, Style] | None = None,
    *,
    id: str,
    caption: str,
    exposures: Mapping[str, str | Sequence[str]] | None = None,
    in_remission_at_start: bool = False,
    most: int = MOST,
    time_label: str = "Months since infusion",
) -> show.Figure:
    """All patients, by arm and then by length of observation, longest first.

    `patients` holds the canonical columns (days): arm, last_contact_day and whichever exist of death_day, response,
    response_day, mrd, relapse_day and the columns of `exposures` (label -> column, or columns: the earliest counts).
    The strong part of a lane is the time in remission, from day 0 if `in_remission_at_start`. Above `most` patients a
    sample evenly spaced over arms and lengths of observation is drawn, and the caption says so. Patients carry the
    number of their lane, not their own.
    """
    if in_remission_at_start:
        patients = patients.assign(response="cr", response_day=0)
    lanes = swimmer_lanes(patients, list(styles or {}), exposures or EXPOSURES)
    if lanes.empty:
        raise NothingToDraw("No patient has a day of last contact, so no lanes are drawn.")
    marks = _marks(lanes, exposures or EXPOSURES)
    drawn = _sampled(lanes, most)
    group_styles = style_map(dict.fromkeys(drawn["arm"]), styles)
    sheet, ax, step = _sheet(drawn, group_styles, marks)
    _format_axis(ax, drawn, time_label)
    _draw_lanes(sheet, ax, drawn, (group_styles, step, marks, lanes["arm"].value_counts()))
    words = _caption(caption, lanes, drawn, [group for group in styles or {} if group not in group_styles])
    data = drawn.dropna(axis=1, how="all").drop(columns="y")
    return finish(sheet.figure, data, id=id, caption=words, alt=describe_swimmer(lanes))


def swimmer_lanes(patients: pd.DataFrame, order: Sequence[str], exposures: Mapping) -> pd.DataFrame:
    """One row per patient in drawing order, every event in months; a column without an event is missing.

    A remission that holds from day 0 has a stretch but no mark.
    """
    days = patients.reindex(columns=["response_day", "relapse_day", "death_day", "last_contact_day"]).astype(float)
    end = days["death_day"].fillna(days["last_contact_day"])
    response = patients.get("response", pd.Series("", patients.index)).astype(str)
    negative = patients.get("mrd", pd.Series("", patients.index)).astype(str).eq("negative")
    remission = days["response_day"].where(response.isin(REMISSION))
    lanes = pd.DataFrame({"arm": patients["arm"].astype(str), "end_month": end, "remission_from": remission})
    lanes["remission_to"] = days["relapse_day"].fillna(end).where(remission.notna())
    lanes["mrd_negative_month"] = remission.where(negative & (remission > 0))
    lanes["remission_month"] = remission.where(~negative & (remission > 0))
    lanes["relapse_month"], lanes["death_month"] = days["relapse_day"], days["death_day"]
    lanes["ongoing_month"] = end.where(days["death_day"].isna())
    for label, columns in exposures.items():
        names = [columns] if isinstance(columns, str) else list(columns)
        lanes[label] = patients.reindex(columns=names).astype(float).min(axis=1)
    lanes[lanes.columns[1:]] /= DAYS_PER_MONTH
    groups = list(dict.fromkeys([*order, *lanes["arm"]]))
    lanes = lanes.assign(rank=lanes["arm"].map(groups.index)).dropna(subset="end_month")
    lanes = lanes.sort_values(["rank", "end_month"], ascending=[True, False], kind="stable").drop(columns="rank")
    lanes.insert(0, "lane", np.arange(1, len(lanes) + 1))
    return lanes.reset_index(drop=True)


def _marks(lanes: pd.DataFrame, exposures: Mapping) -> list[Mark]:
    """The marks that at least one patient has, in the order of the key."""
    added = [Mark(label, label, *EXPOSURE_LOOKS[k % len(EXPOSURE_LOOKS)]) for k, label in enumerate(exposures)]
    return [mark for mark in (*MARKS[:2], *added, *MARKS[2:]) if lanes[mark.column].notna().any()]


def _sampled(lanes: pd.DataFrame, most: int) -> pd.DataFrame:
    """At most `most` lanes, evenly spaced over the sorted ones."""
    if len(lanes) <= most:
        return lanes
    kept = np.linspace(0, len(lanes) - 1, most).round().astype(int)
    return lanes.iloc[kept].reset_index(drop=True)


def _step(count: int) -> float:
    """The height of a lane in points: what fits one printed page, 12 at most."""
    return float(np.clip(560 / max(count, 1), 3.9, 12.0))


def _sheet(drawn: pd.DataFrame, group_styles: Mapping[str, Style], marks: Sequence[Mark]) -> tuple[Sheet, Axes, float]:
    """The sheet with the key, and axes whose y is points downwards; lanes get their heights."""
    step, y = _step(len(drawn)), 0.0
    heights = []
    for arm in group_styles:
        count = int((drawn["arm"] == arm).sum())
        heights += [y + HEADING + step * (lane + 0.5) for lane in range(count)]
        y += HEADING + step * count + 4
    drawn["y"] = heights
    rows = key_rows([mark.label for mark in marks], WIDTH - 2 * EDGE)
    head = EDGE + LINE * len(rows) + 4
    sheet = Sheet(head + y + 42)
    _draw_key(sheet, rows, marks)
    ax = sheet.axes(LEFT, head, WIDTH - LEFT - RIGHT, y)
    ax.set_ylim(y, 0)
    return sheet, ax, step


def _draw_key(sheet: Sheet, rows: list, marks: Sequence[Mark]) -> None:
    """The key of the marks."""
    remaining = iter(marks)
    for line, row in enumerate(rows):
        for x, label in row:
            at = (EDGE + x + 10, EDGE + LINE * (line + 0.46))
            sample = Line2D([at[0]], [at[1]], linestyle="none", transform=sheet.points, **_look(next(remaining), 7.0))
            sheet.figure.add_artist(sample)
            sheet.text(EDGE + x + SWATCH - 5, EDGE + LINE * line, label)


def _look(mark: Mark, size: float) -> dict:
    """How a mark is drawn."""
    edge = "white" if mark.face == INK else INK
    width = 0.9 if size > 5 else 0.6
    face = {"markerfacecolor": mark.face, "markeredgecolor": edge, "markeredgewidth": width}
    return {"marker": mark.marker, "markersize": size * mark.size, **face}


def _format_axis(ax: Axes, drawn: pd.DataFrame, time_label: str) -> None:
    """Months along the foot, faint lines over the lanes."""
    end = float(drawn["end_month"].max()) or 1.0
    ticks = time_ticks(end)
    ax.set(xlim=(0, end * 1.02), yticks=[])
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_xlabel(shorten(literal(time_label), 340.0), labelpad=3)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color=FAINT, linewidth=0.4, alpha=0.5)
    ax.set_axisbelow(True)


def _draw_lanes(sheet: Sheet, ax: Axes, drawn: pd.DataFrame, how: tuple) -> None:
    """The lanes of every arm under its name, and the marks over them."""
    group_styles, step, marks, sizes = how
    thick = step * 0.66
    for arm, style in group_styles.items():
        own = drawn[drawn["arm"] == arm]
        of = "" if len(own) == sizes[arm] else f" of {sizes[arm]:,}"
        name = shorten(literal(arm), WIDTH - LEFT - RIGHT - 110, bold=True) + f" (n = {len(own):,}{of})"
        top = own["y"].iloc[0] - step / 2 - 4
        text = {"va": "bottom", "color": style.color, "weight": "bold", "clip_on": False}
        ax.text(0, top, name, **text)
        bar = {"color": style.color, "linewidth": thick, "solid_capstyle": "butt"}
        _draw_spans(ax, own.assign(start=0.0), ("start", "end_month"), bar | {"alpha": PALE, "gid": "lane"})
        _draw_spans(ax, own, ("remission_from", "remission_to"), bar | {"gid": "remission"})
    for mark in marks:
        some = drawn.dropna(subset=mark.column)
        look = _look(mark, float(np.clip(step * 0.68, 3.6, 7.0)))
        ax.plot(some[mark.column], some["y"], linestyle="none", clip_on=False, zorder=5, gid=mark.label, **look)


def _draw_spans(ax: Axes, lanes: pd.DataFrame, ends: tuple[str, str], look: dict) -> None:
    """A stretch of every lane that has one, all as one path, which keeps the page small."""
    some = lanes.dropna(subset=list(ends))
    x = np.column_stack([some[ends[0]], some[ends[1]], np.full(len(some), np.nan)])
    ax.plot(x.ravel(), np.repeat(some["y"].to_numpy(), 3), **look)


def _caption(caption: str, lanes: pd.DataFrame, drawn: pd.DataFrame, absent: Sequence[str]) -> str:
    """The caption with what is drawn, and of whom."""
    parts = [caption.rstrip(". ") + "."]
    if lanes["remission_from"].notna().any():
        parts.append("The strong part of a lane is time in remission.")
    count, shown = len(lanes), len(drawn)
    if shown < count:
        parts.append(f"{shown:,} of {count:,} patients, evenly spaced over arms and lengths of observation.")
    if absent:
        parts.append(f"No patients: {', '.join(literal(group) for group in absent)}.")
    return " ".join(parts)


def describe_swimmer(lanes: pd.DataFrame) -> str:
    """How many patients of each arm reached what, in words."""
    undated = [name for name in ("remission_from", "relapse_month") if lanes[name].isna().all()]
    parts = [_arm_told(arm, rows, undated) for arm, rows in lanes.groupby("arm", sort=False)]
    return f"Swimmer plot of {plural(len(lanes), 'patient')}. " + " ".join(parts)


def _arm_told(arm: str, rows: pd.DataFrame, undated: Sequence[str]) -> str:
    """One arm in words; of what nobody has a day for, nothing is said."""
    names = {"remission_from": "in remission", "relapse_month": "relapsed", "death_month": "died"}
    names["ongoing_month"] = "alive at last contact"
    names = {column: words for column, words in names.items() if column not in undated}
    counts = [f"{int(rows[column].notna().sum())} {words}" for column, words in names.items()]
    longest = number(rows["end_month"].max(), 1)
    return f"{literal(arm)}, {plural(len(rows), 'patient')}: {', '.join(counts)}; longest observation {longest} months."
