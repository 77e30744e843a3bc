"""Tables of toxicity: adverse events by class and term, and associations."""

import pandas as pd

from helpers.present import format as fmt
from helpers.present.show import Table, Text, absent
from helpers.present.tables.listing import count_with_interval, p_only
from helpers.present.values import value_with_interval
from helpers.stats.estimates import filter_rows
from helpers.stats.safety.adverse_events import ANY, CLASS, ITEM, SEVERE, TERM
from helpers.stats.safety.associations import COMPARISON

NOTES = [
    "Each patient counts once in a row, at the worst grade; every event counts. All patients are the denominator.",
    "In a group's column: patients (percent) / patients with grade 3 or more / events.",
]


def adverse_events(estimates: pd.DataFrame, *, before: int) -> Table | Text:
    """One row per class and, under it, per term: patients with any grade, with grade 3 or more, and events.

    For everybody in three columns, for each group in one. `before` is the number of events that began before day 0.
    """
    caption = "Adverse events by class and term"
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
    began = f"{fmt.plural(before, 'event')} began before day 0 and {'is' if before == 1 else 'are'} not counted."
    return Table("adverse-events", caption, columns, rows, [*NOTES, began] if before else NOTES, indent)


def _share(events: float, n: float) -> str:
    """ "12 (34%)"."""
    return f"{fmt.count(events)} ({fmt.percent(events / n, 0)})" if n else "no patients"


def associations(estimates: pd.DataFrame) -> Table | Text:
    """Under each pair the proportion at each level, and in its heading the comparison with its P and method."""
    caption = "CRS, disease burden, arm and remission"
    if estimates.empty:
        return absent(caption)
    rows, indent = [], []
    for term, part in estimates.groupby("term", sort=False):
        levels, compared = part[part["group"] != COMPARISON], part[part["group"] == COMPARISON]
        test = compared.iloc[0]
        ratio = value_with_interval(test) if test["measure"] == "odds_ratio" else ""
        method = "; ".join(text for text in (test["method"], test["note"]) if text)
        rows.append([str(term), "", ratio, p_only(test), method])
        rows += [[str(row["group"]), count_with_interval(row), "", "", ""] for _, row in levels.iterrows()]
        indent += [0] + [1] * len(levels)
    titles = [("Outcome by factor", "left"), ("Patients (95% CI)", "right"), ("Odds ratio (95% CI)", "right")]
    return Table("associations", caption, [*titles, ("P", "right"), ("Method", "left")], rows, [], indent)
