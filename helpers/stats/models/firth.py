"""Firth's penalised fits (firthmodels), tried from the tightest tolerance on, as log effects with profile limits."""

from collections.abc import Callable

import numpy as np
from firthmodels import FirthCoxPH
from scipy.stats import chi2

from helpers.stats.models.effects import joined, quietly, ratio
from helpers.stats.models.penalised import cox_likelihood, logistic_likelihood, profile_limit
from helpers.stats.ties import SAME

# Without step halving the iteration reaches the last digits; with it, it survives far-off starts.
ATTEMPTS = ({"max_halfstep": 0, "gtol": 1e-9, "xtol": 1e-9}, {"max_halfstep": 25, "gtol": 1e-6, "xtol": 1e-6})
STEPS = 250
CERTAIN = chi2.sf(SAME, 1)  # the P of likelihoods that differ by rounding error
NOT_CONVERGED = "the penalised fit did not converge"


def firth_effects(
    make: Callable[..., object], matrix: np.ndarray, outcome: object, terms: dict[str, int], scales: np.ndarray
) -> dict[str, dict]:
    """Return ratio, penalised profile likelihood limits and penalised likelihood ratio P of the terms wanted.

    `make` is the firthmodels class; `matrix` holds the terms divided by `scales`; `terms` names the columns wanted by
    their places. Raises ArithmeticError when no attempt converges.
    """
    places = list(terms.values())
    for options in ATTEMPTS:
        found, message = quietly(lambda options=options: _fit(make, matrix, outcome, places, options))
        if found is not None:
            coefficients, limits, p = (values[places] for values in found)
            limits, p = limits / scales[places, None], np.where(p > CERTAIN, 1.0, p)
            rows = zip(terms, coefficients / scales[places], limits, p, strict=True)
            return {term: ratio(value, *bounds, float(test)) for term, value, bounds, test in rows}
    raise ArithmeticError(joined(NOT_CONVERGED, message))


def _fit(make: Callable[..., object], matrix: np.ndarray, outcome: object, places: list[int], options: dict) -> tuple:
    """Fit once; raise unless the estimates and tests of these columns were all found."""
    model = make(backend="numpy", max_iter=STEPS, max_step=1.0, **options).fit(matrix, outcome)
    if not model.converged_:
        raise ArithmeticError(NOT_CONVERGED)
    model.lrt(places)
    if np.isnan(model.lrt_pvalues_[places]).any():
        raise ArithmeticError("a penalised test did not converge")
    limits = np.full((len(model.coef_), 2), np.nan)
    limits[places] = [_fast_limits(model, place, options["gtol"]) for place in places]
    return model.coef_, _mended(model, matrix, outcome, places, limits), model.lrt_pvalues_


def _fast_limits(model: object, place: int, tolerance: float) -> np.ndarray:
    """Return firthmodels' profile limits of one term, NaN where its iteration breaks down."""
    try:
        return model.conf_int(method="pl", features=[place], max_iter=STEPS, tol=tolerance)[place]
    except (np.linalg.LinAlgError, ArithmeticError, ValueError):
        return np.full(2, np.nan)


def _mended(model: object, matrix: np.ndarray, outcome: object, places: list[int], limits: np.ndarray) -> np.ndarray:
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
