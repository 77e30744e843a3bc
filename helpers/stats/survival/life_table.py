"""Risk sets and steps: what Kaplan-Meier, incidences and restricted means are all computed from.

The life table equals lifelines and R's survfit to the last digits (the tests compare them) in a hundredth of lifelines'
time, which thousands of reconstructed cohorts need, and knows delayed entry, which Simon-Makuch curves need. Patients
are counted once, at each distinct time: all that follows works on the counts, whatever the number of patients.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from helpers.stats.estimates import FEW_AT_RISK, not_estimable
from helpers.stats.levels import ALPHA, Z95
from helpers.stats.ties import tied, written

SAME_TIME = 1e-9  # months; days are 0.033 months apart, so only rounding errors are this small
EVERYBODY = "All"
NO_PATIENTS = "no patients"
EXACT = "Clopper-Pearson limits"
READ = ("estimate", "ci_low", "ci_high", "std_error", "events")  # what is read off a curve at a time


@dataclass(frozen=True)
class LifeTable:
    """Counts at each distinct observed time, ascending: at risk just before, events and censorings at it.

    Of competing risks `events` counts every cause, `caused` the one that is asked for.
    """

    time: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    censored: np.ndarray
    caused: np.ndarray

    @property
    def patients(self) -> int:
        """How many there are, of those who are all at risk from the start."""
        return int(self.at_risk[0]) if len(self.at_risk) else 0

    @cached_property
    def survival(self) -> np.ndarray:
        """Product-limit estimate just after each time."""
        return np.cumprod(1 - self.events / np.maximum(self.at_risk, 1))

    @cached_property
    def greenwood(self) -> np.ndarray:
        """Greenwood's variance of log survival just after each time (NaN once survival is 0)."""
        left = self.at_risk - self.events
        terms = np.where(self.events == 0, 0.0, np.nan)
        return np.cumsum(np.divide(self.events, self.at_risk * left, out=terms, where=left > 0))

    def at_risk_at(self, month: float) -> int:
        """How many are at risk at a time: those whose own time is not before it."""
        index = steps_before(self.time, month)
        return int(self.at_risk[index]) if index < len(self.time) else 0

    def known_at(self, month: float) -> int:
        """Whose state at a time is known: those at risk then, and those who had the event before."""
        return self.at_risk_at(month) + int(self.events[: steps_before(self.time, month)].sum())

    def is_over(self, month: float) -> bool:
        """True when the time lies after the last observation and somebody was then left without the event."""
        return bool(self.survival[-1] > 0 and steps_before(self.time, month) == len(self.time))


def life_table(time: np.ndarray, event: np.ndarray, entry: np.ndarray | None = None) -> LifeTable:
    """Count at risk, events and censorings at each distinct time; a patient is at risk in (entry, time].

    Without entries everybody is at risk from before time 0, so that an event at time 0 counts.
    """
    times, place = distinct(time)
    return _counted(times, place, event, event, entry)


def life_table_of(rows: pd.DataFrame) -> LifeTable:
    """The life table of patients with time_months and event."""
    return life_table(rows["time_months"].to_numpy(), rows["event"].to_numpy())


def life_tables(
    data: pd.DataFrame, by: str | None, overall: bool = False, codes: np.ndarray | None = None
) -> list[tuple[str, LifeTable]]:
    """Label and life table of each of `groups`; of competing risks with the `codes` 0 (censored), 1 (the event), 2.

    Raises ValueError as `checked`.
    """
    if data.shape[1] == 0:
        return []
    times, place, event = observed(data, codes)
    caused = event if codes is None else codes == 1
    return [
        (label, _counted(times, place[rows], event[rows], caused[rows])) for label, rows in groups(data, by, overall)
    ]


def _counted(
    times: np.ndarray, place: np.ndarray, event: np.ndarray, caused: np.ndarray, entry: np.ndarray | None = None
) -> LifeTable:
    """Count patients by the place of their time among the distinct ones; times that none of them has are left out."""
    size = len(times)
    leaving = np.bincount(place, minlength=size).astype(float)
    at_risk = np.cumsum(leaving[::-1])[::-1]
    if entry is not None:
        at_risk = at_risk - (len(entry) - np.searchsorted(np.sort(entry), times, side="left"))
    events, of_cause = (np.bincount(place, weights=weights, minlength=size) for weights in (event, caused))
    columns = (times, at_risk, events, leaving - events, of_cause)
    return LifeTable(*(column[leaving > 0] for column in columns))


