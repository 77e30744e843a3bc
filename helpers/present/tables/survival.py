"""Tables of the survival report that are not a plain listing of estimates."""

import pandas as pd

from helpers.present import format as fmt
from helpers.present.show import Table, Text, absent
from helpers.present.tables.listing import crosstab, months, p_only
from helpers.present.values import value_with_interval, within
from helpers.stats.estimates import NOT_REACHED, filter_rows, single
from helpers.stats.exposure.landmarks import EXPOSED, NOT_EXPOSED
from helpers.study import DAYS_PER_MONTH

DURATIONS = {"median": "median", "rmst": "restricted mean"}
LANDMARK_COLUMNS = ("Dropped: event", "Dropped: censored", "Not exposed", "Exposed", "Hazard ratio (95% CI)")


def by_time(estimates: pd.DataFrame, *, id: str = "", caption: str = "") -> Table | Text:
    """Survival or incidence with its interval: one row per time in months, one column per group.

    The times of several endpoints stand indented under their endpoint. Without `id` and `caption` these name the
    endpoints and, where there is only one, their population.
    """
    if estimates.empty:
        return absent(caption)
    keys, labels, populations = (
        list(dict.fromkeys(estimates[name])) for name in ("endpoint", "endpoint_label", "population")
    )
    subject = " and ".join([labels[0], *map(within, labels[1:])])
    caption = caption or ", ".join([subject, *populations] if len(populations) == 1 else [subject])
    id = id or "-".join(keys)
    tables = [_times(rows, id, caption) for _, rows in estimates.groupby("endpoint", sort=False)]
    return tables[0] if len(tables) == 1 else _under_headings(tables, labels)


def _times(estimates: pd.DataFrame, id: str, caption: str) -> Table:
    """The table of one endpoint."""
    timed = estimates.assign(term=[f"{time:g} months" for time in estimates["time_months"]])
    return crosstab(timed, id=id, caption=caption, corner="Time", notes=_reasons(timed))


def _under_headings(tables: list[Table], headings: list[str]) -> Table:
    """The tables one below the other, each under its heading."""
    columns, rows, indent, notes = tables[0].columns, [], [], []
    for heading, table in zip(headings, tables, strict=True):
        rows += [[heading, *[""] * (len(columns) - 1)], *table.rows]
        indent += [0, *[1] * len(table.rows)]
        notes += [f"{heading}. {note}" for note in table.notes]
    return Table(tables[0].id, tables[0].caption, [("Endpoint and time", "left"), *columns[1:]], rows, notes, indent)


def durations(estimates: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """One row per endpoint for its median and one for its restricted mean, in months; one column per group."""
    named = _renamed(estimates, [_duration(row) for _, row in estimates.iterrows()])
    return crosstab(named, id=id, caption=caption, corner="Months", notes=_reasons(named))


def _duration(row: pd.Series) -> str:
    """ "Overall survival: restricted mean to 24 months"."""
    horizon = f" to {months(row)} months" if row["measure"] == "rmst" else ""
    return f"{row['endpoint_label']}: {DURATIONS[row['measure']]}{horizon}"


def tests(estimates: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """One row per endpoint and test, one column per comparison: P, with its patients and events."""
    named = _renamed(estimates, [f"{row['endpoint_label']}: {row['method']}" for _, row in estimates.iterrows()])
    notes = ["P (events/patients).", *_reasons(named)]
    return crosstab(named, id=id, caption=caption, corner="Endpoint and test", text=_p_with_counts, notes=notes)


def _p_with_counts(row: pd.Series) -> str:
    """ "0.045 (25/35)"."""
    return f"{p_only(row) or fmt.NOT_ESTIMABLE} ({fmt.count_of(row['events'], row['n'])})"


def _renamed(estimates: pd.DataFrame, terms: list[str]) -> pd.DataFrame:
    """The rows with other terms."""
    return estimates.assign(term=pd.Series(terms, estimates.index, dtype=object))


def _reasons(estimates: pd.DataFrame) -> list[str]:
    """Why cells are not estimable, each reason once."""
    return [f"{row['group']}, {row['term']}: {row['note']}." for _, row in _silent(estimates).iterrows()]


def _silent(estimates: pd.DataFrame) -> pd.DataFrame:
    """The rows without a number that ought to have one; a median beyond the curve's end is none of them."""
    return estimates[estimates[["estimate", "p"]].isna().all(axis=1) & (estimates["status"] != NOT_REACHED)]


def landmarks(estimates: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """One row per exposure and landmark day: who is dropped, who is compared, hazard ratio and log-rank P."""
    if estimates.empty:
        return absent(caption)
    titles = [(name, "right") for name in (*LANDMARK_COLUMNS, "Log-rank P")]
    rows: list[list[str]] = []
    indent: list[int] = []
    for label, exposure in estimates.groupby("variable_label", sort=False):
        days = [_landmark(part) for _, part in exposure.groupby("time_months")]
        rows += [[str(label), *[""] * len(titles)], *days]
        indent += [0, *[1] * len(days)]
    silent = _silent(filter_rows(estimates, measure="hazard_ratio"))
    notes = ["Not exposed and exposed: events/patients."]
    notes += [f"{row['term']}: {row['note']}." for _, row in silent.iterrows()]
    return Table(id, caption, [("Exposure and landmark day", "left"), *titles], rows, notes, indent)


def _landmark(rows: pd.DataFrame) -> list[str]:
    """The cells of one landmark day."""
    dropped = [single(rows, measure="dropped", level=level) for level in ("event", "censored")]
    sides = [single(rows, measure="count", level=level) for level in (NOT_EXPOSED, EXPOSED)]
    return [
        f"Day {fmt.plain(rows['time_months'].iloc[0] * DAYS_PER_MONTH)}",
        *(fmt.count(row["estimate"]) for row in dropped),
        *(fmt.count_of(row["events"], row["estimate"]) for row in sides),
        value_with_interval(single(rows, measure="hazard_ratio", comparison="exposure")),
        p_only(single(rows, measure="p_value")),
    ]
