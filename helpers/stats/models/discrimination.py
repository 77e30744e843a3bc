"""How well a Cox model orders the patients, and how much of that is optimism."""

import numpy as np
import pandas as pd

from helpers.stats.estimates import estimates, if_recorded, not_estimable, scope
from helpers.stats.levels import Z95
from helpers.stats.models.cox_regression import CoxData, cox_data, fitted
from helpers.stats.models.design import Design
from helpers.stats.models.effects import quietly
from helpers.stats.models.partial_likelihood import head_sums
from helpers.stats.ties import SAME, tied

JACKKNIFE = "Harrell's C, apparent, jackknife interval"
SAMPLES = 200
SEED = 20180801
RESAMPLED = 2000  # patients; with more the optimism is far below the interval, and the samples would take minutes


@if_recorded
def concordance(data: pd.DataFrame, design: Design, samples: int = SAMPLES) -> pd.DataFrame:
    """Return three rows: Harrell's C of the Cox model, its bootstrap optimism, and C less that with a 95% interval.

    Patients are resampled, the model refitted, and its C compared between sample and all patients (Harrell 1996). The
    interval is the percentile interval of the samples' C moved down by the optimism (Noma 2021). Seeded, so
    repeatable; samples whose model has no finite estimate are left out and counted. Ties in risk count half. Of more
    than 2,000 patients there is one row, C with the interval by the infinitesimal jackknife (as R's concordance).
    """
    used = cox_data(data, design)
    fixed = {**scope(data), "group": "All", **used.counts}
    first = {**fixed, "measure": "concordance", "method": "Harrell's C, apparent"}
    second = {**fixed, "measure": "optimism", "method": "Bootstrap optimism of Harrell's C"}
    third = {**first, "method": "Harrell's C, bootstrap-corrected, location-shifted interval"}
    columns, fit = quietly(lambda: fitted(used))[0] or ([], None)
    counts = Pairs(used.time, used.event, predictor(used.matrix[:, columns], fit.coefficients)) if fit else None
    apparent = counts.concordance if counts else np.nan
    if np.isnan(apparent):
        lost = not_estimable(used.problem or "the model has no finite estimate or orders no two patients")
        return estimates([first | lost, second | lost, third | lost])
    if counts and len(used.time) > RESAMPLED:
        width = Z95 * counts.error
        limits = {"ci_low": max(apparent - width, 0.0), "ci_high": min(apparent + width, 1.0)}
        return estimates([{**first, "method": JACKKNIFE, "estimate": apparent, **limits, "std_error": counts.error}])
    assert fit is not None  # else there were no counts
    first["estimate"], pairs = apparent, _resample(used, columns, fit.coefficients, samples)
    failed = samples - len(pairs)
    if len(pairs) < samples / 2:
        lost = not_estimable(f"{failed} of {samples} bootstrap samples gave no model")
        return estimates([first, second | lost, third | lost])
    optimism = float((pairs[:, 0] - pairs[:, 1]).mean())
    low, high = np.clip(np.percentile(pairs[:, 0], [2.5, 97.5]) - optimism, 0, 1)
    note = f"{samples} bootstrap samples" + (f", {failed} without a model" if failed else "")
    third |= {"estimate": apparent - optimism, "ci_low": low, "ci_high": high, "note": note}
    return estimates([first, {**second, "estimate": optimism, "note": note}, third])


