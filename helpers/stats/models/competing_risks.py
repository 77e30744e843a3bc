"""Regression with competing risks: the cause-specific hazard and the subdistribution hazard, to be read together.

The Fine-Gray model is comprisk's fit taken to its maximum, with the variance of R's crr.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from comprisk import FineGrayRegression

from helpers.frames import about
from helpers.stats.estimates import if_recorded, not_estimable
from helpers.stats.models.cox_regression import CoxData, cox_data, efron_effects, separated, uninformative
from helpers.stats.models.design import Design
from helpers.stats.models.effects import ANOTHER, Record, model_rows, wald
from helpers.stats.models.monotone import separating_direction
from helpers.stats.models.partial_likelihood import has_maximum
from helpers.stats.survival.incidence import cause_codes, checked_causes
from helpers.stats.survival.life_table import life_table

CAUSE_SPECIFIC = "Cause-specific Cox, Efron ties"
FINE_GRAY = "Fine-Gray, robust standard error"
LAST_STEP = 1e-4  # per standard deviation; the error after it is of the order of its square


@if_recorded
def cause_specific(data: pd.DataFrame, design: Design, cause: str = "") -> pd.DataFrame:
    """Return the hazard ratio of every term for one cause, the other causes censored when they occur.

    It describes the rate among those still free of any event. `data` has `cause` by patient; the cause is the one
    that the endpoint counts as its event, or for a plain frame `cause`.
    """
    used = cox_data(_with_cause(data, cause), design)
    return model_rows(data, design, used, efron_effects, measure="hazard_ratio", method=CAUSE_SPECIFIC)


@if_recorded
def fine_gray(data: pd.DataFrame, design: Design, cause: str = "") -> pd.DataFrame:
    """Return the subdistribution hazard ratio of every term for one cause, with robust Wald limits and P.

    It describes the cumulative incidence: patients with a competing event stay in the risk set (Fine and Gray 1999).
    Ties are Breslow's and one censoring curve serves all patients, as in R's crr. Separated terms are not estimable.
    The cause is chosen as in `cause_specific`.
    """
    cause = _cause(data, cause)

    def effects(used: CoxData) -> dict[str, Record]:
        return _fine_gray_effects(used, data.loc[used.index], cause)

    used = cox_data(_with_cause(data, cause), design)
    return model_rows(data, design, used, effects, measure="subdistribution_hazard_ratio", method=FINE_GRAY)


def _cause(data: pd.DataFrame, cause: str) -> str:
    """Return the cause asked for, or the one of the endpoint; raises ValueError when that is not one."""
    causes = about(data).causes
    if cause or len(causes) == 1:
        return cause or causes[0]
    raise ValueError(f"a model of competing risks is of one cause, and this endpoint has {len(causes)}; give cause=")


def _with_cause(data: pd.DataFrame, cause: str) -> pd.DataFrame:
    """Return the data with the events of one cause alone."""
    codes = cause_codes(checked_causes(data), _cause(data, cause))
    return data.assign(event=(codes == 1).astype(int))


def _fine_gray_effects(used: CoxData, rows: pd.DataFrame, cause: str) -> dict[str, Record]:
    """Return the record of every term."""
    codes = cause_codes(rows, cause)
    staying = np.where(codes == 2, np.inf, used.time)  # after a competing event a patient stays at risk
    records = separated(used, separating_direction(used.matrix, staying, codes == 1))
    records |= {term: not_estimable(ANOTHER) for term in used.terms if records and term not in records}
    records |= {term: not_estimable("all patients at risk are alike in it") for term in uninformative(used, staying)}
    columns = [j for j, term in enumerate(used.terms) if term not in records]
    if columns:
        fit = fit_fine_gray(rows, cause, used.matrix[:, columns])
        if not fit.converged:
            raise ArithmeticError("the Fine-Gray model did not converge")
        errors = np.sqrt(np.diag(fit.covariance)) / used.scales[columns]
        values = zip(columns, fit.coefficients / used.scales[columns], errors, strict=True)
        records |= {used.terms[j]: wald(coefficient, error) for j, coefficient, error in values}
    return records


@dataclass(frozen=True)
class FineGrayFit:
    """Log subdistribution hazard ratios, their covariance as in R's crr, and whether the fit converged."""

    coefficients: np.ndarray
    covariance: np.ndarray
    converged: bool


