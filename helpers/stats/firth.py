"""Firth's penalised fits (firthmodels), tried from the tightest tolerance on, as log effects with profile limits."""

from collections.abc import Callable

import numpy as np

from helpers.stats.effects import joined, quietly, ratio

# Without step halving the iteration reaches the last digits; with it, it survives far-off starts.
ATTEMPTS = ({"max_halfstep": 0, "gtol": 1e-9, "xtol": 1e-9}, {"max_halfstep": 25, "gtol": 1e-6, "xtol": 1e-6})
STEPS = 250
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
            limits = limits / scales[places, None]
            rows = zip(terms, coefficients / scales[places], limits, p, strict=True)
            return {
                term: ratio(value, *bounds, float(test), _note(bounds, message)) for term, value, bounds, test in rows
            }
    raise ArithmeticError(joined(NOT_CONVERGED, message))


def _fit(make: Callable[..., object], matrix: np.ndarray, outcome: object, places: list[int], options: dict) -> tuple:
    """Fit once; raise unless the estimates and tests of these columns were all found."""
    model = make(backend="numpy", max_iter=STEPS, max_step=1.0, **options).fit(matrix, outcome)
    if not model.converged_:
        raise ArithmeticError(NOT_CONVERGED)
    model.lrt(places)
    if np.isnan(model.lrt_pvalues_[places]).any():
        raise ArithmeticError("a penalised test did not converge")
    limits = model.conf_int(method="pl", features=places, max_iter=STEPS, tol=options["gtol"])
    return model.coef_, limits, model.lrt_pvalues_


def _note(limits: np.ndarray, message: str) -> str:
    """Say when a profile limit is missing."""
    return "" if np.isfinite(limits).all() else joined("a profile limit was not found", message)
