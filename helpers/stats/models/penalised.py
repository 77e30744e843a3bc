"""Firth's penalised log-likelihoods written out, and profile limits by search where the fast way goes astray."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import expit, log_expit
from scipy.stats import chi2

Likelihood = Callable[[np.ndarray], float]
CUT = chi2.ppf(0.95, 1)
IMPOSSIBLE = -1e6
FARTHEST = 60.0  # standard deviations of the term; a profile that has not dropped by then has no limit


def logistic_likelihood(matrix: np.ndarray, outcome: np.ndarray) -> Likelihood:
    """Return the penalised log-likelihood as a function of the coefficients followed by the intercept."""
    x, sign = np.column_stack([matrix, np.ones(len(matrix))]), np.where(outcome == 1, 1.0, -1.0)

    def value(beta: np.ndarray) -> float:
        linear = x @ beta
        chance = expit(linear)
        information = (x * (chance * expit(-linear))[:, None]).T @ x
        return float(log_expit(sign * linear).sum() + _half_log_determinant(information))

    return value


def cox_likelihood(matrix: np.ndarray, outcome: tuple[np.ndarray, np.ndarray]) -> Likelihood:
    """Return the penalised log partial likelihood (Breslow ties) as a function of the coefficients.

    `outcome` holds who had the event and the times.
    """
    event, time = outcome
    order = np.argsort(-time, kind="stable")
    x, failing = matrix[order], np.flatnonzero(event[order])
    last = np.searchsorted(-time[order], -time[order][failing], side="right") - 1  # the last of each risk set
    outer = x[:, :, None] * x[:, None, :]

    def value(beta: np.ndarray) -> float:
        linear = x @ beta
        risk = np.exp(linear - linear.max())
        total, mean, square = (
            np.cumsum(moment, axis=0)[last] for moment in (risk, risk[:, None] * x, risk[:, None, None] * outer)
        )
        mean = mean / total[:, None]
        information = (square / total[:, None, None] - mean[:, :, None] * mean[:, None, :]).sum(axis=0)
        partial = (linear[failing] - linear.max() - np.log(total)).sum()
        return float(partial + _half_log_determinant(information))

    return value


def profile_limit(likelihood: Likelihood, estimate: np.ndarray, place: int, side: int) -> float:
    """Return the 95% profile limit of one coefficient above (`side` 1) or below (-1) the estimate, NaN without one.

    `estimate` maximises the likelihood. The others are maximised anew at each value tried, from their estimates on
    (BFGS), so this is slow; with a handful of patients there can be a second maximum far away, which is not sought.
    """
    top, others = likelihood(estimate), np.delete(np.arange(len(estimate)), place)

    def excess(value: float) -> float:
        def lost(free: np.ndarray) -> float:
            beta = np.empty(len(estimate))
            beta[others], beta[place] = free, value
            return top - likelihood(beta)

        least = minimize(lost, estimate[others], method="BFGS", options={"gtol": 1e-8}).fun if len(others) else lost([])
        return 2 * least - CUT

    inner, step = float(estimate[place]), 0.5
    while abs(inner - estimate[place]) < FARTHEST:
        outer = inner + side * step
        if excess(outer) > 0:
            return float(brentq(excess, *sorted((inner, outer)), xtol=1e-12))
        inner, step = outer, step * 1.5
    return np.nan


def _half_log_determinant(information: np.ndarray) -> float:
    """Return Firth's penalty; a number no search would accept where the information is singular."""
    sign, value = np.linalg.slogdet(information)
    return 0.5 * value if sign > 0 and np.isfinite(value) else IMPOSSIBLE
