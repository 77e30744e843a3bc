"""Firth's penalised fits (firthmodels), with limits by search where firthmodels' iteration goes astray."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from firthmodels import FirthCoxPH
from scipy.optimize import brentq, minimize
from scipy.special import expit, log_expit
from scipy.stats import chi2

from helpers.stats.levels import CHI2_95
from helpers.stats.models.effects import Record, joined, quietly, ratio
from helpers.stats.models.partial_likelihood import Patterns, RiskSets
from helpers.stats.ties import SAME

# Without step halving the iteration reaches the last digits; with it, it survives far-off starts.
ATTEMPTS = ({"max_halfstep": 0, "gtol": 1e-9, "xtol": 1e-9}, {"max_halfstep": 25, "gtol": 1e-6, "xtol": 1e-6})
STEPS = 250
CERTAIN = chi2.sf(SAME, 1)  # the P of likelihoods that differ by rounding error
NOT_CONVERGED = "the penalised fit did not converge"
Likelihood = Callable[[np.ndarray], float]
IMPOSSIBLE = -1e6
FARTHEST = 60.0  # standard deviations of the term; a profile that has not dropped by then has no limit


def firth_effects(
    make: Callable[..., Any], matrix: np.ndarray, outcome: Any, terms: dict[str, int], scales: np.ndarray
) -> dict[str, Record]:
    """Return ratio, penalised profile likelihood limits and penalised likelihood ratio P of the terms wanted.

    `make` is the firthmodels class; `matrix` holds the terms divided by `scales`; `outcome` who had the event and the
    times, or outcomes and numbers of patients; `terms` gives the wanted columns' places. Raises ArithmeticError when
    no attempt converges.
    """
    message = ""
    for options in ATTEMPTS:
        attempt, message = quietly(partial(_fit, make, matrix, outcome, list(terms.values()), options))
        if attempt is not None:
            model, limits = attempt
            return {term: _record(model, place, limits[place] / scales[place], scales) for term, place in terms.items()}
    raise ArithmeticError(joined(NOT_CONVERGED, message))


def _record(model: Any, place: int, limits: np.ndarray, scales: np.ndarray) -> Record:
    """Return one term's record; its statistic is the likelihood ratio."""
    p = 1.0 if model.lrt_pvalues_[place] > CERTAIN else float(model.lrt_pvalues_[place])
    record = ratio(model.coef_[place] / scales[place], limits[0], limits[1], p)
    error = float(model.bse_[place] / scales[place])
    return {**record, "std_error": error, "statistic": float(chi2.isf(p, 1)) if p else np.nan, "df": 1}


def _fit(
    make: Callable[..., Any], matrix: np.ndarray, outcome: Any, places: list[int], options: dict
) -> tuple[Any, dict[int, np.ndarray]]:
    """Fit once, and find limits of these columns; raise unless their estimates and tests were all found."""
    is_cox = make is FirthCoxPH
    model = make(backend="numpy", max_iter=STEPS, max_step=1.0, **options)
    model = model.fit(matrix, outcome) if is_cox else model.fit(matrix, outcome[0], sample_weight=outcome[1])
    if not model.converged_:
        raise ArithmeticError(NOT_CONVERGED)
    model.lrt(places)
    if np.isnan(model.lrt_pvalues_[places]).any():
        raise ArithmeticError("a penalised test did not converge")
    likelihood = (cox_likelihood if is_cox else logistic_likelihood)(matrix, outcome)
    estimate = model.coef_ if is_cox else np.append(model.coef_, model.intercept_)
    return model, {place: _limits(model, place, options["gtol"], likelihood, estimate) for place in places}


def _limits(model: Any, place: int, tolerance: float, likelihood: Likelihood, estimate: np.ndarray) -> np.ndarray:
    """Return firthmodels' profile limits of one term, found again by search where they are missing or wrong.

    With flat likelihoods its iteration breaks down, or ends on the other side's limit and calls it converged.
    """
    try:
        limits = np.array(model.conf_int(method="pl", features=[place], max_iter=STEPS, tol=tolerance)[place])
    except (np.linalg.LinAlgError, ArithmeticError, ValueError):
        limits = np.full(2, np.nan)
    for column, side in ((0, -1), (1, 1)):
        if not side * (limits[column] - estimate[place]) > 0:
            limits[column] = profile_limit(likelihood, estimate, place, side)
    return limits


def logistic_likelihood(matrix: np.ndarray, outcome: tuple[np.ndarray, np.ndarray]) -> Likelihood:
    """Return the penalised log-likelihood as a function of the coefficients followed by the intercept.

    `outcome` holds the outcomes of the rows and the numbers of patients.
    """
    event, count = outcome
    x, sign = np.column_stack([matrix, np.ones(len(matrix))]), np.where(event == 1, 1.0, -1.0)

    def value(beta: np.ndarray) -> float:
        linear = x @ beta
        information = (x * (count * expit(linear) * expit(-linear))[:, None]).T @ x
        return float((count * log_expit(sign * linear)).sum() + _half_log_determinant(information))

    return value


def cox_likelihood(matrix: np.ndarray, outcome: tuple[np.ndarray, np.ndarray]) -> Likelihood:
    """Return the penalised log partial likelihood (Breslow ties); `outcome` holds who had the event and the times."""
    event, time = outcome
    sets = RiskSets(np.full(len(time), -1.0), time, event, Patterns.among(matrix), breslow=True)

    def value(beta: np.ndarray) -> float:
        moments = sets.at(beta)
        return float(moments.log_likelihood + _half_log_determinant(moments.information()))

    return value


def profile_limit(likelihood: Likelihood, estimate: np.ndarray, place: int, side: int) -> float:
    """Return the 95% profile limit of one coefficient above (`side` 1) or below (-1) the estimate, NaN without one.

    `estimate` maximises the likelihood. The others are maximised anew (BFGS) at each value, which is slow; a second
    maximum far away, as a handful of patients can have, is not sought.
    """
    top, others = likelihood(estimate), np.delete(np.arange(len(estimate)), place)

    def excess(value: float) -> float:
        def lost(free: np.ndarray) -> float:
            beta = np.empty(len(estimate))
            beta[others], beta[place] = free, value
            return top - likelihood(beta)

        start = estimate[others]
        least = minimize(lost, start, method="BFGS", options={"gtol": 1e-8}).fun if len(others) else lost(start)
        return 2 * least - CHI2_95

    return crossing(excess, float(estimate[place]), side, FARTHEST)


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


def _half_log_determinant(information: np.ndarray) -> float:
    """Return Firth's penalty; a number no search would accept where the information is singular."""
    sign, value = np.linalg.slogdet(information)
    return 0.5 * value if sign > 0 and np.isfinite(value) else IMPOSSIBLE
