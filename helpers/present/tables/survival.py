"""Tables of the survival report that are not a plain listing of estimates."""

from collections.abc import Iterable

import pandas as pd

from helpers.present import format as fmt
from helpers.present.names import endpoint_name
from helpers.present.show import Table, Text
from helpers.present.tables.listing import absent, crosstab, months, p_only, timetable
from helpers.present.values import value_with_interval


def milestones(estimates: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """One row per endpoint and time, the times indented under their endpoint; one column per group."""
    if estimates.empty:
        return absent(caption)
    tables = [
        (name, timetable(rows, id=id, caption=caption)) for name, rows in estimates.groupby("endpoint", sort=False)
    ]
    columns, rows, indent, notes = tables[0][1].columns, [], [], []
    for name, table in tables:
        rows += [[endpoint_name(name), *[""] * (len(columns) - 1)], *table.rows]
        indent += [0, *[1] * len(table.rows)]
        notes += [f"{endpoint_name(name)}. {note}" for note in table.notes]
    return Table(id, caption, [("Endpoint and time", "left"), *columns[1:]], rows, notes, indent)


def durations(estimates: pd.DataFrame, *, id: str, caption: str, notes: Iterable[str] = ()) -> Table | Text:
    """One row per endpoint for its median and one for its restricted mean, in months; one column per group."""
    words = {"median": "median", "rmst": "restricted mean"}
    kinds = [
        words[row["measure"]] + (f" to {months(row)} months" if row["measure"] == "rmst" else "")
        for _, row in estimates.iterrows()
    ]
    terms = [f"{endpoint_name(key)}: {kind}" for key, kind in zip(estimates["endpoint"], kinds, strict=True)]
    named = estimates.assign(term=pd.Series(terms, estimates.index, dtype=object))
    silent = named[named["note"].str.startswith("not estimable")]
    reasons = [f"{row['group']}, {row['term']}: {row['note']}." for _, row in silent.iterrows()]
    return crosstab(named, id=id, caption=caption, corner="Months", notes=[*notes, *reasons])


def tests(estimates: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """One row per endpoint and test, one column per comparison: P, with its patients and events."""
    terms = [f"{endpoint_name(row['endpoint'])}: {row['method']}" for _, row in estimates.iterrows()]
    named = estimates.assign(term=pd.Series(terms, estimates.index, dtype=object))
    silent = named[named["p"].isna()]
    notes = [f"{row['group']}, {row['term']}: {row['note']}." for _, row in silent.iterrows()]
    notes = ["P (events/patients).", *notes]
    return crosstab(named, id=id, caption=caption, corner="Endpoint and test", text=_p_with_counts, notes=notes)


def _p_with_counts(row: pd.Series) -> str:
    """ "0.045 (25/35)"."""
    return f"{p_only(row) or fmt.NOT_ESTIMABLE} ({fmt.count_of(row['events'], row['n'])})"


def by_exposure(estimates: pd.DataFrame) -> pd.DataFrame:
    """The rows ordered by exposure, with its label in column `exposure` and the comparison in column `way`."""
    parts = estimates["term"].str.rsplit(": ", n=1)
    named = estimates.assign(exposure=parts.str[0], way=parts.str[-1])
    order = {label: place for place, label in enumerate(dict.fromkeys(named["exposure"]))}
    return named.sort_values("exposure", key=lambda labels: labels.map(order), kind="stable")


def landmarks(estimates: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """One row per exposure and landmark day: who is dropped, who is compared, hazard ratio and log-rank P."""
    if estimates.empty:
        return absent(caption)
    named = by_exposure(estimates)
    rows, indent, notes = [], [], []
    for label, own in named.groupby("exposure", sort=False):
        rows.append([label, *[""] * 6])
        days = [_landmark(part) for _, part in own.groupby("time_months")]
        rows, indent = rows + days, [*indent, 0, *[1] * len(days)]
        silent = own[(own["measure"] == "hazard_ratio") & (own["note"] != "")]
        notes += [f"{row['term']}: {row['note']}." for _, row in silent.iterrows()]
    names = ["Dropped: event", "Dropped: censored", "Not exposed", "Exposed", "Hazard ratio (95% CI)", "Log-rank P"]
    titles = [("Exposure and landmark day", "left"), *((name, "right") for name in names)]
    return Table(id, caption, titles, rows, ["Not exposed and exposed: events/patients.", *notes], indent)


def _landmark(own: pd.DataFrame) -> list[str]:
    """The cells of one landmark day."""
    ratio, test = (own[own["measure"] == measure].iloc[0] for measure in ("hazard_ratio", "p_value"))
    day = ratio["way"].removeprefix("by ").removesuffix(" vs not")
    return [day.capitalize(), *_landmark_cells(own), value_with_interval(ratio), p_only(test)]


def _landmark_cells(own: pd.DataFrame) -> list[str]:
    """Dropped by event and by censoring, then events/patients unexposed and exposed."""
    dropped = own.loc[own["measure"] == "dropped", "estimate"]
    sides = own[own["measure"] == "count"]
    return [*map(fmt.count, dropped), *(fmt.count_of(row["events"], row["estimate"]) for _, row in sides.iterrows())]
