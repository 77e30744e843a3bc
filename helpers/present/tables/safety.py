"""Tables of toxicity: adverse events by class and term, and associations."""

import pandas as pd

from helpers.present import format as fmt
from helpers.present.show import Table, Text
from helpers.present.tables.listing import absent, count_with_interval, p_only
from helpers.present.values import value_with_interval
from helpers.stats.estimates import filter_rows
from helpers.stats.safety.adverse_events import ANY, CLASS, ITEM, SEVERE, TERM
from helpers.stats.safety.associations import COMPARISON

NOTES = [
    "Each patient counts once in a row, at the worst grade; every event counts. All patients are the denominator.",
    "In a group's column: patients (percent) / patients with grade 3 or more / events.",
]


def adverse_events(
    estimates: pd.DataFrame,
    *,
    id: str = "adverse-events",
    caption: str = "Adverse events by class and term",
    before: int = 0,
) -> Table | Text:
    """One row per class and, under it, per term: patients with any grade, with grade 3 or more, and events.

    For everybody in three columns, for each group in one. `before` is the number of events that began before day 0.
    """
    if estimates.empty:
        return absent(caption)
    counts = _counts(estimates)
    sizes = estimates.groupby("group", sort=False)["n"].first()
    groups = [group for group in sizes.index if group != "All"]
    rows, indent = [], []
    for endpoint, variable, level in _items(estimates):
        row = counts.loc[(endpoint, variable, level)]
        some, severe, events = (fmt.count(row[name, "All"]) for name in ("some", "severe", "events"))
        size = row["n", "All"]
        cells = [_share(row["some", "All"], size), _share(row["severe", "All"], size), events]
        rows.append([level or variable or row["term", "All"], *cells, *(_in_group(row, group) for group in groups)])
        indent.append(1 if level else 0)
    titles = [f"Patients (n = {int(sizes['All'])})", "Grade 3 or more", "Events"]
    titles += [f"{group} (n = {int(sizes[group])})" for group in groups]
    columns = [("Adverse event", "left"), *((title, "right") for title in titles)]
    return Table(id, caption, columns, rows, _notes(before), indent)
