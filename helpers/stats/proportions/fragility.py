"""How many patients a comparison of two proportions hangs on."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pandas as pd

from helpers.stats.estimates import Estimates, compared, estimates, if_recorded, not_estimable, scope
from helpers.stats.levels import ALPHA
from helpers.stats.proportions.tables2x2 import FISHER, NotEstimable, TwoByTwo, p_value, two_by_two
from helpers.stats.ties import below

ONE_BY_ONE = 100  # changes tried one after the other
BEFORE = 10  # changes before a crossing found by halving that are tried as well


@if_recorded
def fragility_index(data: pd.DataFrame, by: str, *, test: str = FISHER) -> Estimates:
    """Return the smallest number of patients whose outcome must be the other one for P to cross 0.05 (one row).

    data: one row per patient with `event`; `by` lists the control group first; `test` is a name of TESTS. The changes
    are made in one group and one direction; all four are tried and the note names the one used. A significant
    comparison is made non-significant (Walsh 2014 adds events to the group with fewer), another significant (reverse
    index, Khan 2020). `p` is the P of the observed table. Not estimable when no such change suffices.
    """
    table = two_by_two(data, by)
    fixed = {**scope(data), **compared(data, by), "measure": "fragility_index", "method": f"Fragility of: {test}"}
    return estimates([{**fixed, "n": table.n, "events": table.events, **_fragility(table, test)}])


def _fragility(table: TwoByTwo, test: str) -> dict:
    """Return index, observed P and note."""
    try:
        observed = p_value(table, test)
    except NotEstimable as reason:
        return not_estimable(str(reason))
    significant = bool(below(observed, ALPHA))
    changes, change = min(_crossings(table, test, significant), default=(0, ""))
    if not changes:
        return not_estimable("no change within one group moves P across 0.05", p=observed)
    aim = "P would no longer be below 0.05" if significant else "P would fall below 0.05 (reverse index)"
    return {"estimate": changes, "p": observed, "note": f"{aim} with {changes} {change}"}


def _crossings(table: TwoByTwo, test: str, significant: bool) -> Iterator[tuple[int, str]]:
    """Yield, for the four ways to change outcomes, how many changes first put P on the other side of 0.05."""
    for row, label in enumerate((table.treated, table.control)):
        for gain, word in ((1, "more"), (-1, "fewer")):
            crossed = partial(_crossed, table, test, row, gain, significant)
            changes = _first(crossed, _last(table, row, gain, significant))
            if changes:
                yield changes, f"{word} with the outcome in {label}"


def _crossed(table: TwoByTwo, test: str, row: int, gain: int, significant: bool, changes: int) -> bool:
    """Tell whether P lies on the other side after so many changes; not where the test has no P."""
    cells = table.array
    cells[row] += gain * changes, -gain * changes
    try:
        return bool(below(p_value(TwoByTwo(*cells.ravel().tolist()), test), ALPHA)) != significant
    except NotEstimable:
        return False


def _last(table: TwoByTwo, row: int, gain: int, significant: bool) -> int:
    """Return the most changes worth a look: all there are, of a significant table only until the groups are alike."""
    cells = table.array
    most = int(cells[row, 1 if gain > 0 else 0])
    if not significant or most <= ONE_BY_ONE:
        return most
    alike = cells[row].sum() * cells[1 - row, 0] / max(cells[1 - row].sum(), 1)  # with the outcome
    return int(np.clip(np.ceil(gain * (alike - cells[row, 0])), 0, most))


def _first(crossed: Callable[[int], bool], last: int) -> int:
    """Return the first number of changes that crosses, 0 without one.

    The first are tried one by one. Farther on a crossing lasts, but for the ups and downs of exact tests from one
    table to the next: it is found by halving, and a stretch before it searched.
    """
    for changes in range(1, min(last, ONE_BY_ONE) + 1):
        if crossed(changes):
            return changes
    last -= last > ONE_BY_ONE and not crossed(last)  # an empty cell may leave no P
    if last <= ONE_BY_ONE or not crossed(last):
        return 0
    low, high = ONE_BY_ONE, last
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if crossed(middle) else (middle, high)
    return next(changes for changes in range(max(high - BEFORE, ONE_BY_ONE), high + 1) if crossed(changes))
