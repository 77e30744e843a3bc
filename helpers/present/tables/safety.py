"""Tables of harm: adverse events by class and term, and deaths by period."""

import pandas as pd

from helpers.present import format as fmt
from helpers.present.show import Table, Text, absent
from helpers.present.tables.listing import cells, p_only
from helpers.present.values import count_with_percent, marked
from helpers.stats.estimates import filter_rows
from helpers.stats.proportions import CONDITIONAL, FISHER
from helpers.stats.safety.adverse_events import ANY, CLASS, ITEM, SEVERE, TERM
from helpers.stats.safety.associations import COMPARISON

ONCE = "Each patient counts once in a row, at the worst grade; percentages are of all patients of the column."
EVERYBODY = "Percentages are of everybody treated, in the row of an arm of that arm."


def adverse_events(estimates: pd.DataFrame) -> Table | Text:
    """One row per class and, under it, per term: for everybody and for each group two columns.

    They are the patients with any grade, with their percentage, and those with grade 3 or more.
    """
    caption = "Adverse events by class and term"
    if estimates.empty:
        return absent(caption)
    shares = filter_rows(estimates, measure="proportion")
    keys = zip(*(shares[name] for name in (*ITEM, "group")), strict=True)
    people = dict(zip(keys, shares.to_dict("records"), strict=True))
    items = filter_rows(estimates, measure="count")
    places = {variable: place for place, variable in enumerate(dict.fromkeys(items["variable"]))}
    items = items.sort_values("variable", key=lambda names: names.map(places), kind="stable")  # a class, then its terms
    groups = _everybody_first(estimates["group"])
    rows, indent = [], []
    for (endpoint, variable, level), part in items.groupby(ITEM, sort=False):
        label, line = {ANY: part["term"].iloc[0], CLASS: variable, TERM: level}[endpoint], []
        for group in groups:
            some, severe = (people[name, variable, level, group] for name in (endpoint, endpoint + SEVERE))
            line += [_share(some), marked(severe, fmt.count(severe["events"]))]
        rows.append([label, *line])
        indent.append(1 if endpoint == TERM else 0)
    sizes = estimates.groupby("group", sort=False)["n"].first().astype(int)
    columns = [("Adverse event", "left")]
    for group in groups:
        columns += [(f"{group} (n = {sizes[group]}), any grade", "right"), ("of these grade 3 or more", "right")]
    return Table("adverse-events", caption, columns, rows, [ONCE], indent)


def deaths(estimates: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """One row for all deaths, for each state or cause, and for each arm; one column per period."""
    if estimates.empty:
        return absent(caption)
    shares = filter_rows(estimates, measure="proportion")
    periods = list(dict.fromkeys(shares["level"]))
    shares = shares.assign(group=shares["level"], who=shares["group"])
    everybody, arms = filter_rows(shares, who="All"), shares[shares["who"] != "All"]
    parts = [part for _, part in everybody.groupby(["variable", "term"], sort=False)]
    parts += [part.assign(term=part["who"]) for _, part in arms.groupby("who", sort=False)]
    rows = [[_with_size(part), *cells(part, periods, _share)] for part in parts]
    titles = [("Deaths", "left"), *((period.capitalize(), "right") for period in periods)]
    unseen = filter_rows(estimates, measure="missing")
    notes = [
        f"{marked(row, fmt.plural(int(row['estimate']), 'patient'))} last seen alive before the end of {row['level']}."
        for _, row in unseen[unseen["estimate"] > 0].iterrows()
    ]
    return Table(id, caption, titles, rows, [EVERYBODY, *notes], [0] + [1] * (len(rows) - 1))


def associations(estimates: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """One row per association with its P and test, and under it one per level with the patients who had the outcome."""
    if estimates.empty:
        return absent(caption)
    rows, indent = [], []
    for term, part in estimates.groupby("term", sort=False):
        test, levels = filter_rows(part, group=COMPARISON).iloc[0], part[part["group"] != COMPARISON]
        method = FISHER if test["method"] == CONDITIONAL else test["method"]  # whose P is Fisher's
        rows.append([term, "", p_only(test), method])
        rows += [[level["group"], count_with_percent(level), "", ""] for _, level in levels.iterrows()]
        indent += [0, *(1 for _ in range(len(levels)))]
    titles = [("Outcome by factor", "left"), ("With the outcome", "right"), ("P", "right"), ("Test", "left")]
    return Table(id, caption, titles, rows, [], indent)


def _with_size(part: pd.DataFrame) -> str:
    """The name of a row; of an arm, and of everybody, with its patients."""
    row = part.iloc[0]
    return str(row["term"]) if row["variable"] else f"{row['term']} (n = {row['n']:.0f})"


def _everybody_first(groups: pd.Series) -> list[str]:
    """The groups in order of appearance, "All" before them."""
    return ["All", *(group for group in dict.fromkeys(groups) if group != "All")]


def _share(row: pd.Series) -> str:
    """ "12 (34%)"."""
    return marked(row, f"{fmt.count(row['events'])} ({fmt.percent(row['estimate'], 0)})") if row["n"] else "no patients"
