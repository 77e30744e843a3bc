"""How many patients a comparison of two proportions hangs on."""

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from helpers.stats.estimates import Estimates, compared, estimates, if_recorded, not_estimable, scope
from helpers.stats.levels import ALPHA
from helpers.stats.proportions.tables2x2 import FISHER, NotEstimable, TwoByTwo, p_value, two_by_two
from helpers.stats.ties import below


@if_recorded
def fragility_index(data: pd.DataFrame, by: str, *, test: str = FISHER) -> Estimates:
    """Return the smallest number of patients whose outcome must be the other one for P to cross 0.05 (one row).

    The changes are made in one group and one direction; all four are tried and the note names the one used. A
    significant comparison is made non-significant (Walsh 2014 adds events to the group with fewer), a non-significant
    one significant (reverse index, Khan 2020); the note says which. `p` is the P of the observed table. Not estimable
    when no such change suffices. data: one row per patient with `event`; `by` lists the control group first; `test` is
    a name of TESTS.
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
    found = [first for move in _moves(table) if (first := _first_crossing(move, test, significant))]
    if not found:
        return not_estimable("no change within one group moves P across 0.05", p=observed)
    changes, words = min(found)
    aim = "P would no longer be below 0.05" if significant else "P would fall below 0.05 (reverse index)"
    return {"estimate": changes, "p": observed, "note": f"{aim} with {changes} {words}"}


def _moves(table: TwoByTwo) -> Iterator[list[tuple[TwoByTwo, str]]]:
    """Yield the four ways to change outcomes, each as the tables after 1, 2, ... changes."""
    for group, label in (("treated", table.treated), ("control", table.control)):
        for gains, word in ((1, "more"), (-1, "fewer")):
            yes, no = getattr(table, f"{group}_yes"), getattr(table, f"{group}_no")
            steps = range(1, (no if gains > 0 else yes) + 1)
            yield [
                (
                    replace(table, **{f"{group}_yes": yes + gains * k, f"{group}_no": no - gains * k}),
                    f"{word} with the outcome in {label}",
                )
                for k in steps
            ]


def _first_crossing(move: list[tuple[TwoByTwo, str]], test: str, significant: bool) -> tuple[int, str] | None:
    """Return how many changes along one move first put P on the other side of 0.05."""
    for changes, (table, words) in enumerate(move, start=1):
        try:
            crossed = bool(below(p_value(table, test), ALPHA)) != significant
        except NotEstimable:
            continue
        if crossed:
            return changes, words
    return None
