"""Firth's penalised fits (firthmodels), tried from the tightest tolerance on, as log effects with profile limits.

The penalised log-likelihoods are also written out here, for limits by search where firthmodels' iteration goes astray.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from firthmodels import FirthCoxPH
from scipy.optimize import brentq, minimize
from scipy.special import expit, log_expit
from scipy.stats import chi2

from helpers.stats.levels import CHI2_95
from helpers.stats.models.effects import Record, joined, quietly, ratio
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

    `make` is the firthmodels class; `matrix` holds the terms divided by `scales`; `terms` names the columns wanted by
    their places. Raises ArithmeticError when no attempt converges.
    """
    places = list(terms.values())
    for options in ATTEMPTS:
        found, message = quietly(lambda options=options: _fit(make, matrix, outcome, places, options))
        if found is not None:
            values = zip(terms, *(part[places] for part in found), scales[places], strict=True)
            return {term: _record(*parts) for term, *parts in values}
    raise ArithmeticError(joined(NOT_CONVERGED, message))


def _record(coefficient: float, limits: np.ndarray, p: float, error: float, scale: float) -> Record:
    """Return one term's record; its statistic is the likelihood ratio."""
    p = 1.0 if p > CERTAIN else float(p)
    found = ratio(coefficient / scale, *(limits / scale), p)
    return {**found, "std_error": float(error / scale), "statistic": float(chi2.isf(p, 1)), "df": 1}


def _fit(make: Callable[..., Any], matrix: np.ndarray, outcome: Any, places: list[int], options: dict) -> tuple:
    """Fit once; raise unless the estimates and tests of these columns were all found."""
    model = make(backend="numpy", max_iter=STEPS, max_step=1.0, **options).fit(matrix, outcome)
    if not model.converged_:
        raise ArithmeticError(NOT_CONVERGED)
    model.lrt(places)
    if np.isnan(model.lrt_pvalues_[places]).any():
        raise ArithmeticError("a penalised test did not converge")
    limits = np.full((len(model.coef_), 2), np.nan)
    limits[places] = [_fast_limits(model, place, options["gtol"]) for place in places]
    return model.coef_, _checked(model, matrix, outcome, places, limits), model.lrt_pvalues_, model.bse_


def _fast_limits(model: Any, place: int, tolerance: float) -> np.ndarray:
    """Return firthmodels' profile limits of one term, NaN where its iteration breaks down."""
    try:
        return model.conf_int(method="pl", features=[place], max_iter=STEPS, tol=tolerance)[place]
    except (np.linalg.LinAlgError, ArithmeticError, ValueError):
        return np.full(2, np.nan)


def _checked(model: Any, matrix: np.ndarray, outcome: Any, places: list[int], limits: np.ndarray) -> np.ndarray:
    """Return the limits, those that are missing or on the wrong side of the estimate found again by search.

    With flat likelihoods firthmodels' iteration can end on the other side's limit and call it converged.
    """
    is_cox = isinstance(model, FirthCoxPH)
    likelihood = (cox_likelihood if is_cox else logistic_likelihood)(matrix, outcome)
    estimate = model.coef_ if is_cox else np.append(model.coef_, model.intercept_)
    for place in places:
        for column, side in ((0, -1), (1, 1)):
            if not side * (limits[place, column] - estimate[place]) > 0:
                limits[place, column] = profile_limit(likelihood, estimate, place, side)
    return limits


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
        return 2 * least - CHI2_95

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
