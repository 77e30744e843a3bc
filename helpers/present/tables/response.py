"""Tables of the response: by target, by what only some cohorts record, and odds ratios read both ways."""

import pandas as pd

from helpers.present.show import Table, Text, absent
from helpers.present.tables.cohort import baseline
from helpers.present.tables.listing import count_with_percent, crosstab, p_only
from helpers.present.values import value_with_interval
from helpers.stats.estimates import filter_rows
from helpers.stats.proportions.targets import FIRST

LIMITS = {"estimate": "estimate", "ci_low": "ci_high", "ci_high": "ci_low"}  # of a ratio, and of its inverse


def targets(estimates: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """One row per first target, one column per second target: patients with the outcome (`proportions.by_targets`)."""
    pairs = filter_rows(estimates, variable=FIRST)
    return crosstab(pairs, id=id, caption=caption, corner="First target", text=count_with_percent)


def optional(description: pd.DataFrame, *, id: str, caption: str) -> Table | Text | None:
    """The description of columns that few cohorts record; nothing, not even a line, where this one does not."""
    known = description.loc[description["measure"] != "missing", "n"].any()
    return baseline(description, id=id, caption=caption) if known else None


def both_ways(rows: pd.DataFrame, *, id: str, caption: str, outcome: tuple[str, str]) -> Table | Text:
    """One row per odds ratio, by its method: of the outcome and, turned over, of its absence; and its P.

    `outcome` names both: ("Remission", "No remission").
    """
    if rows.empty:
        return absent(caption)
    cells = [[row["group"], *map(value_with_interval, (row, _inverse(row))), p_only(row)] for _, row in rows.iterrows()]
    titles = [(f"{name}: odds ratio (95% CI)", "right") for name in outcome]
    notes = [f"{row['group']}: {row['note']}." for _, row in rows.iterrows() if row["note"]]
    return Table(id, caption, [("Analysis", "left"), *titles, ("P", "right")], cells, notes)


def _inverse(row: pd.Series) -> pd.Series:
    """The same ratio the other way round: 7.79 (1.03 to 59.1) becomes 0.13 (0.02 to 0.97)."""
    turned = row.copy()
    for name, other in LIMITS.items():
        turned[name] = 1 / row[other]
    return turned
