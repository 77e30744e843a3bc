"""Cox's partial likelihood for start-stop data (Efron's ties), maximised to the last digits.

The project's one Cox kernel, for printed rows and refits alike. It equals R's coxph to 1e-9 (tests/reference) in a
thirteenth of lifelines' time, and takes start-stop rows, where lifelines stops about 1e-7 short of R.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from helpers.stats.ties import rank_of

MAX_STEPS = 250
Terms = tuple[float, np.ndarray, np.ndarray]  # log likelihood, score and information
GONE = 50.0  # a log hazard ratio per standard deviation that only separated data reach


@dataclass(frozen=True)
class CoxFit:
    """Coefficients with their covariance, whether the fit converged, and the log likelihood (NaN: not sought)."""

    coefficients: np.ndarray
    covariance: np.ndarray
    converged: bool
    log_likelihood: float = np.nan

    @property
    def errors(self) -> np.ndarray:
        """The coefficients' standard errors."""
        return np.sqrt(np.diag(self.covariance))


def fit_cox(start: np.ndarray, stop: np.ndarray, event: np.ndarray, matrix: np.ndarray) -> CoxFit:
    """Return the maximum partial likelihood fit; a row is at risk in (start, stop], ties are Efron's.

    `converged` is False for separated or collinear data, whose numbers mean nothing.
    """
    return PartialLikelihood(start, stop, event, matrix).maximum()


class PartialLikelihood:
    """The partial likelihood of columns brought to unit variance."""

    def __init__(
        self,
        start: np.ndarray,
        stop: np.ndarray,
        event: np.ndarray,
        matrix: np.ndarray,
        strata: np.ndarray | None = None,
    ) -> None:
        scale = matrix.std(axis=0)
        self.varies, self.divisor, self.events = bool((scale > 0).all()), np.where(scale > 0, scale, 1), event.sum()
        centred = (matrix - matrix.mean(axis=0)) / self.divisor
        every = [slice(None)] if strata is None else members(strata)
        self.parts = [RiskSets(start[rows], stop[rows], event[rows], centred[rows]) for rows in every]

    def maximum(self, near: np.ndarray | None = None) -> CoxFit:
        """Return the fit; the search starts at the coefficients `near`, which saves steps and moves no digit."""
        size = len(self.divisor)
        first = np.zeros(size) if near is None else near * self.divisor
        beta, (likelihood, _, information), converged = newton(self._terms, first)
        converged = converged and has_maximum(information, self.events) and self.varies
        covariance = np.linalg.pinv(information, hermitian=True) / np.outer(self.divisor, self.divisor)
        return CoxFit(beta / self.divisor, covariance, converged, likelihood)

    def _terms(self, beta: np.ndarray) -> Terms:
        """Return the likelihood and its derivatives over all strata."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            moments = [part.at(beta) for part in self.parts]
            totals = [(one.log_likelihood, one.score, one.information()) for one in moments]
        likelihood, score, information = (sum(values) for values in zip(*totals, strict=True))
        return float(likelihood), score, information


def members(strata: np.ndarray) -> list[np.ndarray]:
    """Return the rows of each stratum."""
    _, codes, sizes = np.unique(strata, return_inverse=True, return_counts=True)
    return np.split(np.argsort(codes, kind="stable"), np.cumsum(sizes)[:-1])


def has_maximum(information: np.ndarray, events: float) -> bool:
    """Tell a maximum from a coefficient on its way to infinity by the information (of columns of unit variance)."""
    return bool(np.linalg.eigvalsh(information).min(initial=np.inf) > 1e-7 * events)


class RiskSets:
    """The risk sets of one stratum, sorted once; every evaluation then takes sums whose length is that of the data.

    No sum of squares is kept for a risk set: its covariance enters as the rows' squares, each weighted by the hazard
    it lived through, less the squares of the means at the events.
    """

    def __init__(self, start: np.ndarray, stop: np.ndarray, event: np.ndarray, x: np.ndarray) -> None:
        order = np.argsort(stop, kind="stable")
        self.fails = np.flatnonzero(event[order] == 1)
        self.failing = order[self.fails]
        times, self.tie, self.deaths = np.unique(stop[self.failing], return_inverse=True, return_counts=True)
        self.columns, self.size = x.T[:, order], len(times)
        self.first = np.searchsorted(times, start[order], side="right")  # at risk at event times first to last - 1
        self.last = np.searchsorted(times, stop[order], side="right")
        self.late = bool(self.first.any())
        rank = np.arange(len(self.tie)) - (np.cumsum(self.deaths) - self.deaths)[self.tie]
        self.rank = rank / self.deaths[self.tie]
        self.observed = self.columns[:, self.fails].sum(axis=1)

    def at(self, beta: np.ndarray) -> "Moments":
        """Return the moments of the risk sets at given coefficients."""
        return Moments(self, beta)

    def sums(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sum a value of each row over the risk set of each event time, and over those failing then."""
        total = tail_sums(np.bincount(self.last, values, self.size + 1))[1 : self.size + 1]
        if self.late:
            total = total - tail_sums(np.bincount(self.first, values, self.size + 1))[1 : self.size + 1]
        return total, np.bincount(self.tie, values[self.fails], self.size)

    def less_share(self, total: np.ndarray, tied: np.ndarray) -> np.ndarray:
        """Return the sums at each event: those of its time, less Efron's share of those failing with it."""
        return total[self.tie] - self.rank * tied[self.tie]

    def lived_through(self, values: np.ndarray) -> np.ndarray:
        """Sum a value of each event over the events that each row was at risk at."""
        passed = head_sums(np.bincount(self.tie, values, self.size))
        through = passed[self.last] - passed[self.first] if self.late else passed[self.last]
        share = np.bincount(self.tie, self.rank * values, self.size)
        through[self.fails] -= share[self.tie]
        return through


