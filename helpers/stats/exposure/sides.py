"""Those with an exposure and those without it at each event: all that its tests and its own hazard ratio need."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from helpers.stats.models.partial_likelihood import CoxFit, has_maximum
from helpers.stats.survival.life_table import distinct
from helpers.stats.survival.log_rank import counts

FARTHEST = 50.0  # no log hazard ratio with events on both sides lies beyond it


@dataclass(frozen=True)
class Sides:
    """At risk and events at each event time (rows), without the exposure and with it (columns).

    `with_it` is the share of the start-stop rows that are exposed.
    """

    at_risk: np.ndarray
    events: np.ndarray
    with_it: float

    def decided_by(self, side: int) -> bool:
        """True when one of a side (0 or 1) has the event while others, of the other side, are at risk."""
        return bool(((self.events[:, side] > 0) & (self.at_risk[:, 1 - side] > 0)).any())

    @cached_property
    def fit(self) -> CoxFit:
        """The Cox fit (Efron ties) of the exposure alone: that of `fit_cox`, from the counts."""
        deaths = self.events.sum(axis=1).astype(int)
        at = np.repeat(np.arange(len(deaths)), deaths)  # a row for each event: of those who fail at once, Efron's share
        rank = (np.arange(len(at)) - (np.cumsum(deaths) - deaths)[at]) / deaths[at]
        without, exposed = (self.at_risk[at] - rank[:, None] * self.events[at]).T
        odds = without[both := (without > 0) & (exposed > 0)] / exposed[both]
        surplus = self.events[:, 1].sum() - (without <= 0).sum()

        def score(log_ratio: float) -> float:
            return float(surplus - (1 / (1 + odds * np.exp(-log_ratio))).sum())

        if not score(-FARTHEST) > 0 > score(FARTHEST):
            return CoxFit(np.zeros(1), np.zeros((1, 1)), False)
        log_ratio = brentq(score, -FARTHEST, FARTHEST, xtol=1e-13)
        expected = 1 / (1 + odds * np.exp(-log_ratio))
        information = np.array([[(expected * (1 - expected)).sum()]])
        spread = self.with_it * (1 - self.with_it)
        return CoxFit(np.array([log_ratio]), 1 / information, has_maximum(information * spread, deaths.sum()))


def sides_of(rows: pd.DataFrame, exposed: str = "exposed") -> Sides:
    """Count start-stop rows (start, stop, event; 0 or 1 in the column of the exposure); at risk is (start, stop]."""
    start, stop, event = (rows[name].to_numpy(float) for name in ("start", "stop", "event"))
    side = rows[exposed].to_numpy(int)
    times, place = distinct(stop)
    shape = (len(times) + 1, 2)  # the last row stands after every time
    staying = np.cumsum(counts(place, side, shape)[::-1], axis=0)[::-1]
    late = start >= times.min(initial=np.inf)
    entering = counts(np.searchsorted(times, start[late], side="right"), side[late], shape)
    absent = np.cumsum(entering[::-1], axis=0)[::-1]
    events = counts(place, side, shape, event)[:-1]
    happens = events.any(axis=1)
    at_risk = staying[:-1] - absent[1:]
    return Sides(at_risk[happens], events[happens], float(side.mean()) if len(side) else 0.0)
