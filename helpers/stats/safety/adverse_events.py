"""Adverse events by system organ class and term: patients at their worst grade, and events, in every group.

In the estimates an event's class is the `variable` and its term the `level`; rows about a whole class have no level,
rows about any event neither.
"""

import numpy as np
import pandas as pd

from helpers.stats.estimates import COLUMNS, estimates
from helpers.stats.proportions.by_group import CLOPPER_PEARSON, exact_interval, several

ANY, CLASS, TERM, INFECTION = "adverse_event", "adverse_event_class", "adverse_event_term", "infection"
SEVERE = "_3_or_more"  # ends the endpoint of the rows about grade 3 or more
SEVERE_GRADE = 3
NO_CLASS, ANY_EVENT = "Class not recorded", "Any adverse event"
EVENTS, ONSET = "Count of events", "adverse_event_onset"
ITEM = ["endpoint", "variable", "level"]
INFECTIONS = {
    "any": "Any infection",
    "3 or more": "Infection of grade 3 or more",
    "by day 30": "Infection that began by day 30",
    "after day 30": "Infection that began after day 30",
}


def before_time_zero(events: pd.DataFrame) -> pd.Series:
    """Return which events began before day 0: they are no effect of the treatment. An unknown day is not before."""
    return events["onset_day"] < 0 if "onset_day" in events else pd.Series(False, events.index)


def onset_counts(events: pd.DataFrame | None) -> pd.DataFrame:
    """Return how many events began before day 0, which are not counted elsewhere, and how many on day 0, which are.

    Endpoint adverse_event_onset, measure "count"; the `level` is "before day 0" or "on day 0". Empty without days.
    """
    if events is None or "onset_day" not in events:
        return estimates([])
    counts = {"before day 0": before_time_zero(events), "on day 0": np.floor(events["onset_day"]) == 0}
    fixed = {"endpoint": ONSET, "population": "all patients", "group": "All", "measure": "count", "method": EVENTS}
    return estimates(
        fixed | {"level": when, "term": f"Events that began {when}", "estimate": int(began.sum())}
        for when, began in counts.items()
    )


def adverse_events_by_term(patients: pd.DataFrame, events: pd.DataFrame | None, by: str = "arm") -> pd.DataFrame:
    """Return patients and events of every class and term, most frequent first, by group of `by` and in "All".

    Endpoints adverse_event (anything), adverse_event_class and adverse_event_term: the proportion of all patients of
    the group, with an exact interval; with "_3_or_more", those whose worst grade is 3 or more. Measure "count": the
    events. Classes and terms are sorted by patients in all, then events, then name. Events that began before day 0 do
    not count. Empty when the cohort has no file of events, or `by` no groups.
    """
    if events is None or patients[by].cat.categories.empty:
        return estimates([])
    counts = _in_order(_counts(*_filed(_with_groups(patients, events[~before_time_zero(events)], by)), patients[by]))
    severe = counts.assign(people=counts["severe"], endpoint=counts["endpoint"] + SEVERE)
    total = counts.assign(estimate=counts["records"], measure="count", method=EVENTS)
    rows = pd.concat([_proportions(counts), _proportions(severe), total])
    return _table(rows.sort_values("item", kind="stable"))


def infections(patients: pd.DataFrame, events: pd.DataFrame | None) -> pd.DataFrame:
    """Return patients with an infection (a class whose name says so): any, of grade 3 or more, by day 30, later.

    Rows as in `adverse_events_by_term`, by arm and in "All"; endpoint infection, the kind in `level` and, in words, in
    `term` and endpoint_label. Days need onset_day. Empty when the events have no classes.
    """
    if events is None or "system_organ_class" not in events:
        return estimates([])
    infection = events["system_organ_class"].astype(str).str.contains("infection", case=False)
    counted = _with_groups(patients, events[infection & ~before_time_zero(events)], "arm")
    kinds = {"any": counted, "3 or more": counted[counted["severe"]]}
    if "onset_day" in counted:
        kinds["by day 30"] = counted[counted["onset_day"] <= 30]
        kinds["after day 30"] = counted[counted["onset_day"] > 30]
    filed = pd.concat([rows.assign(item=item) for item, rows in enumerate(kinds.values())])
    terms = [INFECTIONS[kind] for kind in kinds]
    items = pd.DataFrame({"endpoint": INFECTION, "variable": "", "level": list(kinds), "term": terms})
    rows = _proportions(_counts(items, filed, patients["arm"]))
    return _table(rows.assign(endpoint_label=rows["term"]))


