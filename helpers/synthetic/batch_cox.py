"""Cox models fitted many at a time: the same survival times under many candidate covariate tables.

Breslow and Efron agree here because reconstructed event days are distinct. The reports use
``helpers.stats.models.cox``; this kernel exists because the generator tries thousands of placements.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

ITERATIONS = 25
# A log hazard ratio beyond 6 (a ratio of 400) with 15 events means some event set is separated.
LARGEST_LOG_RATIO = 6.0


@dataclass(frozen=True)
class RiskSets:
    """Who is at risk at each event: ``at_risk`` is events x rows (0/1), ``failed`` the failing row of each."""

    at_risk: np.ndarray
    failed: np.ndarray


@dataclass(frozen=True)
class CoxFits:
    """Log hazard ratios and standard errors, fits x terms; NaN where the likelihood has no maximum."""

    beta: np.ndarray
    se: np.ndarray

    @property
    def hazard_ratio(self) -> np.ndarray:
        """Hazard ratios, fits x terms."""
        return np.exp(self.beta)

    @property
    def p(self) -> np.ndarray:
        """Two-sided Wald P values, fits x terms."""
        return 2 * ndtr(-np.abs(self.beta / self.se))


def risk_sets(stop: np.ndarray, event: np.ndarray, start: np.ndarray | None = None) -> RiskSets:
    """Risk sets of rows observed on (start, stop]; rows of one patient may follow each other."""
    start = np.full(len(stop), -np.inf) if start is None else start
    failed = np.flatnonzero(event)
    at = np.asarray(stop)[failed, None]
    return RiskSets(((start < at) & (at <= stop)).astype(float), failed)


def fit_cox(sets: RiskSets, covariates: np.ndarray) -> CoxFits:
    """Cox fits by Newton's method for covariates of shape fits x rows x terms.

    A fit whose likelihood is monotone (no event, or no one at risk, in a group) comes back as NaN.
    """
    fits, rows, terms = covariates.shape
    beta = np.zeros((fits, terms))
    products = np.einsum("bni,bnj->bnij", covariates, covariates).reshape(fits, rows, terms * terms)
    powers = np.concatenate([np.ones((fits, rows, 1)), covariates, products], axis=2)
    observed = covariates[:, sets.failed].sum(axis=1)
    for _ in range(ITERATIONS):
        expected, information = _moments(sets, powers, beta)
        ridged = information + np.eye(terms) * 1e-9
        step = np.linalg.solve(ridged, (observed - expected)[..., None])[..., 0]
        beta = np.clip(beta + np.clip(step, -2, 2), -12, 12)
        if np.abs(step).max() < 1e-10:
            break
    return _checked(beta, information)


def _moments(sets: RiskSets, powers: np.ndarray, beta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Expected covariates at the events, summed, and the information; ``powers`` is (1, x, products of x)."""
    fits, terms = beta.shape
    weights = np.exp(np.matmul(powers[..., 1 : terms + 1], beta[..., None]))
    sums = np.matmul(sets.at_risk, weights * powers)
    means = sums[..., 1:] / sums[..., :1]
    first, second = means[..., :terms], means[..., terms:].sum(axis=1)
    squares = np.matmul(first.transpose(0, 2, 1), first)
    return first.sum(axis=1), second.reshape(fits, terms, terms) - squares


def _checked(beta: np.ndarray, information: np.ndarray) -> CoxFits:
    """Estimates with those of separated fits set to NaN."""
    terms = beta.shape[1]
    variance = np.diagonal(np.linalg.inv(information + np.eye(terms) * 1e-12), axis1=1, axis2=2)
    with np.errstate(invalid="ignore"):
        se = np.sqrt(variance)
    bad = (np.abs(beta) > LARGEST_LOG_RATIO).any(axis=1) | ~(se < 1e3).all(axis=1)
    beta, se = beta.copy(), se.copy()
    beta[bad], se[bad] = np.nan, np.nan
    return CoxFits(beta, se)
