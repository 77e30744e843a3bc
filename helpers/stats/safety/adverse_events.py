"""Adverse events by system organ class and term: patients at their worst grade, and events, in every group."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from scipy.stats import beta

from helpers.stats.estimates import estimates, stack
from helpers.stats.proportions.by_group import several

ANY, CLASS, TERM, INFECTION = "adverse_event", "adverse_event_class", "adverse_event_term", "infection"
SEVERE = "_3_or_more"
SEVERE_GRADE = 3
NO_CLASS = "Class not recorded"
ANY_EVENT = "Any adverse event"
EXACT, EVENTS = "Clopper-Pearson", "Count of events"


def emergent(events: pd.DataFrame | None) -> pd.DataFrame:
    """Return the events that began on day 0 or later, and those whose first day is not known; empty without a file.

    What began before time zero is no effect of the infusion. `attrs["before"]` counts the events left out.
    """
    if events is None:
        return pd.DataFrame(columns=["patient_id", "term", "grade"])
    before = events["onset_day"] < 0 if "onset_day" in events else pd.Series(False, events.index)
    kept = events[~before].copy()
    kept.attrs["before"] = int(before.sum())
    return kept


def by_term(patients: pd.DataFrame, events: pd.DataFrame | None, by: str = "arm") -> pd.DataFrame:
    """Return patients and events of every class and term, most frequent first, by group of `by` and in "All".

    Endpoints adverse_event (anything), adverse_event_class and adverse_event_term (whose term is "Class: Term"):
    the proportion of patients, each once at the worst grade, with an exact interval. The same with "_3_or_more":
    worst grade 3 or more. Measure "count": the number of events. All patients of a group are its denominator,
    with events or without. Classes and terms are sorted by patients in all, then events, then name. Events that
    began before day 0 do not count. Empty when the cohort has no file of events, or `by` no groups.
    """
    if events is None or patients[by].cat.categories.empty:
        return estimates([])
    records = _with_groups(patients, emergent(events), by)
    sizes = _sizes(patients, by)
    frames = [_counted(records, endpoint, keys, sizes) for endpoint, keys in _levels(records)]
    classes = dict(zip(records["name"], records["system_organ_class"], strict=True))
    return stack(estimates([]), *_sorted(frames, classes))


def infections(patients: pd.DataFrame, events: pd.DataFrame | None, by: str = "arm") -> pd.DataFrame:
    """Return patients with an infection (a class whose name says so): any, by day 30, later, and grade 3 or more.

    Rows and groups as in `by_term`, endpoint infection, the kind in `term`. Days need onset_day. Empty when the
    events have no classes.
    """
    found = emergent(events)
    if events is None or "system_organ_class" not in found:
        return estimates([])
    found = found[found["system_organ_class"].astype(str).str.contains("infection", case=False)]
    kinds = {"Any infection": found, "Infection of grade 3 or more": found[found["grade"] >= SEVERE_GRADE]}
    if "onset_day" in found:
        kinds |= {"Began by day 30": found[found["onset_day"] <= 30], "Began later": found[found["onset_day"] > 30]}
    sizes = _sizes(patients, by)
    frames = []
    for kind, rows in kinds.items():
        people = _with_groups(patients, rows, by).drop_duplicates("patient_id")
        frames.append(_shares(_per_group(people.assign(key=kind), [kind], sizes), sizes, INFECTION))
    return stack(*frames)


def _with_groups(patients: pd.DataFrame, events: pd.DataFrame, by: str) -> pd.DataFrame:
    """The events with the group of their patient and one name for class and term."""
    groups = patients.drop_duplicates("patient_id").set_index("patient_id")[by].astype(object)
    records = events.assign(group=events["patient_id"].map(groups))
    records = records[records["group"].notna()]
    classes = records.get("system_organ_class", pd.Series(NO_CLASS, records.index))
    records = records.assign(system_organ_class=classes.astype(object).fillna(NO_CLASS).astype(str))
    return records.assign(name=records["system_organ_class"] + ": " + records["term"].astype(str))


def _sizes(patients: pd.DataFrame, by: str) -> dict[str, int]:
    """Patients in each group, and in all of them."""
    levels = patients[by].cat.categories if several(patients[by]) else []
    sizes = {str(level): int((patients[by] == level).sum()) for level in levels}
    return sizes | {"All": int(patients[by].notna().sum())}


def _levels(records: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    """The three levels at which events are counted, with the name of each event at that level."""
    yield ANY, pd.Series(ANY_EVENT, records.index)
    if "system_organ_class" in records:
        yield CLASS, records["system_organ_class"]
    yield TERM, records["name"]


def _counted(records: pd.DataFrame, endpoint: str, keys: pd.Series, sizes: dict[str, int]) -> pd.DataFrame:
    """Patients with any grade, patients with grade 3 or more, and events, of every name at one level."""
    keyed = records.assign(key=keys)
    people = keyed.sort_values("grade", kind="stable").drop_duplicates(["key", "patient_id"], keep="last")
    names = [ANY_EVENT] if endpoint == ANY else sorted(keyed["key"].unique())
    counts = [_per_group(part, names, sizes) for part in (people, people[people["grade"] >= SEVERE_GRADE], keyed)]
    some, severe = (
        _shares(count, sizes, endpoint + suffix) for count, suffix in zip(counts, ("", SEVERE), strict=False)
    )
    return stack(some, severe, _events(counts[2], sizes, endpoint))


def _per_group(rows: pd.DataFrame, names: Sequence[str], sizes: dict[str, int]) -> pd.DataFrame:
    """How many rows each name has in each group and in all, names as rows."""
    counts = pd.crosstab(rows["key"].astype(object), rows["group"].astype(object))
    counts = counts.reindex(index=names, columns=list(sizes), fill_value=0)
    return counts.assign(All=rows["key"].value_counts().reindex(names, fill_value=0))


def _shares(counts: pd.DataFrame, sizes: dict[str, int], endpoint: str) -> pd.DataFrame:
    """Counts of patients as proportions with exact intervals."""
    long = _long(counts, sizes, endpoint)
    low, high = clopper_pearson(long["events"].to_numpy(), long["n"].to_numpy())
    share = (long["events"] / long["n"].where(long["n"] > 0)).to_numpy()
    note = np.where(long["n"] > 0, "", "not estimable: no patients")
    long = long.assign(measure="proportion", estimate=share, ci_low=low, ci_high=high, method=EXACT, note=note)
    return estimates(long.to_dict("records"))


def _events(counts: pd.DataFrame, sizes: dict[str, int], endpoint: str) -> pd.DataFrame:
    """Counts of events."""
    long = _long(counts, sizes, endpoint).rename(columns={"events": "estimate"})
    return estimates(long.assign(measure="count", method=EVENTS).to_dict("records"))


def _long(counts: pd.DataFrame, sizes: dict[str, int], endpoint: str) -> pd.DataFrame:
    """One row per name and group."""
    long = counts.rename_axis(index="term", columns="group").stack(future_stack=True).rename("events").reset_index()
    fixed = {"endpoint": endpoint, "population": "all patients"}
    return long.assign(n=long["group"].map(sizes).astype(int), **fixed)


def clopper_pearson(events: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the exact 95% limits of many proportions at once; NaN where n is 0."""
    events, n = events.astype(float), n.astype(float)
    low, high = beta.ppf(0.025, events, n - events + 1), beta.ppf(0.975, events + 1, n - events)
    low, high = np.where(events == 0, 0.0, low), np.where(events == n, 1.0, high)
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def _sorted(frames: list[pd.DataFrame], classes: dict[str, str]) -> list[pd.DataFrame]:
    """Names by patients in all, events in all, name; terms follow the order of their classes."""
    rank: dict[str, tuple] = {}
    for frame in frames:
        everybody = frame[(frame["group"] == "All") & ~frame["endpoint"].str.endswith(SEVERE)]
        patients = everybody[everybody["measure"] == "proportion"].set_index("term")["events"]
        events = everybody[everybody["measure"] == "count"].set_index("term")["estimate"]
        places = {name: (-count, -events[name], name) for name, count in patients.items()}
        rank |= {name: (*rank.get(classes.get(name, ""), ()), *place) for name, place in places.items()}
    ranks = [frame["term"].map(rank).tolist() for frame in frames]
    orders = [sorted(range(len(own)), key=own.__getitem__) for own in ranks]
    return [frame.iloc[order] for frame, order in zip(frames, orders, strict=True)]
