"""Risk sets and steps: what Kaplan-Meier, the log-rank test and restricted means are all computed from."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from helpers.stats.ties import tied

Z95 = float(norm.ppf(0.975))
SAME_TIME = 1e-9  # months; days are 0.033 months apart, so only rounding errors are this small
EVERYBODY = "All"
NO_PATIENTS = "no patients"
BEYOND = "nobody was followed this long"


@dataclass(frozen=True)
class LifeTable:
    """Counts at each distinct observed time, ascending: at risk just before, events and censorings at it."""

    time: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    censored: np.ndarray

    @property
    def survival(self) -> np.ndarray:
        """Product-limit estimate just after each time."""
        return np.cumprod(1 - self.events / np.maximum(self.at_risk, 1))

    @property
    def greenwood(self) -> np.ndarray:
        """Greenwood's variance of log survival just after each time (NaN once survival is 0)."""
        left = self.at_risk - self.events
        terms = np.full(len(left), np.nan)
        np.divide(self.events, self.at_risk * left, out=terms, where=left > 0)
        terms[self.events == 0] = 0.0
        return np.cumsum(terms)


def life_table(time: np.ndarray, event: np.ndarray, entry: np.ndarray | None = None) -> LifeTable:
    """Count at risk, events and censorings at each distinct time; a patient is at risk in (entry, time].

    Events precede censorings at the same time (a patient censored at t is at risk at t), as in R's survfit.
    """
    times, position = np.unique(time, return_inverse=True)
    events = np.bincount(position, weights=event, minlength=len(times))
    leaving = np.bincount(position, minlength=len(times)).astype(float)
    at_risk = np.cumsum(leaving[::-1])[::-1]
    if entry is not None:
        at_risk = at_risk - (len(entry) - np.searchsorted(np.sort(entry), times, side="left"))
    return LifeTable(times, at_risk, events, leaving - events)


def checked(data: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """Return a copy of the data fit for counting: times snapped so that equal days tie, event as 0/1.

    Patients without a value of `by` are left out. Raises ValueError on missing or negative times and on events
    other than 0 and 1: an estimator given those would return a number without warning.
    """
    kept = data if by is None else data[data[by].notna()]
    time, event = kept["time_months"].to_numpy(float), kept["event"].to_numpy(float)
    if not np.isfinite(time).all() or (time < 0).any():
        raise ValueError("time_months has missing, infinite or negative values; correct the cohort's days")
    if not np.isin(event, (0.0, 1.0)).all():
        raise ValueError("event has values other than 0 and 1; derive it with survival_data")
    return kept.assign(time_months=snapped(time), event=event)


def snapped(time: np.ndarray) -> np.ndarray:
    """Give times that differ by rounding error alone one common value, so that they tie."""
    return tied(time, SAME_TIME)


def groups(data: pd.DataFrame, by: str | None) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield label and rows of each group, in category order, empty groups included."""
    if by is None:
        yield EVERYBODY, data
        return
    labels = data[by]
    ordered = labels.cat.categories if hasattr(labels, "cat") else sorted(labels.unique())
    for label in ordered:
        yield str(label), data[(labels == label).to_numpy()]


def steps_until(times: np.ndarray, at: float) -> int:
    """Count the times that are not after `at`, forgiving rounding errors."""
    return int(np.searchsorted(times, at + SAME_TIME, side="right"))


def steps_before(times: np.ndarray, at: float) -> int:
    """Count the times strictly before `at`, forgiving rounding errors."""
    return int(np.searchsorted(times, at - SAME_TIME, side="left"))


def log_log_interval(survival: np.ndarray, greenwood: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95% log(-log) limits of survival; NaN where survival is 0 or 1 (as R's conf.type "log-log")."""
    inside = (survival > 0) & (survival < 1)
    probability = np.where(inside, survival, 0.5)
    width = Z95 * np.sqrt(np.where(inside, greenwood, 0.0)) / -np.log(probability)
    low, high = probability ** np.exp(width), probability ** np.exp(-width)
    return np.where(inside, low, np.nan), np.where(inside, high, np.nan)
