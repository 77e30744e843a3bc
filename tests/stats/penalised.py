"""Firth's penalised likelihoods written out and maximised by brute force, as a second authority."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit
from scipy.stats import chi2


def logistic_likelihood(matrix: np.ndarray, outcome: np.ndarray) -> Callable[[np.ndarray], float]:
    """Return the penalised log-likelihood of (intercept, coefficients)."""
    x = np.column_stack([np.ones(len(outcome)), matrix])

    def likelihood(beta: np.ndarray) -> float:
        eta = x @ beta
        p = expit(eta)
        information = (x * (p * (1 - p))[:, None]).T @ x
        return float(log_expit(np.where(outcome == 1, eta, -eta)).sum() + 0.5 * np.linalg.slogdet(information)[1])

    return likelihood


def cox_likelihood(matrix: np.ndarray, time: np.ndarray, event: np.ndarray) -> Callable[[np.ndarray], float]:
    """Return the penalised log partial likelihood (Breslow ties), one event after the other."""

    def likelihood(beta: np.ndarray) -> float:
        total, information = 0.0, np.zeros((matrix.shape[1],) * 2)
        for i in np.flatnonzero(event):
            at_risk = matrix[time >= time[i]]
            weight = np.exp(at_risk @ beta)
            total += matrix[i] @ beta - np.log(weight.sum())
            weight = weight / weight.sum()
            mean = weight @ at_risk
            information += (at_risk * weight[:, None]).T @ at_risk - np.outer(mean, mean)
        return float(total + 0.5 * np.linalg.slogdet(information)[1])

    return likelihood


def maximum(likelihood: Callable[[np.ndarray], float], size: int, held: dict[int, float] | None = None) -> tuple:
    """Return the maximiser and the maximum, with some coefficients held at given values."""
    held = held or {}
    free = [j for j in range(size) if j not in held]

    def full(values: np.ndarray) -> np.ndarray:
        beta = np.zeros(size)
        beta[free] = values
        beta[list(held)] = list(held.values())
        return beta

    if not free:
        return full(np.zeros(0)), likelihood(full(np.zeros(0)))
    found = minimize(lambda v: -likelihood(full(v)), np.zeros(len(free)), method="BFGS", options={"gtol": 1e-7})
    found = minimize(
        lambda v: -likelihood(full(v)), found.x, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-13}
    )
    return full(found.x), -found.fun


def deviances(likelihood: Callable[[np.ndarray], float], size: int, j: int, limits: list[float]) -> tuple:
    """Return the estimate of coefficient j, its likelihood ratio P, and the deviance lost at each of the limits."""
    beta, top = maximum(likelihood, size)
    lost = [2 * (top - maximum(likelihood, size, {j: value})[1]) for value in (0.0, *limits)]
    return beta[j], chi2.sf(lost[0], 1), lost[1:]
