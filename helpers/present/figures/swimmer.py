"""Swimmer plot: one lane per patient from time zero to the last day known, with what happened on the way."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from helpers.cohort.endpoints import relapse_is_known
from helpers.frames import About, about
from helpers.present import show
from helpers.present.figures.curves import time_ticks
from helpers.present.figures.states import PAST, plot_states
from helpers.present.format import number, plural
from helpers.present.layout.colors import FAINT, INK, Style, style_map
from helpers.present.layout.kept import kept
from helpers.present.layout.text_layout import SWATCH, extent, key_rows, literal, set_axis_title, shorten
from helpers.present.layout.theme import (
    EDGE,
    LINE,
    NothingToDraw,
    Plot,
    Sheet,
    add_notes,
    finish,
    inner_width,
    sheet_width,
    themed,
)
from helpers.present.values import capital
from helpers.study import DAYS_PER_MONTH

MOST = 150  # lanes that stay legible
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
    Mark("{0}, MRD negative", "mrd_negative_month", "^", INK),
    Mark("{0}, MRD positive or not known", "remission_month", "^", "white"),
    Mark("{1}", "relapse_month", "o", GOLD),
    Mark("Death", "death_month", "X", INK, 1.1),
    Mark("Alive at last contact", "ongoing_month", ">", "white"),
)
EXPOSURE_LOOKS = (("D", "white"), ("s", SKY), ("P", "white"), ("v", SKY), ("h", GOLD))


@themed
def plot_swimmer(patients: pd.DataFrame, exposures: Mapping[str, str], *, id: str, caption: str) -> show.Figure:
    """All patients, by arm and then by length of observation, longest first.

    `patients` holds the columns (days) arm, last_contact_day and whichever exist of death_day, remission_day, response,
    mrd, relapse_day and the columns of `exposures` (label -> column), and knows its arms' styles, its clock and its
    word of remission (`helpers.cohort.views.course`). The strong part of a lane is the time in remission. Patients
    carry the number of their lane, not their own. Of more than 150 the shares in each state over time are drawn
    (`plot_states`).
    """
    styles, words = about(patients).styles, about(patients)
    lanes = _lanes(patients, list(styles), exposures)
    if lanes.empty:
        raise NothingToDraw("No patient has a day of last contact, so no lanes are drawn.")
    if len(lanes) > MOST:
        alt = _alt_text(lanes, "Shares of patients in each state over time", words)
        caption = add_notes(caption, _unknown_relapses(patients))
        return plot_states(lanes, about(patients), id=id, caption=caption, alt=alt)
    added = [Mark(label, label, *EXPOSURE_LOOKS[k % len(EXPOSURE_LOOKS)]) for k, label in enumerate(exposures)]
    known = [mark._replace(label=mark.label.format(capital(words.remission), capital(words.ends))) for mark in MARKS]
    marks = [mark for mark in (*known[:2], *added, *known[2:]) if lanes[mark.column].notna().any()]
    step = float(np.clip(560 / len(lanes), 3.9, 12.0))  # the height of a lane in points: what fits one printed page
    arms = style_map(dict.fromkeys(lanes["arm"]), styles)
    sheet, ax, drawn = _sheet(lanes, step, marks)
    _format_axis(ax, drawn, capital(about(patients).clock))
    for arm, style in arms.items():
        _draw_arm(ax, arm, style, drawn[drawn["arm"] == arm], step)
    size = float(np.clip(step * 0.68, 3.6, 7.0))
    for mark in marks:
        some = drawn.dropna(subset=mark.column)
        (line,) = ax.plot(some[mark.column], some["y"], linestyle="none", clip_on=False, zorder=5, gid=mark.label)
        _set_marker(line, mark, size)
    absent = ", ".join(literal(group) for group in styles if group not in arms)
    caption = add_notes(
        caption,
        _unknown_relapses(patients),
        f"The strong part of a lane is time in {words.remission}." if lanes["remission_from"].notna().any() else "",
        f"No patients: {absent}." if absent else "",
    )
    data = lanes.dropna(axis=1, how="all")
    alt = _alt_text(lanes, f"Swimmer plot of {plural(len(lanes), 'patient')}", words)
    return finish(sheet.figure, data, id=id, caption=caption, alt=alt)


def _unknown_relapses(patients: pd.DataFrame) -> str:
    """That patients of whom it is not known whether they relapsed are drawn as if they had not."""
    count = int((~relapse_is_known(patients)).sum())
    who = f"{plural(count, 'patient')} of whom it is not known whether the disease came back"
    return f"{who} {'is' if count == 1 else 'are'} drawn as if it had not." if count else ""


@kept
def _lanes(patients: pd.DataFrame, order: Sequence[str], exposures: Mapping[str, str]) -> pd.DataFrame:
    """One row per patient in drawing order, every event in months; a column without an event is missing.

    A remission that holds from day 0 has a stretch but no mark.
    """
    days = patients.reindex(columns=["remission_day", "relapse_day", "death_day", "last_contact_day"]).astype(float)
    end = days["death_day"].fillna(days["last_contact_day"])
    response = patients.get("response", pd.Series("", patients.index)).astype(str)
    negative = patients.get("mrd", pd.Series("", patients.index)).astype(str).eq("negative")
    negative |= response.eq("mrd_negative")
    remission = days["remission_day"]
    lanes = pd.DataFrame({"arm": patients["arm"].astype(str), "end_month": end, "remission_from": remission})
    lanes["remission_to"] = days["relapse_day"].fillna(end).where(remission.notna())
    lanes["mrd_negative_month"] = remission.where(negative & (remission > 0))
    lanes["remission_month"] = remission.where(~negative & (remission > 0))
    lanes["relapse_month"], lanes["death_month"] = days["relapse_day"], days["death_day"]
    lanes["ongoing_month"] = end.where(days["death_day"].isna())
    for label, column in exposures.items():
        lanes[label] = patients[column].astype(float) if column in patients else np.nan
    lanes[lanes.columns[1:]] /= DAYS_PER_MONTH
    groups = list(dict.fromkeys([*order, *lanes["arm"]]))
    lanes = lanes.dropna(subset="end_month").sort_values("end_month", ascending=False, kind="stable")
    lanes = lanes.sort_values("arm", key=lambda arms: arms.map(groups.index), kind="stable")
    lanes.insert(0, "lane", np.arange(1, len(lanes) + 1))
    return lanes.reset_index(drop=True)


def _sheet(drawn: pd.DataFrame, step: float, marks: Sequence[Mark]) -> tuple[Sheet, Plot, pd.DataFrame]:
    """The sheet with the key, axes whose y is points downwards, and the lanes with their heights (`y`)."""
    heights, tall = [], 0.0
    for count in drawn.groupby("arm", sort=False).size():
        heights += [tall + HEADING + step * (lane + 0.5) for lane in range(count)]
        tall += HEADING + step * count + 4
    rows = key_rows([mark.label for mark in marks], inner_width())
    head = EDGE + LINE * len(rows) + 4
    sheet = Sheet(head + tall + 42)
    _draw_key(sheet, rows, marks)
    ax = sheet.axes(LEFT, head, sheet_width() - LEFT - RIGHT, tall)
    ax.set_ylim(tall, 0)
    return sheet, ax, drawn.assign(y=heights)


def _draw_key(sheet: Sheet, rows: list, marks: Sequence[Mark]) -> None:
    """The key of the marks."""
    remaining = iter(marks)
    for line, row in enumerate(rows):
        for x, label in row:
            place = [EDGE + x + 10], [EDGE + LINE * (line + 0.46)]
            sample = Line2D(*place, linestyle="none", transform=sheet.points)
            _set_marker(sample, next(remaining), 7.0)
            sheet.figure.add_artist(sample)
            sheet.text(EDGE + x + SWATCH - 5, EDGE + LINE * line, label)


def _set_marker(line: Line2D, mark: Mark, size: float) -> None:
    """Give a line the look of a mark."""
    line.set(marker=mark.marker, markersize=size * mark.size, markerfacecolor=mark.face)
    line.set_markeredgecolor("white" if mark.face == INK else INK)
    line.set_markeredgewidth(0.9 if size > 5 else 0.6)


def _format_axis(ax: Plot, drawn: pd.DataFrame, time_label: str) -> None:
    """Months along the foot, faint lines over the lanes."""
    end = float(drawn["end_month"].max()) or 1.0
    ticks = time_ticks(end)
    ax.set_xlim(0, end * 1.02)
    ax.foot(ticks, [f"{tick:g}" for tick in ticks])
    set_axis_title(ax, time_label)
    ax.vlines(ticks, 0, ax.get_ylim()[0], color=FAINT, linewidth=0.4, alpha=0.5, zorder=0.5)


def _draw_arm(ax: Axes, arm: str, style: Style, lanes: pd.DataFrame, step: float) -> None:
    """The lanes of one arm under its name."""
    counted = f" (n = {len(lanes):,})"
    room = sheet_width() - LEFT - RIGHT - extent(counted, bold=True)
    name = shorten(literal(arm), room, bold=True) + counted
    top = lanes["y"].iloc[0] - step / 2 - 4
    ax.text(0, top, name, va="bottom", color=style.color, weight="bold", clip_on=False)
    whole = _span(ax, lanes.assign(start=0.0), "start", "end_month", gid="lane")
    strong = _span(ax, lanes, "remission_from", "remission_to", gid="remission")
    for line in (whole, strong):
        line.set(color=style.color, linewidth=step * 0.66, solid_capstyle="butt")
    whole.set_alpha(PALE)


def _span(ax: Axes, lanes: pd.DataFrame, start: str, end: str, *, gid: str) -> Line2D:
    """A stretch of every lane that has one, all as one path, which keeps the page small."""
    some = lanes.dropna(subset=[start, end])
    x = np.column_stack([some[start], some[end], np.full(len(some), np.nan)])
    return ax.plot(x.ravel(), np.repeat(some["y"].to_numpy(), 3), gid=gid)[0]


@kept
def _alt_text(lanes: pd.DataFrame, what: str, words: About) -> str:
    """What is drawn, and how many of each arm reached what, in words; of what nobody has a day for, nothing is said."""
    reached = {"remission_from": f"in {words.remission}", "relapse_month": PAST[words.ends], "death_month": "died"}
    reached["ongoing_month"] = "alive at last contact"
    undated = [name for name in ("remission_from", "relapse_month") if lanes[name].isna().all()]
    parts = []
    for arm, rows in lanes.groupby("arm", sort=False):
        counts = [f"{rows[name].count()} {text}" for name, text in reached.items() if name not in undated]
        longest = f"longest observation {number(rows['end_month'].max(), 1)} months"
        parts.append(f"{literal(arm)}, {plural(len(rows), 'patient')}: {', '.join(counts)}; {longest}.")
    return f"{what}. " + " ".join(parts)
