"""Adverse events by system organ class and term: patients at their worst grade, and events, in every group.

In the estimates an event's class is the `variable` and its term the `level`; rows about a whole class have no level,
rows about any event neither.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import beta

from helpers.stats.estimates import COLUMNS, estimates
from helpers.stats.proportions.by_group import several

ANY, CLASS, TERM, INFECTION = "adverse_event", "adverse_event_class", "adverse_event_term", "infection"
SEVERE = "_3_or_more"  # ends the endpoint of the rows about grade 3 or more
SEVERE_GRADE = 3
NO_CLASS, ANY_EVENT = "Class not recorded", "Any adverse event"
EXACT, EVENTS = "Clopper-Pearson", "Count of events"
ITEM = ["endpoint", "variable", "level"]
PLACE = {ANY: 0, CLASS: 1, TERM: 2}
INFECTIONS = {
    "any": "Any infection",
    "3 or more": "Infection of grade 3 or more",
    "by day 30": "Began by day 30",
    "after day 30": "Began later",
}


def emergent(events: pd.DataFrame | None) -> pd.DataFrame:
    """Return the events that began on day 0 or later, and those whose first day is not known; empty without a file.

    What began before time zero is no effect of the treatment. `attrs["before"]` counts the events left out.
    """
    if events is None:
        return pd.DataFrame(columns=["patient_id", "term", "grade"])
    before = events["onset_day"] < 0 if "onset_day" in events else pd.Series(False, events.index)
    counted = events[~before].copy()
    counted.attrs["before"] = int(before.sum())
    return counted


def adverse_events_by_term(patients: pd.DataFrame, events: pd.DataFrame | None, by: str = "arm") -> pd.DataFrame:
    """Return patients and events of every class and term, most frequent first, by group of `by` and in "All".

    Endpoints adverse_event (anything), adverse_event_class and adverse_event_term: the proportion of patients, each
    once at the worst grade, with an exact interval. The same with "_3_or_more": worst grade 3 or more. Measure
    "count": the number of events. All patients of a group are its denominator, with events or without. Classes and
    terms are sorted by patients in all, then events, then name. Events that began before day 0 do not count. Empty
    when the cohort has no file of events, or `by` no groups.
    """
    if events is None or patients[by].cat.categories.empty:
        return estimates([])
    filed = _filed(_with_groups(patients, emergent(events), by))
    counts = _counts(filed, _items(filed), _sizes(patients, by))
    severe = counts.assign(people=counts["severe"], endpoint=counts["endpoint"] + SEVERE)
    total = counts.assign(estimate=counts["records"], measure="count", method=EVENTS)
    rows = pd.concat([_proportions(counts), _proportions(severe), total])
    return _table(rows.sort_values("item", kind="stable"))


def infections(patients: pd.DataFrame, events: pd.DataFrame | None, by: str = "arm") -> pd.DataFrame:
    """Return patients with an infection (a class whose name says so): any, of grade 3 or more, by day 30, later.

    Rows and groups as in `adverse_events_by_term`, endpoint infection, the kind in `level` and, in words, in `term`.
    Days need onset_day. Empty when the events have no classes.
    """
    counted = emergent(events)
    if events is None or "system_organ_class" not in counted:
        return estimates([])
    infection = counted["system_organ_class"].astype(str).str.lower().map(lambda name: "infection" in name)
    counted = _with_groups(patients, counted[infection.astype(bool)], by)
    kinds = {"any": counted, "3 or more": counted[counted["grade"] >= SEVERE_GRADE]}
    if "onset_day" in counted:
        kinds["by day 30"] = counted[counted["onset_day"] <= 30]
        kinds["after day 30"] = counted[counted["onset_day"] > 30]
    filed = pd.concat([rows.assign(endpoint=INFECTION, variable="", level=kind) for kind, rows in kinds.items()])
    items = pd.DataFrame({"endpoint": INFECTION, "variable": "", "level": list(kinds)})
    items["term"] = items["level"].map(INFECTIONS)
    return _table(_proportions(_counts(filed, items, _sizes(patients, by))))


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


def _filed(records: pd.DataFrame) -> pd.DataFrame:
    """Every event three times: as any event, as one of its class, and as one of its term."""
    owner, term = records["system_organ_class"], records["term"].astype(str)
    return pd.concat(
        [
            records.assign(endpoint=ANY, variable="", level="", term=ANY_EVENT),
            records.assign(endpoint=CLASS, variable=owner, level="", term=owner),
            records.assign(endpoint=TERM, variable=owner, level=term, term=owner + ": " + term),
        ]
    )


def _items(filed: pd.DataFrame) -> pd.DataFrame:
    """Any event, the classes and the terms, each by patients, events and name; terms in the order of their classes."""
    found = filed.groupby([*ITEM, "term"]).agg(people=("patient_id", "nunique"), records=("patient_id", "size"))
    found = found.reset_index()
    if found.empty:
        found = pd.DataFrame(
            {"endpoint": [ANY], "variable": "", "level": "", "term": ANY_EVENT, "people": 0, "records": 0}
        )
    classes = found[found["endpoint"] == CLASS].set_index("variable")
    found = found.join(classes[["people", "records"]].add_prefix("class_"), on="variable")
    found["place"] = found["endpoint"].map(PLACE)
    order = ["place", "class_people", "class_records", "variable", "people", "records", "level"]
    return found.sort_values(order, ascending=[True, False, False, True, False, False, True])[[*ITEM, "term"]]


def _counts(filed: pd.DataFrame, items: pd.DataFrame, sizes: Mapping[str, int]) -> pd.DataFrame:
    """Per item and group: people, those with grade 3 or more (severe), events (records), n, and the item's place."""
    events = pd.concat([filed, filed.assign(group="All")])
    events["severe"] = events["patient_id"].where(events["grade"] >= SEVERE_GRADE)
    found = events.groupby([*ITEM, "group"]).agg(
        people=("patient_id", "nunique"), severe=("severe", "nunique"), records=("patient_id", "size")
    )
    items = items.assign(item=range(len(items)))
    cells = items.merge(pd.DataFrame({"group": list(sizes), "n": list(sizes.values())}), how="cross")
    return cells.join(found, on=[*ITEM, "group"]).fillna({"people": 0, "severe": 0, "records": 0})


def _proportions(counts: pd.DataFrame) -> pd.DataFrame:
    """The people as proportions of n, with exact intervals."""
    events, n = counts["people"], counts["n"]
    low, high = clopper_pearson(events.to_numpy(), n.to_numpy())
    note = np.where(n > 0, "", "not estimable: no patients")
    rows = counts.assign(estimate=events / n.where(n > 0), ci_low=low, ci_high=high, events=events, note=note)
    return rows.assign(measure="proportion", method=EXACT)


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows as estimates."""
    rows = rows.assign(population="all patients", variable_label=rows["variable"])
    return estimates(rows[[name for name in COLUMNS if name in rows]].to_dict("records"))


def clopper_pearson(events: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the exact 95% limits of many proportions at once; NaN where n is 0."""
    events, n = events.astype(float), n.astype(float)
    low, high = beta.ppf(0.025, events, n - events + 1), beta.ppf(0.975, events + 1, n - events)
    low, high = np.where(events == 0, 0.0, low), np.where(events == n, 1.0, high)
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)
