"""How the patients divide: the proportion with an outcome, or every level of one, by group and overall."""

import math
from collections.abc import Iterable

import pandas as pd
from scipy import stats

from helpers.stats.estimates import Estimates, estimates, if_recorded, not_estimable, scope, stack

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
    rows = [_proportion(data["event"][members]) | {"group": name} for name, members in _members(data, by, overall)]
    return estimates(scope(data) | {"measure": "proportion", "method": CLOPPER_PEARSON} | row for row in rows)


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
    reached = {str(level): (levels == level).astype(float).where(levels.notna()) for level in levels.cat.categories}
    tables = {level: proportions(data.assign(event=event), by, overall=True) for level, event in reached.items()}
    return stack(*(rows.assign(term=level, variable=column, level=level) for level, rows in tables.items()))


def _members(data: pd.DataFrame, by: str | None, overall: bool) -> list[tuple[str, pd.Series]]:
    """The name of each group, and which patients it has."""
    everybody = (ALL, pd.Series(True, data.index))
    if by is None:
        return [everybody]
    groups = data[by].astype("category")
    members = [(str(name), groups == name) for name in groups.cat.categories]
    if not overall:
        return members
    return [*members, everybody] if several(groups) else [everybody]


def exact_interval(events: int, n: int) -> tuple[float, float]:
    """Return the 95% limits of Clopper and Pearson; NaN where n is 0."""
    if n == 0:
        return math.nan, math.nan
    limits = stats.binomtest(events, n).proportion_ci(method="exact")
    return float(limits.low), float(limits.high)


def _proportion(event: pd.Series) -> dict:
    """Proportion, interval, counts and note of one group."""
    known = event.dropna().astype(bool)
    n, events, left_out = len(known), int(known.sum()), int(event.isna().sum())
    if n == 0:
        return not_estimable("no patients with a value", n=0, events=0)
    low, high = exact_interval(events, n)
    note = f"{left_out} without a value left out" if left_out else ""
    return {"estimate": events / n, "ci_low": low, "ci_high": high, "n": n, "events": events, "note": note}