def fit_fine_gray(data: pd.DataFrame, cause: str, matrix: np.ndarray) -> FineGrayFit:
    """Return the Fine-Gray model of one cause on numeric columns (rows as in data, no missing values).

    Ties are Breslow's and the censoring curve is one for all, as in crr. Columns are centred and scaled for the
    fit. `converged` is False when there is no finite maximum or no event of the cause; the numbers then are NaN.
    Raises ValueError on missing covariate values.
    """
    if not np.isfinite(matrix).all():
        raise ValueError("the covariates have missing values; keep the patients with complete ones")
    data, scale = checked_causes(data), matrix.std(axis=0)
    time, code = data["time_months"].to_numpy(), cause_codes(data, cause)
    scaled = (matrix - matrix.mean(axis=0)) / np.where(scale > 0, scale, 1)
    coefficients = _subdistribution_fit(time, code, scaled) if (scale > 0).all() else None
    covariance = None if coefficients is None else fine_gray_covariance(time, code, scaled, coefficients)
    if covariance is None:
        return FineGrayFit(np.full(len(scale), np.nan), np.full((len(scale), len(scale)), np.nan), False)
    return FineGrayFit(coefficients / scale, covariance / np.outer(scale, scale), True)


def _subdistribution_fit(time: np.ndarray, code: np.ndarray, matrix: np.ndarray) -> np.ndarray | None:
    """Return comprisk's coefficients after one more Newton step, or None when there is no maximum.

    comprisk gives up, "not converged", where rounding keeps the likelihood from rising: near a maximum that is no
    failure, and the last step tells how near.
    """
    if not (code == 1).any():
        return None
    try:
        fit = FineGrayRegression(cause=1, max_iter=100, gtol=1e-10).fit(matrix, time=time, event=code)
        step = np.linalg.solve(fit.information_, fit.score_)
    except (RuntimeError, np.linalg.LinAlgError):  # a singular information matrix: separated or collinear columns
        return None
    return fit.coef_ - step if np.abs(step).max() < LAST_STEP else None


def fine_gray_covariance(
    time: np.ndarray, code: np.ndarray, matrix: np.ndarray, coefficients: np.ndarray
) -> np.ndarray | None:
    """Return the covariance of Fine-Gray coefficients as R's cmprsk::crr computes it (one censoring group).

    None when the coefficients are no maximum: separated columns, whose coefficients run to infinity.

    Columns are expected scaled to unit variance. `code` is 0 censored, 1 the cause, 2 competing. Source: Fine and
    Gray 1999, section 5: inverse information around the sum of squared (eta + psi), eta the score residuals, psi
    the censoring curve's. Sums only: the cost grows with n log n. comprisk's robust_se has no psi (0.5% off).
    """
    model = _RiskSets(time, code, matrix, coefficients)
    information = model.information()
    if not has_maximum(information, model.deaths.sum()):
        return None
    residuals = model.score_residuals() + model.censoring_residuals()
    bread = np.linalg.inv(information)
    return bread @ (residuals.T @ residuals) @ bread


