"""Tables of the survival report that are not a plain listing of estimates."""

import pandas as pd

from helpers.present import format as fmt
from helpers.present.show import Table, Text, absent
from helpers.present.tables.listing import crosstab, months, p_only, under_headings
from helpers.present.values import value_with_interval, within
from helpers.stats.estimates import NOT_REACHED, filter_rows, single
from helpers.stats.exposure.landmarks import EXPOSED, NOT_EXPOSED
from helpers.study import DAYS_PER_MONTH

DURATIONS = {"median": "median", "rmst": "restricted mean"}
LANDMARK_COLUMNS = ("Dropped: event", "Dropped: censored", "Not exposed", "Exposed", "Hazard ratio (95% CI)")


def by_time(estimates: pd.DataFrame, *, id: str = "", caption: str = "") -> Table | Text:
    """Survival or incidence with its interval: one row per time in months under its endpoint, one column per group.

    Without `id` and `caption` these name the endpoints and, where there is only one, their population.
    """
    if estimates.empty:
        return absent(caption)
    names = ("endpoint", "endpoint_label", "population")
    keys, labels, populations = (list(estimates[name].unique()) for name in names)
    subject = " and ".join([labels[0], *map(within, labels[1:])])
    caption = caption or ", ".join([subject, *populations] if len(populations) == 1 else [subject])
    timed = estimates.assign(term=[f"{time:g} months" for time in estimates["time_months"]])
    notes, corner = _reasons(timed), "Time"
    if len(labels) > 1:
        parts = timed.groupby("endpoint_label", sort=False)
        notes = [f"{label}. {reason}" for label, part in parts for reason in _reasons(part)]
        corner = "Endpoint and time"
    return crosstab(timed, id=id or "-".join(keys), caption=caption, corner=corner, notes=notes, by="endpoint_label")


def durations(estimates: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """One row per endpoint for its median and one for its restricted mean, in months; one column per group."""
    terms = []
    for _, row in estimates.iterrows():
        horizon = f" to {months(row)} months" if row["measure"] == "rmst" else ""
        terms.append(f"{row['endpoint_label']}: {DURATIONS[row['measure']]}{horizon}")
    renamed = estimates.assign(term=terms)
    return crosstab(renamed, id=id, caption=caption, corner="Months", notes=_reasons(renamed))


def tests(estimates: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """One row per endpoint and test, one column per comparison: P, with its patients and events."""
    renamed = estimates.assign(term=estimates["endpoint_label"] + ": " + estimates["method"])
    notes = ["P (events/patients).", *_reasons(renamed)]
    return crosstab(renamed, id=id, caption=caption, corner="Endpoint and test", text=_p_with_counts, notes=notes)


def _p_with_counts(row: pd.Series) -> str:
    """ "0.045 (25/35)"."""
    return f"{p_only(row) or fmt.NOT_ESTIMABLE} ({fmt.count_of(row['events'], row['n'])})"


def _reasons(estimates: pd.DataFrame) -> list[str]:
    """Why cells are not estimable."""
    return [f"{row['group']}, {row['term']}: {row['note']}." for _, row in _silent(estimates).iterrows()]


def _silent(estimates: pd.DataFrame) -> pd.DataFrame:
    """The rows without a number that ought to have one; a median beyond the curve's end is none of them."""
    return estimates[estimates[["estimate", "p"]].isna().all(axis=1) & (estimates["status"] != NOT_REACHED)]


def landmarks(estimates: pd.DataFrame, *, id: str, caption: str) -> Table | Text:
    """One row per exposure and landmark day: who is dropped, who is compared, hazard ratio and log-rank P."""
    if estimates.empty:
        return absent(caption)
    sections = {
        str(label): [_landmark(part) for _, part in exposure.groupby("time_months")]
        for label, exposure in estimates.groupby("variable_label", sort=False)
    }
    rows, indent = under_headings(sections)
    titles = [("Exposure and landmark day", "left"), *((name, "right") for name in (*LANDMARK_COLUMNS, "Log-rank P"))]
    silent = _silent(filter_rows(estimates, measure="hazard_ratio"))
    notes = ["Not exposed and exposed: events/patients."]
    notes += [f"{row['term']}: {row['note']}." for _, row in silent.iterrows()]
    return Table(id, caption, titles, rows, notes, indent)


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
