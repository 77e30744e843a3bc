"""Adverse events by system organ class and term: patients at their worst grade, and events, in every group.

In the estimates an event's class is the `variable` and its term the `level`; rows about a whole class have no level,
rows about any event neither.
"""

from collections.abc import Mapping

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
    records = _with_groups(patients, events[~before_time_zero(events)], by)
    owner, term = records["system_organ_class"], records["term"].astype(str)
    anything = records.assign(endpoint=ANY, variable="", level="", term=ANY_EVENT)
    of_class = records.assign(endpoint=CLASS, variable=owner, level="", term=owner)
    of_term = records.assign(endpoint=TERM, variable=owner, level=term, term=owner + ": " + term)
    filed = pd.concat([anything, of_class, of_term])  # every event three times
    counts = _counts(filed, _items(filed), _sizes(patients, by))
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
    kinds = {"any": counted, "3 or more": counted[counted["grade"] >= SEVERE_GRADE]}
    if "onset_day" in counted:
        kinds["by day 30"] = counted[counted["onset_day"] <= 30]
        kinds["after day 30"] = counted[counted["onset_day"] > 30]
    filed = pd.concat([rows.assign(endpoint=INFECTION, variable="", level=kind) for kind, rows in kinds.items()])
    terms = [INFECTIONS[kind] for kind in kinds]
    items = pd.DataFrame({"endpoint": INFECTION, "variable": "", "level": list(kinds), "term": terms})
    rows = _proportions(_counts(filed, items, _sizes(patients, "arm")))
    return _table(rows.assign(endpoint_label=rows["term"]))


def _with_groups(patients: pd.DataFrame, events: pd.DataFrame, by: str) -> pd.DataFrame:
    """The events of patients in a group, with that group; a missing class has a name."""
    groups = patients.drop_duplicates("patient_id").set_index("patient_id")[by].astype(object)
    records = events.assign(group=events["patient_id"].map(groups))
    if "system_organ_class" not in records:
        records["system_organ_class"] = NO_CLASS
    records["system_organ_class"] = records["system_organ_class"].astype(object).fillna(NO_CLASS).astype(str)
    return records[records["group"].notna()]


def _sizes(patients: pd.DataFrame, by: str) -> dict[str, int]:
    """Patients in each group, and in all of them."""
    levels = patients[by].cat.categories if several(patients[by]) else []
    sizes = {str(level): int((patients[by] == level).sum()) for level in levels}
    return sizes | {"All": int(patients[by].notna().sum())}


def _items(filed: pd.DataFrame) -> pd.DataFrame:
    """Any event, the classes and the terms, each by patients, events and name; terms in the order of their classes."""
    items = filed.groupby([*ITEM, "term"]).agg(people=("patient_id", "nunique"), records=("patient_id", "size"))
    if items.empty:
        return pd.DataFrame([{"endpoint": ANY, "variable": "", "level": "", "term": ANY_EVENT}])
    items = items.reset_index()
    classes = items[items["endpoint"] == CLASS].set_index("variable")
    items = items.join(classes[["people", "records"]].add_prefix("class_"), on="variable")
    # in the alphabet too the endpoint of any event comes first, then that of classes, then that of terms
    upwards = [True, False, False, True, False, False, True]
    ordered = items.sort_values(
        ["endpoint", "class_people", "class_records", "variable", "people", "records", "level"], ascending=upwards
    )
    return ordered[[*ITEM, "term"]]


def _counts(filed: pd.DataFrame, items: pd.DataFrame, sizes: Mapping[str, int]) -> pd.DataFrame:
    """Per item and group: people, those with grade 3 or more (severe), events (records), n, and the item's place."""
    filed = filed.assign(severe=filed["patient_id"].where(filed["grade"] >= SEVERE_GRADE))
    cells = pd.concat([filed, filed.assign(group="All")]).groupby([*ITEM, "group"])
    counts = cells.agg(people=("patient_id", "nunique"), severe=("severe", "nunique"), records=("patient_id", "size"))
    groups = pd.DataFrame({"group": list(sizes), "n": list(sizes.values())})
    table = items.assign(item=range(len(items))).merge(groups, how="cross")
    return table.join(counts, on=[*ITEM, "group"]).fillna({"people": 0, "severe": 0, "records": 0})


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
