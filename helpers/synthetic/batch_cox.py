"""Cox models fitted many at a time: the same survival times under many candidate covariate tables.

Breslow and Efron agree here because reconstructed event days are distinct. All other Cox models come from
``helpers.stats.models.partial_likelihood``; this kernel exists because the generator tries thousands of placements.
"""

import numpy as np

ITERATIONS = 25
# A log hazard ratio beyond 6 (a ratio of 400) with 15 events means some event set is separated.
LARGEST_LOG_RATIO = 6.0


def fit_cox(day: np.ndarray, event: np.ndarray, covariates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log hazard ratios and standard errors, fits x terms, for covariates of shape fits x rows x terms.

    A fit whose likelihood is monotone (no event, or no one at risk, in a group) comes back as NaN.
    """
    fits, rows, terms = covariates.shape
    failed = np.flatnonzero(event)
    at_risk = (day[failed, None] <= day).astype(float)
    products = np.einsum("bni,bnj->bnij", covariates, covariates).reshape(fits, rows, terms * terms)
    powers = np.concatenate([np.ones((fits, rows, 1)), covariates, products], axis=2)
    observed = covariates[:, failed].sum(axis=1)
    beta = np.zeros((fits, terms))
    for _ in range(ITERATIONS):  # Newton's method
        expected, information = _moments(at_risk, powers, beta)
        ridged = information + np.eye(terms) * 1e-9
        step = np.linalg.solve(ridged, (observed - expected)[..., None])[..., 0]
        beta = np.clip(beta + np.clip(step, -2, 2), -12, 12)
        if np.abs(step).max() < 1e-10:
            break
    variance = np.diagonal(np.linalg.inv(information + np.eye(terms) * 1e-12), axis1=1, axis2=2)
    with np.errstate(invalid="ignore"):
        se = np.sqrt(variance)
    separated = (np.abs(beta) > LARGEST_LOG_RATIO).any(axis=1) | ~(se < 1e3).all(axis=1)
    beta[separated], se[separated] = np.nan, np.nan
    return beta, se


def _moments(at_risk: np.ndarray, powers: np.ndarray, beta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Expected covariates at the events, summed, and the information; ``powers`` is (1, x, products of x)."""
    fits, terms = beta.shape
    weights = np.exp(np.matmul(powers[..., 1 : terms + 1], beta[..., None]))
    sums = np.matmul(at_risk, weights * powers)
    means = sums[..., 1:] / sums[..., :1]
    first, second = means[..., :terms], means[..., terms:].sum(axis=1)
    squares = np.matmul(first.transpose(0, 2, 1), first)
    return first.sum(axis=1), second.reshape(fits, terms, terms) - squares