class _RiskSets:
    """The weighted risk sets at the cause's event times, and what is summed over them."""

    def __init__(self, time: np.ndarray, code: np.ndarray, matrix: np.ndarray, coefficients: np.ndarray) -> None:
        self.time, self.code, self.x = time, code, matrix
        linear = matrix @ coefficients
        self.risk = np.exp(linear - linear.max())
        self.times, self.deaths = np.unique(time[code == 1], return_counts=True)
        self.censoring = life_table(time, (code == 0).astype(float))
        self.weight = np.where(code == 2, self.risk / self.still_uncensored(time), 0.0)
        self.total = self.over_risk_sets(self.risk, self.weight)
        moments = [self.over_risk_sets(self.risk * column, self.weight * column) for column in matrix.T]
        self.mean = np.column_stack(moments) / self.total[:, None]
        self.hazard = self.deaths / self.total

    def still_uncensored(self, at: np.ndarray) -> np.ndarray:
        """Return the censoring curve just before each time."""
        curve = np.concatenate([[1.0], self.censoring.survival])
        return curve[np.searchsorted(self.censoring.time, at, side="left")]

    def over_risk_sets(self, own: np.ndarray, weighted: np.ndarray) -> np.ndarray:
        """Sum over those still at risk, and over those gone by a competing event, with their falling weight."""
        order = np.argsort(self.time, kind="stable")
        first = np.searchsorted(self.time[order], self.times, side="left")
        still = np.append(np.cumsum(own[order][::-1])[::-1], 0.0)[first]
        gone = np.concatenate([[0.0], np.cumsum(weighted[order])])[first]
        return still + self.still_uncensored(self.times) * gone

    def information(self) -> np.ndarray:
        """Return the information matrix (Breslow's ties)."""
        size = self.x.shape[1]
        result = np.empty((size, size))
        for i in range(size):
            for j in range(size):
                both = self.x[:, i] * self.x[:, j]
                second = self.over_risk_sets(self.risk * both, self.weight * both) / self.total
                result[i, j] = (self.deaths * (second - self.mean[:, i] * self.mean[:, j])).sum()
        return result

    def sums_from(self, values: np.ndarray) -> np.ndarray:
        """Return the sums of values at event times from each event time to the last, and a final 0."""
        return np.concatenate([np.cumsum(values[::-1], axis=0)[::-1], np.zeros((1, *values.shape[1:]))])

    def score_residuals(self) -> np.ndarray:
        """Return eta: each patient's observed minus expected contribution to the score."""
        hazard, mean = self.hazard, self.mean
        passed = np.searchsorted(self.times, self.time, side="right")
        zero = np.concatenate([[0.0], np.cumsum(hazard)])[passed]
        one = np.concatenate([np.zeros((1, mean.shape[1])), np.cumsum(hazard[:, None] * mean, axis=0)])[passed]
        falling = hazard * self.still_uncensored(self.times)
        later, later_mean = self.sums_from(falling)[passed], self.sums_from(falling[:, None] * mean)[passed]
        expected = self.risk[:, None] * (self.x * zero[:, None] - one)
        expected += self.weight[:, None] * (self.x * later[:, None] - later_mean)
        observed = np.zeros_like(self.x)
        failed = self.code == 1
        observed[failed] = self.x[failed] - mean[np.searchsorted(self.times, self.time[failed])]
        return observed - expected

    def censoring_residuals(self) -> np.ndarray:
        """Return psi: each patient's contribution through the estimated censoring curve."""
        table = self.censoring
        falling = self.hazard * self.still_uncensored(self.times)
        start = np.searchsorted(self.times, table.time, side="left")
        later = self.sums_from(falling)[start][:, None]
        later_mean = self.sums_from(falling[:, None] * self.mean)[start]
        order = np.argsort(self.time, kind="stable")
        first = np.searchsorted(self.time[order], table.time, side="left")
        weight = np.concatenate([[0.0], np.cumsum(self.weight[order])])[first][:, None]
        weighted = (self.weight[:, None] * self.x)[order]
        weighted = np.concatenate([np.zeros((1, self.x.shape[1])), np.cumsum(weighted, axis=0)])[first]
        per_censoring = (later * weighted - later_mean * weight) / table.at_risk[:, None]
        own = np.searchsorted(table.time, self.time)
        compensator = np.cumsum(per_censoring * (table.events / table.at_risk)[:, None], axis=0)
        return np.where(self.code == 0, 1.0, 0.0)[:, None] * per_censoring[own] - compensator[own]
