"""Chained equations with predictive mean matching, in which no last bit of a float chooses a donor.

Each incomplete variable is regressed on all others, coefficients and residual variance are drawn, and each gap takes
the observed value of one of the donors whose predicted means lie nearest (van Buuren 2018, Flexible Imputation of
Missing Data, algorithms 3.1 and 3.3). Among donors of equal means chance decides, as in R's mice.
"""

import numpy as np

from helpers.stats.models.design import explained
from helpers.stats.ties import SAME, tied

BLOCK = 100_000  # gaps filled at a time, to bound the memory
EXPLAINED = 1e-5  # a predictor that the others leave less of (standard deviations) adds nothing


class Chain:
    """A numeric table whose gaps (NaN) are filled by random observed values, and filled anew in each round."""

    def __init__(self, table: np.ndarray, donors: int, seed: int) -> None:
        self.values, self.missing = table.copy(), np.isnan(table)
        self.rng, self.donors = np.random.default_rng(seed), donors
        counts = self.missing.sum(axis=0)
        self.order = [column for column in np.argsort(counts, kind="stable") if counts[column]]
        for column in self.order:
            observed = table[~self.missing[:, column], column]
            self.values[self.missing[:, column], column] = self.rng.choice(observed, counts[column])

    def rounds(self, count: int) -> np.ndarray:
        """Fill every gap anew so many times, variables with the fewest gaps first, and return the table."""
        for column in self.order * count:
            self._fill(column)
        return self.values

    def _fill(self, column: int) -> None:
        """Regress one variable on the others and fill its gaps with values of donors."""
        gaps = self.missing[:, column]
        observed = self.values[~gaps, column]
        predictors = independent(np.delete(self.values, column, axis=1), ~gaps)
        means = predictors @ drawn(predictors[~gaps], observed, self.rng)
        size = np.abs(means).max(initial=0.0)
        means = tied(means, SAME * size)
        chosen = matched(means[~gaps], means[gaps], self.donors, self.rng, SAME * size)
        self.values[gaps, column] = observed[chosen]


def independent(columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return a column of ones and the columns, standardised in `rows`, that earlier ones do not explain there."""
    kept = [np.ones(len(columns))]
    for values in columns.T:
        if np.ptp(values[rows]) == 0:
            continue
        values = (values - values[rows].mean()) / values[rows].std()
        if len(kept) < rows.sum() - 1 and not explained([column[rows] for column in kept], values[rows], EXPLAINED):
            kept.append(values)
    return np.column_stack(kept)


def drawn(predictors: np.ndarray, outcome: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return least-squares coefficients of the outcome less its mean, drawn from their posterior.

    Cholesky's root of their covariance is unique; the signs of numpy's multivariate_normal are the processor's choice.
    """
    root = np.linalg.cholesky(predictors.T @ predictors)
    centred = outcome - outcome.mean()
    coefficients = np.linalg.solve(root.T, np.linalg.solve(root, predictors.T @ centred))
    freedom = max(len(outcome) - predictors.shape[1], 1)
    scale = np.sqrt(((centred - predictors @ coefficients) ** 2).sum() / rng.chisquare(freedom))
    return coefficients + scale * np.linalg.solve(root.T, rng.standard_normal(len(coefficients)))


def matched(
    observed: np.ndarray, wanted: np.ndarray, donors: int, rng: np.random.Generator, within: float
) -> np.ndarray:
    """Return for each wanted mean the place of one of the observed means that are nearest, `donors` of them.

    Distances tie that differ by no more than `within`. A rank of distance is drawn, then one of all at its distance.
    """
    distinct, group, sizes = np.unique(observed, return_inverse=True, return_counts=True)
    members, starts = np.argsort(group, kind="stable"), np.cumsum(sizes) - sizes
    ranks, shares = rng.integers(0, donors, len(wanted)), rng.random(len(wanted))
    chosen = np.empty(len(wanted), int)
    for part in np.array_split(np.arange(len(wanted)), 1 + len(wanted) // BLOCK):
        mean = wanted[part, None]
        window = np.searchsorted(distinct, mean) + np.arange(-donors, donors)
        inside = (window >= 0) & (window < len(distinct))
        window = np.clip(window, 0, len(distinct) - 1)
        weights = np.where(inside, sizes[window], 0)
        nearest = _nearest(
            np.where(inside, np.abs(distinct[window] - mean), np.inf), weights, ranks[part, None], within
        )
        reached = np.cumsum(np.where(nearest, weights, 0), axis=1)
        place = (shares[part] * reached[:, -1]).astype(int)[:, None]
        column = (reached > place).argmax(axis=1)[:, None]
        before = np.take_along_axis(reached - weights, column, axis=1)
        chosen[part] = members[np.take_along_axis(starts[window], column, axis=1) + place - before][:, 0]
    return chosen


def _nearest(distance: np.ndarray, weights: np.ndarray, ranks: np.ndarray, within: float) -> np.ndarray:
    """Tell, row by row, which means lie at the distance where so many donors are nearer (ties are one distance)."""
    order = np.argsort(distance, axis=1, kind="stable")
    ordered = np.take_along_axis(distance, order, axis=1)
    farther = np.concatenate([np.zeros((len(order), 1), bool), ordered[:, 1:] > ordered[:, :-1] + within], axis=1)
    level = np.cumsum(farther, axis=1)
    reached = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1) > ranks
    wanted = level == np.take_along_axis(level, reached.argmax(axis=1)[:, None], axis=1)
    found = np.empty_like(wanted)
    np.put_along_axis(found, order, wanted, axis=1)
    return found
