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
    people = filter_rows(estimates, measure="proportion").set_index([*ITEM, "group"])["events"].to_dict()
    items = filter_rows(estimates, measure="count")
    places = {variable: place for place, variable in enumerate(dict.fromkeys(items["variable"]))}
    items = items.sort_values("variable", key=lambda names: names.map(places), kind="stable")  # a class, then its terms
    rows, indent = [], []
    for (endpoint, variable, level), cells in items.groupby(ITEM, sort=False):
        label = {ANY: cells["term"].iloc[0], CLASS: variable, TERM: level}[endpoint]
        everybody, arms = [], []
        for cell in cells.itertuples():
            some, severe = (people[name, variable, level, cell.group] for name in (endpoint, endpoint + SEVERE))
            if cell.group == "All":
                everybody = [_share(some, cell.n), _share(severe, cell.n), fmt.count(cell.estimate)]
            else:
                arms.append(f"{_share(some, cell.n)} / {fmt.count(severe)} / {fmt.count(cell.estimate)}")
        rows.append([label, *everybody, *arms])
        indent.append(1 if endpoint == TERM else 0)
    sizes = estimates.groupby("group", sort=False)["n"].first().astype(int)
    titles = [f"Patients (n = {sizes.pop('All')})", "Grade 3 or more", "Events"]
    titles += [f"{group} (n = {size})" for group, size in sizes.items()]
    columns = [("Adverse event", "left"), *((title, "right") for title in titles)]
    return Table(id, caption, columns, rows, _notes(before), indent)


def _notes(before: int) -> list[str]:
    """How patients and events are counted."""
    if not before:
        return NOTES
    began = f"{fmt.plural(before, 'event')} began before day 0 and {'is' if before == 1 else 'are'} not counted."
    return [*NOTES, began]


def _share(events: float, n: float) -> str:
    """ "12 (34%)"."""
    return f"{fmt.count(events)} ({fmt.percent(events / n, 0)})" if n else "no patients"


def associations(
    estimates: pd.DataFrame, *, id: str = "associations", caption: str = "CRS, disease burden, arm and remission"
) -> Table | Text:
    """Under each pair the proportion at each level, and in its heading the comparison with its P and method."""
    if estimates.empty:
        return absent(caption)
    rows, indent = [], []
    for term, part in estimates.groupby("term", sort=False):
        levels, compared = part[part["group"] != COMPARISON], part[part["group"] == COMPARISON]
        rows.append([str(term), "", *_compared(compared.iloc[0])])
        rows += [[str(row["group"]), count_with_interval(row), "", "", ""] for _, row in levels.iterrows()]
        indent += [0] + [1] * len(levels)
    titles = [("Outcome by factor", "left"), ("Patients (95% CI)", "right"), ("Odds ratio (95% CI)", "right")]
    return Table(id, caption, [*titles, ("P", "right"), ("Method", "left")], rows, [], indent)


def _compared(row: pd.Series) -> list[str]:
    """Odds ratio, P and method of a comparison; the reason when there is none."""
    ratio = value_with_interval(row) if row["measure"] == "odds_ratio" else ""
    return [ratio, p_only(row), "; ".join(text for text in (row["method"], row["note"]) if text)]
