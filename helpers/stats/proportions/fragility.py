"""How many patients a comparison of two proportions hangs on."""

from collections.abc import Iterator

import pandas as pd

from helpers.stats.estimates import Estimates, compared, estimates, if_recorded, not_estimable, scope
from helpers.stats.levels import ALPHA
from helpers.stats.proportions.tables2x2 import FISHER, NotEstimable, TwoByTwo, p_value, two_by_two
from helpers.stats.ties import below


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
            cells = table.array
            for changes in range(1, cells[row, 1 if gain > 0 else 0] + 1):
                cells[row] += gain, -gain
                try:
                    crossed = bool(below(p_value(TwoByTwo(*cells.ravel().tolist()), test), ALPHA)) != significant
                except NotEstimable:
                    continue
                if crossed:
                    yield changes, f"{word} with the outcome in {label}"
                    break
