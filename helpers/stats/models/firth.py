"""Firth's penalised likelihoods, logistic and Cox: maximum, likelihood ratio test and profile limits."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import chdtrc, expit, log_expit

from helpers.stats.levels import CHI2_95
from helpers.stats.models.effects import Record, ratio
from helpers.stats.models.partial_likelihood import CoxFit, Terms, newton
from helpers.stats.ties import cleared

NOT_CONVERGED = "the penalised fit did not converge"
NO_TEST = "a penalised test did not converge"
Likelihood = Callable[[np.ndarray], Terms]
"""The penalised log-likelihood at some coefficients, its slopes, and the information."""
IMPOSSIBLE = -1e6
STEPS, SETTLED, CLOSE = 50, 1e-9, 1e-6
AWAY = 4.0  # standard errors from the estimate, where a second maximum is looked for
FARTHEST = 60.0  # standard deviations of the term; a profile that has not dropped by then has no limit


def firth_effects(likelihood: Likelihood, terms: dict[str, int], scales: np.ndarray) -> dict[str, Record]:
    """Return ratio, penalised profile likelihood limits and penalised likelihood ratio P of the terms wanted.

    `terms` gives their places among the coefficients, each of which is that of a term divided by its scale. Raises
    ArithmeticError when the fit or a test does not converge.
    """
    beta, (top, _, information), converged = newton(likelihood, np.zeros(len(scales)))
    if not converged:
        raise ArithmeticError(NOT_CONVERGED)
    fit = CoxFit(beta, np.linalg.inv(information), converged, top)
    return {term: _record(likelihood, fit, place, scales[place]) for term, place in terms.items()}


def _record(likelihood: Likelihood, fit: CoxFit, place: int, scale: float) -> Record:
    """Return one term's record; its statistic is the likelihood ratio."""
    converged, held = held_maximum(likelihood, place, 0.0, _moved(fit, place, 0.0))
    if not converged:
        raise ArithmeticError(NO_TEST)
    statistic = max(float(cleared(2 * (fit.log_likelihood - held))), 0.0)
    p = float(chdtrc(1, statistic))
    low, high = (profile_limit(likelihood, fit, place, side) / scale for side in (-1, 1))
    record = ratio(fit.coefficients[place] / scale, low, high, p)
    error = float(fit.errors[place] / scale)
    return {**record, "std_error": error, "statistic": statistic if p else np.nan, "df": 1}


def logistic_likelihood(event: np.ndarray, x: np.ndarray, count: np.ndarray) -> Likelihood:
    """Return the penalised likelihood of a logistic model: outcomes of rows, their columns and numbers of patients."""
    sign = np.where(event == 1, 1.0, -1.0)

    def terms(beta: np.ndarray) -> Terms:
        linear = x @ beta
        chance = expit(linear)
        varies = chance * (1 - chance)
        penalty, inverse = _penalty((x.T * (count * varies)) @ x)
        leverage = count * varies * ((x @ inverse) * x).sum(axis=1)
        score = x.T @ (count * (event - chance) + leverage * (0.5 - chance))
        total = float((count * log_expit(sign * linear)).sum()) + penalty
        return total, score, (x.T * ((count + leverage) * varies)) @ x  # each row counts its leverage more

    return terms


def cox_likelihood(matrix: np.ndarray, event: np.ndarray, time: np.ndarray) -> Likelihood:
    """Return the penalised partial likelihood with Breslow's ties."""
    order = np.argsort(time, kind="stable")
    x, fails = matrix.T[:, order], np.flatnonzero(event[order] == 1)
    times, deaths = np.unique(time[order][fails], return_counts=True)
    first, last = np.searchsorted(time[order], times), np.searchsorted(times, time[order], side="right")

    def at_risk(values: np.ndarray) -> np.ndarray:
        return values[..., ::-1].cumsum(axis=-1)[..., ::-1][..., first]

    def lived_through(values: np.ndarray) -> np.ndarray:
        passed = np.zeros((*values.shape[:-1], len(times) + 1))
        np.cumsum(values, axis=-1, out=passed[..., 1:])
        return passed[..., last]

    def terms(beta: np.ndarray) -> Terms:
        linear = beta @ x
        shift = linear.max()
        risk = np.exp(linear - shift)
        total = at_risk(risk)
        mean, each = at_risk(x * risk) / total, deaths / total
        hazard = risk * lived_through(each)
        information = (x * hazard) @ x.T - (mean * deaths) @ mean.T
        penalty, inverse = _penalty(information)
        # The penalty's slopes: (x - m)' inverse (x - m) (x - m) over all risk sets, whose means are m.
        square, centre = (x * (inverse @ x)).sum(axis=0), inverse @ mean
        along = risk * (x * lived_through(centre * each)).sum(axis=0)
        usual = at_risk(square * risk) / total - 2 * (mean * centre).sum(axis=0)
        pull = x @ (hazard * square - 2 * along) - mean @ (deaths * usual)
        value = float((linear[fails] - shift).sum() - deaths @ np.log(total))
        return value + penalty, x[:, fails].sum(axis=1) - x @ hazard + pull / 2, information

    return terms


