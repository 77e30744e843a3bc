"""How many patients a comparison of two proportions hangs on."""

from collections.abc import Iterator
from itertools import product

import numpy as np
import pandas as pd

from helpers.stats.estimates import Estimates, compared, estimates, if_recorded, not_estimable, scope
from helpers.stats.levels import ALPHA, CHI2_95
from helpers.stats.proportions.tables2x2 import FISHER, NotEstimable, TwoByTwo, p_value, two_by_two
from helpers.stats.ties import below

BLOCK = 32  # changes of which the last decides whether the others are looked at


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
    changes, change = _first_crossing(table, test, significant)
    if not changes:
        return not_estimable("no change within one group moves P across 0.05", p=observed)
    aim = "P would no longer be below 0.05" if significant else "P would fall below 0.05 (reverse index)"
    return {"estimate": changes, "p": observed, "note": f"{aim} with {changes} {change}"}


def _first_crossing(table: TwoByTwo, test: str, significant: bool) -> tuple[int, str]:
    """Return how many changes, and which, first put P on the other side of 0.05; none suffice: 0.

    The first BLOCK changes are tried one by one; of later blocks those at whose end P has crossed, or whose end the
    table does not allow, and those near the changes that suffice for Pearson's test, somewhat before which the search
    begins.
    """

    def crossed(changes: int) -> list[str]:
        return [word for word, cells in _changed(table, changes) if _significant(cells, test) is (not significant)]

    first = _for_pearson(table, significant)
    begin = max(first - first // 16 - BLOCK, 0) // BLOCK * BLOCK
    while begin and crossed(begin):
        begin = begin // 2 // BLOCK * BLOCK
    for start in range(begin, int(table.array.max()), BLOCK):
        end = start + BLOCK
        far = start and abs(start - first) > 2 * BLOCK
        if far and len([*_changed(table, end)]) == len([*_changed(table, start + 1)]) and not crossed(end):
            continue
        for changes in range(start + 1, end + 1):
            if words := crossed(changes):
                return changes, min(words)
    return 0, ""


def _for_pearson(table: TwoByTwo, significant: bool) -> int:
    """Return how many changes first move Pearson's P across 0.05; none suffice: 0."""
    changes, found = np.arange(1, table.array.max() + 1), []
    for row, gain in product((0, 1), (1, -1)):
        cells = np.tile(table.array.astype(float)[..., None], len(changes))
        cells[row] += np.outer((gain, -gain), changes)
        (a, b), (c, d) = cells
        beyond = (a * d - b * c) ** 2 * table.n > CHI2_95 * (a + b) * (c + d) * (a + c) * (b + d)
        found += [*changes[(cells.min(axis=(0, 1)) >= 0) & (beyond != significant)][:1]]
    return int(min(found, default=0))


def _changed(table: TwoByTwo, changes: int) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the four ways to change so many outcomes, as far as the table allows, with the cells that each leads to."""
    for row, label in enumerate((table.treated, table.control)):
        for gain, word in ((1, "more"), (-1, "fewer")):
            cells = table.array
            cells[row] += gain * changes, -gain * changes
            if cells.min() >= 0:
                yield f"{word} with the outcome in {label}", cells


def _significant(cells: np.ndarray, test: str) -> bool | None:
    """Tell whether P is below 0.05; nothing where the table has no P."""
    try:
        return bool(below(p_value(TwoByTwo(*cells.ravel().tolist()), test), ALPHA))
    except NotEstimable:
        return None