class Moments:
    """What the risk sets hold at given coefficients: each row's risk, each event's weight and mean of x."""

    def __init__(self, sets: RiskSets, beta: np.ndarray) -> None:
        self.sets, linear = sets, beta @ sets.columns
        shift = linear.max(initial=-np.inf) if len(linear) else 0.0
        self.risk = np.exp(linear - shift)
        self.total, tied = sets.sums(self.risk)
        self.weight = sets.less_share(self.total, tied)
        self.hazard = self.risk * sets.lived_through(1 / self.weight)
        self.log_likelihood = float((linear[sets.fails] - shift - np.log(self.weight)).sum())
        self.score = sets.observed - sets.columns @ self.hazard

    @cached_property
    def _columns(self) -> tuple[np.ndarray, np.ndarray]:
        """The sums of each column (a row each) at each event time, and over those failing, by the risk set's weight."""
        sums = [self.sets.sums(column * self.risk) for column in self.sets.columns]
        both = np.array(sums).reshape(len(sums), 2, len(self.total)) / self.total
        return both[:, 0], both[:, 1]

    @property
    def mean(self) -> np.ndarray:
        """The mean of x in each event's risk set, a row per event in the order of `failing`."""
        at_risk, failing = (part[:, self.sets.tie] for part in self._columns)
        return ((at_risk - self.sets.rank * failing) * (self.total[self.sets.tie] / self.weight)).T

    def information(self, share: np.ndarray | None = None) -> np.ndarray:
        """Return the covariances of x in the events' risk sets, summed; `share` weights the events."""
        sets, hazard, (at_risk, failing) = self.sets, self.hazard, self._columns
        scale = (self.total[sets.tie] / self.weight) ** 2
        if share is not None:
            hazard, scale = self.risk * sets.lived_through(share / self.weight), scale * share
        # (r - k f) (r - k f)' of the sums r at risk and f failing, added up over the places k of those tied
        alone, once, twice = (np.bincount(sets.tie, scale * sets.rank**power, sets.size) for power in (0, 1, 2))
        mixed = (at_risk * once) @ failing.T
        squares = (at_risk * alone) @ at_risk.T - mixed - mixed.T + (failing * twice) @ failing.T
        return (sets.columns * hazard) @ sets.columns.T - squares


def head_sums(values: np.ndarray) -> np.ndarray:
    """Return 0, then the sums from the first row to each."""
    return np.concatenate([np.zeros((1, *values.shape[1:]), values.dtype), np.cumsum(values, axis=0)])


def tail_sums(values: np.ndarray) -> np.ndarray:
    """Return the sums from each row to the last, then 0."""
    return head_sums(values[::-1])[::-1]


def newton(objective: Callable[[np.ndarray], Terms], beta: np.ndarray) -> tuple[np.ndarray, Terms, bool]:
    """Climb to the maximum, halving steps that do not improve; the last value says whether it was reached."""
    size, current = len(beta), objective(beta)
    for _ in range(MAX_STEPS):
        if not np.isfinite(current[2]).all():  # separated so far that a risk set's weight is lost to rounding
            return np.zeros(size), objective(np.zeros(size)), False
        if rank_of(current[2]) < size or np.abs(beta).max(initial=0) > GONE:
            return beta, current, False
        try:
            step = np.linalg.solve(current[2], current[1])
        except np.linalg.LinAlgError:  # singular to the last bit, which the rank does not see on every processor
            return beta, current, False
        if np.abs(step).max(initial=0) < 1e-12:
            return beta + step, current, True
        trial = objective(beta + step)
        while _missed(current, trial, step) and np.abs(step).max() > 1e-12:
            step = step / 2
            trial = objective(beta + step)
        beta, current = beta + step, trial
    return beta, current, bool(np.abs(step).max() < 1e-8)


def _missed(current: Terms, trial: Terms, step: np.ndarray) -> bool:
    """Tell whether a step lost likelihood, or went so far past the maximum that steps back and forth never end."""
    lost = not trial[0] >= current[0] - 1e-9 * (1 + abs(current[0]))
    return bool(lost or trial[1] @ step < -current[1] @ step / 2)
