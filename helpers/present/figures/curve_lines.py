"""Which lines of a table of curves are drawn, and how far."""

import itertools
from collections.abc import Iterable

import numpy as np
import pandas as pd

from helpers.frames import about
from helpers.present.format import plural
from helpers.present.layout.kept import kept
from helpers.present.layout.risk_table import time_column
from helpers.present.layout.text_layout import literal
from helpers.present.layout.theme import NothingToDraw
from helpers.stats.ties import above

MOST_POINTS = 350  # drawn of a line as they are; of longer ones what can be seen, so that a page stays small
HALF, SLOTS = 1 / 600, 150  # half a pixel of the height of a panel; parts of the time in which a band keeps a point
MOST_ROWS = 400  # in the table of the drawn data


def value_column(curves: pd.DataFrame) -> str:
    """Which of the two quantities a curve table holds."""
    return "survival" if "survival" in curves else "cumulative_incidence"


@kept
def by_group(curves: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The rows of each group, in the order of the table."""
    return {str(name): rows for name, rows in curves.groupby("group", observed=True, sort=False)}


@kept
def checked_lines(curve: pd.DataFrame) -> pd.DataFrame:
    """The rows to draw; raises NothingToDraw, with the reason, where lines would show nothing.

    That is without any event, where every line coincides with another, and with too few patients at risk.
    """
    subject = about(curve)
    quantity, groups = value_column(curve), by_group(curve)
    if all((rows[quantity] == rows[quantity].iloc[0]).all() for rows in groups.values()):
        patients = plural(int(sum(rows["at_risk"].max() for rows in groups.values())), "patient")
        raise NothingToDraw(f"{subject.label}: no event in {patients}, so no curve is drawn.")
    drawn = lines_to_draw(_large_groups(curve), subject.min_at_risk)
    if drawn.empty:
        few = f"no group has {subject.min_at_risk} or more patients at risk, so no curve is drawn."
        raise NothingToDraw(f"{subject.label}: {few}")
    pairs = coinciding(drawn)
    lines = set(drawn["group"])
    if pairs and lines == set(itertools.chain(*pairs)):
        raise NothingToDraw(f"{subject.label}: {paired(pairs)} coincide, so no curves are drawn.")
    return drawn


@kept
def least_patients(curve: pd.DataFrame) -> int:
    """How many patients a group needs for a line of its own: twice the few at which lines stop, if any has so many.

    A group of three would be one long step; its numbers at risk say more.
    """
    few = about(curve).min_at_risk
    sizes = [rows["at_risk"].max() for rows in by_group(curve).values()]
    return 2 * few if few > 1 and max(sizes, default=0) >= 2 * few else few


def _large_groups(curve: pd.DataFrame) -> pd.DataFrame:
    """The rows of groups that have patients enough; those that patients enter later (Simon-Makuch) stay."""
    least = least_patients(curve)
    large = [
        name
        for name, rows in by_group(curve).items()
        if rows["at_risk"].max() >= least or rows["at_risk"].iloc[0] < rows["at_risk"].max()
    ]
    return curve[curve["group"].isin(large)]


def lines_to_draw(curves: pd.DataFrame, min_at_risk: int) -> pd.DataFrame:
    """The rows of each group up to the last time with `min_at_risk` patients at risk."""
    parts = [_one_line(rows, min_at_risk) for rows in by_group(curves).values()]
    return pd.concat(parts, ignore_index=True) if parts else curves.iloc[:0]


def _one_line(rows: pd.DataFrame, min_at_risk: int) -> pd.DataFrame:
    """One group's part of `lines_to_draw`."""
    rows = rows.sort_values(time_column(rows), kind="stable")
    enough = rows["at_risk"].to_numpy() >= min_at_risk
    return rows.iloc[: np.flatnonzero(enough)[-1] + 1 if enough.any() else 0]


@kept
def coinciding(drawn: pd.DataFrame) -> list[tuple[str, str]]:
    """Pairs of groups whose lines lie on each other as far as both reach."""
    lines = by_group(drawn)
    return [(one, other) for one, other in itertools.combinations(lines, 2) if _same(lines[one], lines[other])]


def _same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Two lines have the same value wherever either steps."""
    time = time_column(one)
    last = min(one[time].iloc[-1], other[time].iloc[-1])
    times = np.union1d(one[time], other[time])
    steps = times[times <= last]
    apart = np.abs(value_at(one, steps) - value_at(other, steps))
    return not above(apart, 0.0).any()


def value_at(rows: pd.DataFrame, times: np.ndarray | float) -> np.ndarray:
    """The value of one line at times; before its first row, that of the first."""
    place = np.searchsorted(rows[time_column(rows)].to_numpy(), np.asarray(times) + 1e-9, side="right") - 1
    return rows[value_column(rows)].to_numpy()[np.maximum(place, 0)]


def paired(pairs: list[tuple[str, str]]) -> str:
    """ "A and B; C and D"."""
    return "; ".join(f"{literal(one)} and {literal(other)}" for one, other in pairs)


def thinned(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """About `most` rows: the first, and the last in each slot of time; a short table stays as it is."""
    if len(rows) <= most:
        return rows
    time = rows[time_column(rows)]
    slot = np.floor(time / time.max() * most)
    return rows[~slot.duplicated(keep="last") | (np.arange(len(rows)) == 0)]


@kept
def line_points(rows: pd.DataFrame, exact: Iterable[float] = ()) -> pd.DataFrame:
    """The rows that a line needs to be drawn less than half a pixel beside its curve, and at the times `exact` on it.

    Those are the rows where the value passes a multiple of HALF, the first of each slot of time (for the band) and
    the last. A short table stays as it is.
    """
    if len(rows) <= MOST_POINTS:
        return rows
    time, value = rows[time_column(rows)].to_numpy(float), rows[value_column(rows)].to_numpy(float)
    passed = (np.diff(np.floor(value / HALF)) != 0) | (np.diff(np.floor(time / time[-1] * SLOTS)) != 0)
    kept = np.concatenate([[True], passed[:-1], [True]])
    kept[np.maximum(np.searchsorted(time, np.array([*exact]) + 1e-9, side="right") - 1, 0)] = True
    return rows[kept]


@kept
def tabled(drawn: pd.DataFrame, groups: int) -> pd.DataFrame:
    """The drawn rows; of a large cohort only so many that a page can hold them."""
    if len(drawn) <= MOST_ROWS:
        return drawn
    return pd.concat([thinned(rows, MOST_ROWS // groups) for rows in by_group(drawn).values()], ignore_index=True)