def distinct(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct values, ascending, and the place of each value among them; values may not be missing.

    As np.unique, but values are hashed, not sorted: followed for days, a million patients have a few thousand times.
    Whole numbers from 0 that are not far more than there are values are counted.
    """
    if values.dtype.kind == "i" and 0 <= values.min(initial=0) <= values.max(initial=0) <= 2 * len(values):
        there = np.bincount(values) > 0
        return np.flatnonzero(there), (np.cumsum(there) - 1)[values]
    code, found = pd.factorize(values)
    order = np.argsort(found, kind="stable")
    rank = np.empty(len(order), int)
    rank[order] = np.arange(len(order))
    return found[order], rank[code]


class Observed(NamedTuple):
    """The distinct times of patients, ascending, the place of each patient's among them, and events as 0 and 1."""

    times: np.ndarray
    place: np.ndarray
    event: np.ndarray


def observed(data: pd.DataFrame, codes: np.ndarray | None = None) -> Observed:
    """Return times and events fit for counting: equal days tie; the event is any that is not coded 0.

    Raises ValueError on missing or negative times and on events other than 0 and 1, from which an estimator would make
    a number without warning.
    """
    time, event = data["time_months"].to_numpy(float), data["event"].to_numpy(float) if codes is None else codes > 0
    if not np.isfinite(time).all() or (time < 0).any():
        raise ValueError("time_months has missing, infinite or negative values; correct the cohort's days")
    if not ((event == 0) | (event == 1)).all():
        raise ValueError("event has values other than 0 and 1; derive it with survival_data")
    return Observed(*as_ties(time), event.astype(float))


def as_ties(time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return `distinct` times, those that rounding errors alone keep apart as one."""
    times, place = distinct(time)
    together = tied(times, SAME_TIME)
    if np.array_equal(together, times):
        return times, place
    apart, merged = distinct(together)
    return apart, merged[place]


def read_at(table: LifeTable, month: float, values: dict, exact_method: str, least: int) -> dict:
    """The record of what was read off a group's curve at a time; fewer than `least` at risk are few.

    At 0 and 1 the limits are exact and the method is `exact_method`; beyond the last observation nothing is estimable.
    """
    if table.is_over(month):
        return beyond(table, n=table.patients, events=values["events"])
    exact = exact_limits(values["estimate"], table.known_at(month))
    method = {"method": exact_method} if exact else {}
    few = FEW_AT_RISK if table.at_risk_at(month) < least else ""
    return {"n": table.patients, **values, **exact, **method, "status": few}


def beyond(table: LifeTable, n: int, events: float) -> dict:
    """The record of a time that lies after the last observation."""
    last = written(table.time[-1], ".1f")
    return not_estimable(f"nobody was followed this long (to {last} months)", n=n, events=events)


def checked(data: pd.DataFrame) -> pd.DataFrame:
    """Return a copy of the data fit for counting: equal days tie, event as 0/1.

    Data without columns (not recorded) stay as they are. Raises ValueError as `observed`.
    """
    if data.shape[1] == 0:
        return data
    times, place, event = observed(data)
    return data.assign(time_months=times[place], event=event)


def groups(data: pd.DataFrame, by: str | None, overall: bool = False) -> Iterator[tuple[str, np.ndarray | slice]]:
    """Yield label and rows of each group in category order, empty groups included; with `overall` then everybody.

    Without `by` there is one group, everybody; so there is where `overall` adds it to one group of all patients. Data
    without columns have no groups. Patients without a value of `by` are in no group, but count among everybody.
    """
    if data.shape[1] == 0:
        return
    if by is not None:
        group = data[by].astype("category").cat
        everybody = overall and len(group.categories) == 1 and (group.codes == 0).all()  # one arm: its rows, once
        for code, label in enumerate(() if everybody else group.categories):
            yield str(label), group.codes.to_numpy() == code
    if by is None or overall:
        yield EVERYBODY, slice(None)


def steps_until(times: np.ndarray, at: ArrayLike) -> Any:
    """Count the times that are not after `at`, forgiving rounding errors; many counts for many `at`."""
    return np.searchsorted(times, np.asarray(at) + SAME_TIME, side="right")


def steps_before(times: np.ndarray, at: ArrayLike) -> Any:
    """Count the times strictly before `at`, forgiving rounding errors; many counts for many `at`."""
    return np.searchsorted(times, np.asarray(at) - SAME_TIME, side="left")


def exact_limits(probability: float, known: int) -> dict[str, object]:
    """Limits of a probability estimated as 0 or 1, where a variance says nothing; nothing for one in between.

    Clopper and Pearson's for none (or all) of the `known` patients, those whose state at the time was seen: nobody
    censored before. Without an event these are the patients at risk, and the limit is that of Fay, Brittain and
    Proschan 2013 (Biostatistics 14:723).
    """
    if probability not in (0.0, 1.0) or not known:
        return {}
    away = 1 - (ALPHA / 2) ** (1 / known)
    limits = {"ci_low": 0.0, "ci_high": away} if probability == 0 else {"ci_low": 1 - away, "ci_high": 1.0}
    return {**limits, "note": f"{EXACT} from the {known} whose state at that time is known"}


def log_log_interval(probability: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return 95% log(-log) limits from the variance of the log probability; NaN at 0 and 1 (R's "log-log")."""
    inside = (probability > 0) & (probability < 1)
    value = np.where(inside, probability, 0.5)
    width = Z95 * np.sqrt(np.where(inside, variance, 0.0)) / -np.log(value)
    low, high = value ** np.exp(width), value ** np.exp(-width)
    return np.where(inside, low, np.nan), np.where(inside, high, np.nan)
