"""How many patients a comparison of two proportions hangs on."""

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from helpers.stats.estimates import estimates, if_recorded, not_estimable
from helpers.stats.proportions.tables2x2 import NotEstimable, TwoByTwo, p_value, two_by_two
from helpers.stats.ties import below

ALPHA = 0.05


@if_recorded
def fragility_index(
    outcome: pd.Series,
    by: pd.Series,
    *,
    endpoint: str,
    population: str,
    group: str,
    test: str = "Fisher exact, two-sided",
) -> pd.DataFrame:
    """Return the smallest number of patients whose outcome must be the other one for P to cross 0.05 (one row).

    The changes are made in one group and one direction; all four are tried and the note names the one used. A
    significant comparison is made non-significant (Walsh 2014 adds events to the group with fewer), a non-significant
    one significant (reverse index, Khan 2020); the note says which. `p` is the P of the observed table. Not estimable
    when no such change suffices. `test` is a name of tables2x2.TESTS.
    """
    table = two_by_two(outcome, by)
    fixed = {"endpoint": endpoint, "population": population, "group": group, "measure": "fragility_index"}
    fixed |= {"method": f"Fragility of: {test}", "n": table.n, "events": table.events}
    return estimates([{**fixed, **_fragility(table, test)}])


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
