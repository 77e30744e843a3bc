"""How the patients divide: the proportion with an outcome, or every level of one, by group and overall."""

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from helpers.stats.estimates import Estimates, estimates, if_recorded, not_estimable, scope, stack
from helpers.stats.levels import ALPHA

ALL = "All"
CLOPPER_PEARSON = "Clopper-Pearson"


def several(by: pd.Series) -> bool:
    """Whether there is more than one group; with one, its rows and those of "All" would be the same."""
    return len(by.cat.categories) > 1


@if_recorded
def proportions(data: pd.DataFrame, by: str | None = None, *, overall: bool = False) -> Estimates:
    """Return the proportion with the outcome in each group, with the exact 95% interval (Clopper and Pearson 1934).

    data: one row per patient with `event` (1, 0 or missing), as `cohort.outcome` gives it. One row per category of
    the column `by`, empty ones included; n is the denominator, events the numerator. `overall` adds everybody
    ("All") after the groups, or in their place when there is only one; so does leaving `by` out. Patients without a
    value are left out and counted in the note: an outcome that counts them as failures must be 0 for them.
    """
    event = data["event"].astype(float).to_numpy()
    return estimates(scope(data) | row for row in _proportions(data, by, overall, ~np.isnan(event), [event > 0]))


def outcome_proportions(outcomes: Iterable[pd.DataFrame], by: str = "arm") -> Estimates:
    """Return the proportion with each of several outcomes in each group of `by`, then in "All".

    The term is the outcome's label (`about.label`). Outcomes that the cohort does not record have no rows.
    """
    tables = (proportions(data, by, overall=True) for data in outcomes)
    return stack(*(rows.assign(term=rows["endpoint_label"]) for rows in tables))


@if_recorded
def distribution(data: pd.DataFrame, column: str, by: str = "arm") -> Estimates:
    """Return the proportion at each level of a categorical column, in its order, by group of `by` and in "All".

    term and level are the category, variable is the column. The proportions of a group add up to 1: patients without
    a level are left out, and counted in the note. Empty when nobody has a level.
    """
    levels = data[column]
    if levels.isna().all():
        return estimates([])
    codes, names = levels.cat.codes.to_numpy(), [str(level) for level in levels.cat.categories]
    rows = _proportions(data, by, True, codes >= 0, [codes == place for place in range(len(names))])
    terms = np.repeat(names, len(rows) // len(names)).tolist()
    about = ({"term": term, "variable": column, "level": term} for term in terms)
    return estimates(scope(data) | row | what for row, what in zip(rows, about, strict=True))


def exact_interval(events: ArrayLike, n: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95% limits of Clopper and Pearson: quantiles of beta distributions; NaN where n is 0."""
    some, others = np.asarray(events, dtype=float), np.asarray(n, dtype=float) - events
    low, high = special.betaincinv(some, others + 1, ALPHA / 2), special.betaincinv(some + 1, others, 1 - ALPHA / 2)
    nobody = some + others == 0
    return np.where(nobody, np.nan, np.where(some == 0, 0.0, low)), np.where(
        nobody, np.nan, np.where(others == 0, 1.0, high)
    )


def _proportions(
    data: pd.DataFrame, by: str | None, overall: bool, known: np.ndarray, outcomes: Iterable[np.ndarray]
) -> list[dict]:
    """The records of several outcomes of the same patients, whose value is `known`: of each outcome all groups."""
    names, counted = _groups(data, by, overall)
    n, left_out, rows = counted(known), counted(~known), []
    for happened in outcomes:
        events = counted(happened)
        limits = zip(*exact_interval(events, n), strict=True)
        for group, *counts, (low, high) in zip(
            names, events.tolist(), n.tolist(), left_out.tolist(), limits, strict=True
        ):
            rows.append({"group": group, "ci_low": low, "ci_high": high, **_proportion(*counts)})
    return [{"measure": "proportion", "method": CLOPPER_PEARSON, **row} for row in rows]


def _groups(data: pd.DataFrame, by: str | None, overall: bool) -> tuple[list[str], Callable[[np.ndarray], np.ndarray]]:
    """The names of the groups, and how to count flagged patients in each."""
    if by is None:
        return [ALL], lambda flags: np.array([flags.sum()])
    groups = data[by].astype("category")
    codes, names = groups.cat.codes.to_numpy(), [*map(str, groups.cat.categories), ALL]
    shown = slice(None, -1) if not overall else slice(None) if several(groups) else slice(-1, None)

    def counted(flags: np.ndarray) -> np.ndarray:
        inside = np.bincount(codes[flags & (codes >= 0)], minlength=len(names) - 1)
        return np.append(inside, flags.sum())[shown]

    return names[shown], counted


def _proportion(events: int, n: int, left_out: int) -> dict:
    """Proportion, counts and note of one group."""
    if n == 0:
        return not_estimable("no patients with a value", n=0, events=0)
    note = f"{left_out} without a value left out" if left_out else ""
    return {"estimate": events / n, "n": n, "events": events, "note": note}