class Pairs:
    """Comparable pairs counted by patient, in whole numbers and in a time that hardly grows faster than their number.

    A pair is comparable when one patient fails before the other's failure or censoring; at equal times only a failure
    against a censoring is. `comparable` counts each patient's pairs, `won` those in which the first to fail has the
    higher risk, twice, and those of equal risks, once.
    """

    def __init__(self, time: np.ndarray, event: np.ndarray, risk: np.ndarray) -> None:
        self.fails, rank = event == 1, np.unique(risk, return_inverse=True)[1]
        clock = 2 * np.unique(time, return_inverse=True)[1] + ~self.fails  # those who fail before those censored
        self.comparable = self._alike(clock, np.zeros_like(rank))
        order = np.lexsort((rank, clock))
        self.won = self._alike(clock, rank)
        self.won[order] += 2 * _inversions(rank[order], self.fails[order])

    @property
    def concordance(self) -> float:
        """Harrell's C."""
        pairs = self.comparable[self.fails].sum()
        return float(self.won.sum() / self.comparable.sum() / 2) if pairs else np.nan

    @property
    def error(self) -> float:
        """The standard error of C: the root of the sum of what each patient's weight does to it, squared."""
        return float(np.sqrt(((self.won - 2 * self.concordance * self.comparable) ** 2).sum()) / self.comparable.sum())

    def _alike(self, clock: np.ndarray, group: np.ndarray) -> np.ndarray:
        """Count each patient's comparable pairs within a group."""
        span = clock.max(initial=0) + 1
        key = group * span + clock
        failed, every = np.sort(key[self.fails]), np.sort(key)
        before = np.searchsorted(failed, key) - np.searchsorted(failed, group * span)
        after = np.searchsorted(every, (group + 1) * span) - np.searchsorted(every, key, side="right")
        return before + np.where(self.fails, after, 0)


def _inversions(rank: np.ndarray, fails: np.ndarray) -> np.ndarray:
    """Count for each row the later rows of lower rank, if it fails, and the failing rows of higher rank before it.

    Two ranks differ first in one binary digit: row by row within equal leading digits, digit after digit.
    """
    place, counts = np.arange(len(rank)), np.zeros(len(rank), int)
    for bit in reversed(range(int(rank.max(initial=0)).bit_length())):
        digits = rank[place] >> bit
        _, begin, group = np.unique(digits >> 1, return_index=True, return_inverse=True)
        end = np.append(begin[1:], len(rank))[group]
        low = digits % 2 == 0
        winner = fails[place] & ~low
        lows, winners = head_sums(low), head_sums(winner)
        counts[place] += np.where(winner, lows[end] - lows[1:], 0) + np.where(
            low, winners[:-1] - winners[begin[group]], 0
        )
        place = place[np.argsort(digits, kind="stable")]
    return counts


def predictor(matrix: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Return the linear predictor, patients whose predictors differ by rounding error alone with one value.

    Equal patterns of covariates get other last bits in other rows of a matrix product. The error is a part of the
    sizes that are added: predictors are one when they differ by less than 10^-10 of the largest of these.
    """
    size = (np.abs(matrix) @ np.abs(coefficients)).max(initial=0.0)
    return tied(matrix @ coefficients, SAME * size)


def _resample(used: CoxData, columns: list[int], near: np.ndarray, samples: int) -> np.ndarray:
    """Return C of each bootstrap model in its own sample and in all patients; samples without a model have no row."""
    rng, size, pairs = np.random.default_rng(SEED), len(used.time), []
    fails, whole = np.flatnonzero(used.event == 1), np.ones(size)
    before = used.time[fails, None] < used.time
    comparable = (before | ((used.time[fails, None] == used.time) & (used.event != 1))).astype(float)
    drawn = [np.bincount(rng.integers(0, size, size), minlength=size) for _ in range(samples)]
    counts = np.array([count for count in drawn if count @ used.event], dtype=int).reshape(-1, size)
    for count, fit in zip(counts, used.refits(columns, counts, near), strict=True):
        if not fit.converged:
            continue
        risk = predictor(used.matrix[:, columns], fit.coefficients)
        wins = comparable * ((risk[fails, None] > risk) + (risk[fails, None] == risk) / 2)
        pairs.append([_share(wins, comparable, fails, weight) for weight in (count.astype(float), whole)])
    both = np.array(pairs).reshape(-1, 2)
    return both[np.isfinite(both).all(axis=1)]


def _share(wins: np.ndarray, comparable: np.ndarray, fails: np.ndarray, count: np.ndarray) -> float:
    """Return C from the pairs, by who fails first and the other, where each patient is there so many times."""
    pairs = count[fails] @ comparable @ count
    return float(count[fails] @ wins @ count / pairs) if pairs else np.nan