def _with_groups(patients: pd.DataFrame, events: pd.DataFrame, by: str) -> pd.DataFrame:
    """The events of patients in a group: the patient (who) and the group as numbers, whether severe; classes named."""
    known = patients.drop_duplicates("patient_id")
    who = pd.Index(known["patient_id"]).get_indexer(events["patient_id"])
    group = np.append(known[by].cat.codes.to_numpy(), -1)[who]
    records = events.assign(who=who, group=group, severe=events["grade"] >= SEVERE_GRADE)
    if "system_organ_class" not in records:
        records["system_organ_class"] = NO_CLASS
    records["system_organ_class"] = records["system_organ_class"].astype(object).fillna(NO_CLASS)
    return records[group >= 0]


def _filed(records: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The items (any event, the classes, the terms) by number, and every event filed under its three."""
    names = ["system_organ_class", "term"]
    kind, distinct = (
        records.groupby(names, sort=False).ngroup().to_numpy(),
        records[names].drop_duplicates().astype(str),
    )
    owner, term = distinct["system_organ_class"], distinct["term"]
    anything = distinct.assign(endpoint=ANY, variable="", level="", term=ANY_EVENT)
    of_class = distinct.assign(endpoint=CLASS, variable=owner, level="", term=owner)
    of_term = distinct.assign(endpoint=TERM, variable=owner, level=term, term=owner + ": " + term)
    items = pd.concat([anything, of_class, of_term], ignore_index=True)[[*ITEM, "term"]]
    if items.empty:
        return pd.DataFrame([{"endpoint": ANY, "variable": "", "level": "", "term": ANY_EVENT}]), records.assign(item=0)
    number = items.groupby([*ITEM, "term"], sort=False).ngroup().to_numpy()
    filed = [records[["who", "group", "severe"]].assign(item=of_kind[kind]) for of_kind in number.reshape(3, -1)]
    return items.drop_duplicates(ignore_index=True), pd.concat(filed, ignore_index=True)


def _counts(items: pd.DataFrame, filed: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    """Per item and group: people, those with grade 3 or more (severe), events (records), and patients n."""
    names = [str(level) for level in groups.cat.categories]
    sizes = {
        **groups.cat.codes[groups.notna()].value_counts().reindex(range(len(names)), fill_value=0),
        -1: groups.count(),
    }
    shown = [*range(len(names) if several(groups) else 0), -1]
    columns = {"group": shown, "n": [sizes[number] for number in shown]}
    table = items.assign(item=range(len(items))).merge(pd.DataFrame(columns), how="cross")
    people, severe = (part.drop_duplicates(["item", "who"]) for part in (filed, filed[filed["severe"]]))
    tallies = {"people": people, "severe": severe, "records": filed}
    counts = pd.DataFrame({name: _tally(rows) for name, rows in tallies.items()})
    table = table.join(counts, on=["item", "group"]).fillna({"people": 0, "severe": 0, "records": 0})
    return table.assign(group=table["group"].map({**dict(enumerate(names)), -1: "All"}))


def _tally(rows: pd.DataFrame) -> pd.Series:
    """The rows of each item and group, and of each item in all (group -1)."""
    everybody = rows["item"].value_counts()
    everybody.index = pd.MultiIndex.from_product([everybody.index, [-1]], names=["item", "group"])
    return pd.concat([rows.groupby(["item", "group"]).size(), everybody])


def _in_order(counts: pd.DataFrame) -> pd.DataFrame:
    """Any event, the classes and the terms, each by patients, events and name; terms in the order of their classes."""
    items = counts[counts["group"] == "All"]
    classes = items[items["endpoint"] == CLASS].set_index("variable")
    items = items.join(classes[["people", "records"]].add_prefix("class_"), on="variable")
    # in the alphabet too the endpoint of any event comes first, then that of classes, then that of terms
    upwards = [True, False, False, True, False, False, True]
    ordered = items.sort_values(
        ["endpoint", "class_people", "class_records", "variable", "people", "records", "level"], ascending=upwards
    )
    places = pd.Series(range(len(ordered)), ordered["item"])
    return counts.assign(item=counts["item"].map(places)).sort_values("item", kind="stable")


def _proportions(counts: pd.DataFrame) -> pd.DataFrame:
    """The people as proportions of n, with exact intervals."""
    events, n = counts["people"], counts["n"]
    low, high = exact_interval(events, n)
    rows = counts.assign(estimate=events / n.where(n > 0), ci_low=low, ci_high=high, events=events)
    note = np.where(n > 0, "", "not estimable: no patients")
    return rows.assign(note=note, measure="proportion", method=CLOPPER_PEARSON)


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows as estimates."""
    rows = rows.assign(population="all patients", variable_label=rows["variable"])
    return estimates(rows[[name for name in COLUMNS if name in rows]].to_dict("records"))
