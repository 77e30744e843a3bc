"""Cox's partial likelihood for start-stop data (Efron's ties), maximised to the last digits.

The project's one Cox kernel, for printed rows and refits alike. It equals R's coxph to 1e-9 (tests/reference) in a
thirteenth of lifelines' time, and takes start-stop rows, where lifelines stops about 1e-7 short of R.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from helpers.stats.survival.life_table import distinct
from helpers.stats.ties import rank_of

MAX_STEPS = 250
Terms = tuple[float, np.ndarray, np.ndarray]  # log likelihood, score and information
MANY = 10_000  # rows from which equal ones are looked for
DENSE = 100_000  # cells of a table that are cheaper kept than looked for
KEY = np.pi  # solves no equation, so that sums by its powers tell rows apart
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
        kinds = Patterns.among(matrix)
        share = np.bincount(kinds.code, minlength=len(kinds.values)) / max(len(matrix), 1)
        centred, varies = kinds.values - share @ kinds.values, np.ptp(kinds.values, axis=0) > 0
        self.varies, self.events = bool(varies.all()), event.sum()
        self.divisor = np.where(varies, np.sqrt(share @ centred**2), 1)
        kinds = Patterns(centred / self.divisor, kinds.code)
        every = [slice(None)] if strata is None else members(strata)
        self.parts = [RiskSets(start[rows], stop[rows], event[rows], kinds.of(rows)) for rows in every]

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


@dataclass(frozen=True)
class Patterns:
    """Rows of covariates, each different one once, and the place of every row's among them.

    Registries have whole years and yes or no, so that a million rows hold some ten thousand patterns.
    """

    values: np.ndarray
    code: np.ndarray

    @classmethod
    def among(cls, matrix: np.ndarray) -> "Patterns":
        """Find the patterns of a matrix; where searching cannot pay, every row is one."""
        size, width = matrix.shape
        if size >= MANY:
            key = sum(column * weight for column, weight in zip(matrix.T, KEY ** np.arange(width), strict=True))
            code, found = pd.factorize(key)
            first = np.empty(len(found), int)
            first[code[::-1]] = np.arange(size)[::-1]
            alike = all((column[first][code] == column).all() for column in matrix.T)
            if alike and 2 * len(found) < size:
                return cls(matrix[first], code)
        return cls(matrix, np.arange(size))

    def of(self, rows: np.ndarray | slice) -> "Patterns":
        """Return the patterns of some rows."""
        if isinstance(rows, slice):
            return self
        code, found = pd.factorize(self.code[rows])
        return Patterns(self.values[found], code)


class RiskSets:
    """The risk sets of one stratum, sorted once; every evaluation then takes sums whose length is that of the data.

    `leaving` counts the patterns whose rows leave the risk sets after each event time (those that enter late count
    against it before they do), `failing` those that fail at it. No sum of squares is kept for a risk set: its
    covariance enters as the patterns' squares, each weighted by the hazard its rows lived through, less the squares of
    the means at the events.
    """

    def __init__(self, start: np.ndarray, stop: np.ndarray, event: np.ndarray, kinds: Patterns) -> None:
        found, place = distinct(stop.astype(float))
        happens = np.bincount(place, event == 1, len(found)) > 0
        self.times, last = found[happens], np.cumsum(happens)[place]  # at risk at the first `last` event times
        self.size, self.x, shape = len(self.times), kinds.values, (len(self.times) + 1, len(kinds.values))
        fails = np.flatnonzero(event == 1)
        self.order = fails[np.argsort(small(last[fails]), kind="stable")]
        self.deaths = np.bincount(last[fails], minlength=self.size + 1)[1:]
        self.tie = np.repeat(np.arange(self.size), self.deaths)
        self.begin = np.cumsum(self.deaths) - self.deaths
        rank = np.arange(len(self.tie)) - self.begin[self.tie]
        self.rank = rank / self.deaths[self.tie]
        late = np.flatnonzero(start >= self.times.min(initial=np.inf))
        first = np.searchsorted(self.times, start[late], side="right")
        sign = np.repeat([1.0, -1.0], [len(last), len(late)])
        self.leaving = counted(np.append(last, first), np.append(kinds.code, kinds.code[late]), shape, sign)
        self.failing = counted(last[self.order] - 1, kinds.code[self.order], shape, np.ones(len(fails)))
        self.events = np.bincount(kinds.code[fails], minlength=shape[1])  # of each pattern

    def at(self, beta: np.ndarray) -> "Moments":
        """Return the moments of the risk sets at given coefficients."""
        return Moments(self, beta)

    def sums(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sum values of the patterns over the risk set of each event time, and over those failing then."""
        return tail_sums(self.leaving @ values)[1 : self.size + 1], (self.failing @ values)[: self.size]

    def by_time(self, values: np.ndarray) -> np.ndarray:
        """Sum a value of each event over those of each time."""
        return np.add.reduceat(values, self.begin) if self.size else np.zeros(0)

    def lived_through(self, values: np.ndarray) -> np.ndarray:
        """Sum a value of each event over the events that the rows of each pattern were at risk at."""
        passed, share = head_sums(self.by_time(values)), self.by_time(self.rank * values)
        return self.leaving.T @ passed - self.failing.T @ np.append(share, 0.0)