def held_maximum(likelihood: Likelihood, place: int, value: float, start: np.ndarray) -> tuple[bool, float]:
    """Return whether the maximum with one coefficient held at a value was reached, and the maximum."""
    others = np.arange(len(start)) != place

    def terms(free: np.ndarray) -> Terms:
        total, score, information = likelihood(np.insert(free, place, value))
        return total, score[others], information[np.ix_(others, others)]

    if not others.any():
        return True, likelihood(np.array([value]))[0]
    _, (total, *_), converged = newton(terms, start[others])
    return converged, total


def profile_limit(likelihood: Likelihood, fit: CoxFit, place: int, side: int) -> float:
    """Return the 95% profile limit of one coefficient above (`side` 1) or below (-1) the estimate, NaN without one.

    By Newton's steps; where they fail, or end where the others are at no maximum, by search, the others maximised anew
    (BFGS) at each value. There is none where that ends although other coefficients, far away, still have the limit's
    likelihood, as can be with a handful of events; after Newton's steps such a second maximum is not sought.
    """
    estimate, lowest = fit.coefficients, fit.log_likelihood - CHI2_95 / 2
    found = _newton_limit(likelihood, fit, place, side)
    if side * (found - estimate[place]) > 0:
        converged, held = held_maximum(likelihood, place, found, _moved(fit, place, found))
        if converged and abs(held - lowest) < CLOSE:
            return found

    def excess(value: float, others: np.ndarray) -> float:
        def lost(free: np.ndarray) -> tuple[float, np.ndarray]:
            total, score, _ = likelihood(np.insert(free, place, value))
            return lowest - total, -np.delete(score, place)

        if not len(others):
            return lost(others)[0]
        return float(minimize(lost, others, method="BFGS", jac=True, options={"gtol": 1e-8}).fun)

    others = np.delete(estimate, place)
    found = crossing(lambda value: excess(value, others), float(estimate[place]), side, FARTHEST)
    if np.isnan(found):
        return found
    away = np.diag(AWAY * np.delete(fit.errors, place))
    elsewhere = [*(others + away), *(others - away), np.delete(_moved(fit, place, found), place)]
    return np.nan if any(excess(found, start) < -CLOSE for start in elsewhere) else found


def _newton_limit(likelihood: Likelihood, fit: CoxFit, place: int, side: int) -> float:
    """Solve for the limit's likelihood and the others' scores at once (Venzon and Moolgavkar 1988); NaN if it fails."""
    error = fit.errors[place]
    beta = _moved(fit, place, fit.coefficients[place] + side * error * np.sqrt(CHI2_95))
    for _ in range(STEPS):
        total, score, information = likelihood(beta)
        slopes, wrong = -information, score.copy()
        slopes[place], wrong[place] = score, total - (fit.log_likelihood - CHI2_95 / 2)
        if not np.isfinite(slopes).all():
            return np.nan
        if np.abs(wrong).max() < SETTLED:
            return float(beta[place])
        try:
            step = np.linalg.solve(slopes, wrong)
        except np.linalg.LinAlgError:
            return np.nan
        beta = beta - step / max(1.0, np.abs(step[place]) / error)
    return np.nan


def _moved(fit: CoxFit, place: int, value: float) -> np.ndarray:
    """Return the coefficients where one has a value and the others follow it along the covariance."""
    follow = fit.covariance[place] / fit.covariance[place, place]
    return fit.coefficients + (value - fit.coefficients[place]) * follow


def crossing(excess: Callable[[float], float], start: float, side: int, farthest: float) -> float:
    """Return the first root of `excess` that growing steps to one side of `start` find within `farthest`, else NaN."""
    inner, step, sign = start, 0.5, excess(start) > 0
    while abs(inner - start) < farthest:
        outer = inner + side * step
        if (excess(outer) > 0) != sign:
            low, high = sorted((inner, outer))
            return float(brentq(excess, low, high, xtol=1e-12, rtol=1e-14))
        inner, step = outer, step * 1.5
    return np.nan


def _penalty(information: np.ndarray) -> tuple[float, np.ndarray]:
    """Return Firth's penalty and the information's inverse; where it is singular, what no search would accept."""
    with np.errstate(divide="ignore"):
        sign, value = np.linalg.slogdet(information)
    if sign > 0 and np.isfinite(value):
        return 0.5 * value, np.linalg.inv(information)
    return IMPOSSIBLE, np.zeros_like(information)