class Moments:
    """What the risk sets hold at given coefficients: each pattern's risk, each event's weight and mean of x."""

    def __init__(self, sets: RiskSets, beta: np.ndarray) -> None:
        self.sets, linear = sets, sets.x @ beta
        shift = linear.max(initial=-np.inf) if len(linear) else 0.0
        self.risk = np.exp(linear - shift)
        at_risk, failing = sets.sums(np.column_stack([self.risk, self.risk[:, None] * sets.x]))
        self.total, tied = at_risk[:, 0], failing[:, 0]
        self.at_risk, self.failing = ((sums[:, 1:] / self.total[:, None]).T for sums in (at_risk, failing))
        self.weight = self.total[sets.tie] - sets.rank * tied[sets.tie]  # of those failing at once, Efron's share
        self.hazard = self.risk * sets.lived_through(1 / self.weight)
        self.log_likelihood = float(sets.events @ linear - (shift + np.log(self.weight)).sum())
        self.score = (sets.events - self.hazard) @ sets.x

    @property
    def mean(self) -> np.ndarray:
        """The mean of x in each event's risk set, a row per event in the order of `order`."""
        at_risk, failing = (part[:, self.sets.tie] for part in (self.at_risk, self.failing))
        return ((at_risk - self.sets.rank * failing) * (self.total[self.sets.tie] / self.weight)).T

    def information(self, share: np.ndarray | None = None) -> np.ndarray:
        """Return the covariances of x in the events' risk sets, summed; `share` weights the events."""
        sets, hazard, at_risk, failing = self.sets, self.hazard, self.at_risk, self.failing
        scale = (self.total[sets.tie] / self.weight) ** 2
        if share is not None:
            hazard, scale = self.risk * sets.lived_through(share / self.weight), scale * share
        # (r - k f) (r - k f)' of the sums r at risk and f failing, added up over the places k of those tied
        alone, once, twice = (sets.by_time(scale * sets.rank**power) for power in (0, 1, 2))
        mixed = (at_risk * once) @ failing.T
        squares = (at_risk * alone) @ at_risk.T - mixed - mixed.T + (failing * twice) @ failing.T
        return (sets.x.T * hazard) @ sets.x - squares


def counted(place: np.ndarray, code: np.ndarray, shape: tuple[int, int], count: np.ndarray) -> np.ndarray | csr_array:
    """Return the table of how many rows, each of which counts `count`, are at each place and of each code.

    A large one is mostly zeros, which are not kept.
    """
    if shape[0] * shape[1] < DENSE:
        return np.bincount(place * shape[1] + code, count, shape[0] * shape[1]).reshape(shape)
    order = np.argsort(small(place), kind="stable")
    bounds = np.concatenate([[0], np.cumsum(np.bincount(place, minlength=shape[0]))]).astype(np.int32)
    return csr_array((count[order], code[order].astype(np.int32), bounds), shape=shape)


def small(codes: np.ndarray) -> np.ndarray:
    """Return codes from 0 as 16-bit numbers, which sort faster, where all of them fit."""
    return codes.astype(np.uint16) if codes.max(initial=0) < 2**16 else codes


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
