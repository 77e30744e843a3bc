"""Cause-specific hazards, and Fine and Gray's model: comprisk's fit taken to its maximum, with the variance of crr."""

from functools import partial

import numpy as np
import pandas as pd
from comprisk import FineGrayRegression

from helpers.stats.estimates import if_recorded, not_estimable
from helpers.stats.models.cox_regression import CoxData, cox_data, efron_effects, separated, uninformative
from helpers.stats.models.design import Design
from helpers.stats.models.effects import ANOTHER, Record, model_rows
from helpers.stats.models.monotone import separating_direction
from helpers.stats.models.partial_likelihood import CoxFit, has_maximum, head_sums, tail_sums
from helpers.stats.survival.incidence import cause_codes, checked_causes
from helpers.stats.survival.life_table import life_table

LAST_STEP = 1e-4  # per standard deviation; the error after it is of the order of its square


@if_recorded
def cause_specific(data: pd.DataFrame, design: Design, cause: str | None = None) -> pd.DataFrame:
    """Return the hazard ratio of every term for one cause, the other causes censored when they occur.

    The rate among those still free of any event. `data` has `cause` by patient; without `cause` the causes are those
    that the endpoint counts as its event.
    """
    used, method = cox_data(_with_cause(data, cause), design), "Cause-specific Cox, Efron ties"
    return model_rows(data, design, used, efron_effects, measure="hazard_ratio", method=method)


@if_recorded
def fine_gray(data: pd.DataFrame, design: Design, cause: str | None = None) -> pd.DataFrame:
    """Return the subdistribution hazard ratio of every term for one cause, with robust Wald limits and P.

    Of the cumulative incidence: patients with a competing event stay in the risk set (Fine and Gray 1999). Breslow's
    ties and one censoring curve, as in R's crr. Separated terms are not estimable. `cause` as in `cause_specific`.
    """
    used, effects = cox_data(_with_cause(data, cause), design), partial(_fine_gray_effects, data, cause)
    measure, method = "subdistribution_hazard_ratio", "Fine-Gray, robust standard error"
    return model_rows(data, design, used, effects, measure=measure, method=method)


def _with_cause(data: pd.DataFrame, cause: str | None) -> pd.DataFrame:
    """Return the data with the events of one cause alone."""
    codes = cause_codes(checked_causes(data), cause)
    return data.assign(event=(codes == 1).astype(int))


def _fine_gray_effects(data: pd.DataFrame, cause: str | None, used: CoxData) -> dict[str, Record]:
    """Return the record of every term."""
    rows = data.loc[used.index]
    codes = cause_codes(rows, cause)
    staying = np.where(codes == 2, np.inf, used.time)  # after a competing event a patient stays at risk
    records = separated(used, separating_direction(used.matrix, staying, codes == 1))
    records |= {term: not_estimable(ANOTHER) for term in used.terms if records and term not in records}
    records |= {term: not_estimable("all patients at risk are alike in it") for term in uninformative(used, staying)}
    columns = [j for j, term in enumerate(used.terms) if term not in records]
    if not columns:
        return records
    fit = fit_fine_gray(rows, cause, used.matrix[:, columns])
    if not fit.converged:
        raise ArithmeticError("the Fine-Gray model did not converge")
    return records | used.wald(columns, fit.coefficients, fit.errors)


def fit_fine_gray(data: pd.DataFrame, cause: str | None, matrix: np.ndarray) -> CoxFit:
    """Return the Fine-Gray model of one cause on numeric columns (rows as in data, no missing values), as R's crr.

    `converged` is False when there is no finite maximum or no event of the cause; the numbers then are NaN.
    Raises ValueError on missing covariate values.
    """
    if not np.isfinite(matrix).all():
        raise ValueError("the covariates have missing values; keep the patients with complete ones")
    data, scale = checked_causes(data), matrix.std(axis=0)
    time, code = data["time_months"].to_numpy(), cause_codes(data, cause)
    lost = CoxFit(np.full(len(scale), np.nan), np.full((len(scale), len(scale)), np.nan), False)
    if not (scale > 0).all() or not (code == 1).any():
        return lost
    scaled = (matrix - matrix.mean(axis=0)) / scale
    try:
        fit = FineGrayRegression(cause=1, max_iter=100, gtol=1e-10).fit(scaled, time=time, event=code)
        step = np.linalg.solve(fit.information_, fit.score_)
    except (RuntimeError, np.linalg.LinAlgError):  # a singular information matrix: separated or collinear columns
        return lost
    # comprisk gives up where rounding keeps the likelihood from rising: the last step tells how near the maximum is
    if not np.abs(step).max() < LAST_STEP:
        return lost
    covariance = WeightedRiskSets(time, code, scaled, fit.coef_ - step).covariance()
    if covariance is None:
        return lost
    return CoxFit((fit.coef_ - step) / scale, covariance / np.outer(scale, scale), True)


class WeightedRiskSets:
    """The weighted risk sets (Breslow's ties) of codes 0 censored, 1 the cause and 2 competing, and sums over them."""

    def __init__(self, time: np.ndarray, code: np.ndarray, matrix: np.ndarray, coefficients: np.ndarray) -> None:
        self.time, self.code, self.x = time, code, matrix
        linear = matrix @ coefficients
        self.risk = np.exp(linear - linear.max())
        self.times, self.deaths = np.unique(time[code == 1], return_counts=True)
        self.censoring = life_table(time, (code == 0).astype(float))
        self.weight = np.where(code == 2, self.risk / self.still_uncensored(time), 0.0)
        self.total = self.over_risk_sets(np.ones((len(time), 1)))
        self.mean = self.over_risk_sets(matrix) / self.total
        self.hazard = self.deaths[:, None] / self.total
        self.falling = self.hazard * self.still_uncensored(self.times)[:, None]

    def still_uncensored(self, at: np.ndarray) -> np.ndarray:
        """Return the censoring curve just before each time."""
        curve = np.concatenate([[1.0], self.censoring.survival])
        return curve[np.searchsorted(self.censoring.time, at, side="left")]

    def gone(self, values: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Sum over those gone by a competing event before each time, with their weight."""
        order = np.argsort(self.time, kind="stable")
        first = np.searchsorted(self.time[order], at, side="left")
        return head_sums((self.weight[:, None] * values)[order])[first]

    def over_risk_sets(self, values: np.ndarray) -> np.ndarray:
        """Sum over those still at risk, and over those gone by a competing event, with their falling weight."""
        order = np.argsort(self.time, kind="stable")
        first = np.searchsorted(self.time[order], self.times, side="left")
        still = tail_sums((self.risk[:, None] * values)[order])[first]
        return still + self.still_uncensored(self.times)[:, None] * self.gone(values, self.times)

    def covariance(self) -> np.ndarray | None:
        """Return the coefficients' covariance as R's cmprsk::crr does; None when they are no maximum (unit columns).

        Fine and Gray 1999, section 5: inverse information around the sum of squared (eta + psi). comprisk's robust_se
        has no psi (0.5% off).
        """
        information = self.information()
        if not has_maximum(information, self.deaths.sum()):
            return None
        residuals = self.score_residuals() + self.censoring_residuals()
        bread = np.linalg.inv(information)
        return bread @ (residuals.T @ residuals) @ bread

    def information(self) -> np.ndarray:
        """Return the information matrix."""
        products = [self.over_risk_sets(self.x * column[:, None]) / self.total for column in self.x.T]
        variances = np.stack(products, axis=1) - self.mean[:, :, None] * self.mean[:, None, :]
        return (self.deaths[:, None, None] * variances).sum(axis=0)

    def score_residuals(self) -> np.ndarray:
        """Return eta: each patient's observed minus expected contribution to the score."""
        passed = np.searchsorted(self.times, self.time, side="right")
        before, before_mean = head_sums(self.hazard)[passed], head_sums(self.hazard * self.mean)[passed]
        later, later_mean = tail_sums(self.falling)[passed], tail_sums(self.falling * self.mean)[passed]
        residuals = -self.risk[:, None] * (self.x * before - before_mean)
        residuals -= self.weight[:, None] * (self.x * later - later_mean)
        failed = self.code == 1
        residuals[failed] += self.x[failed] - self.mean[np.searchsorted(self.times, self.time[failed])]
        return residuals

    def censoring_residuals(self) -> np.ndarray:
        """Return psi: each patient's contribution through the estimated censoring curve."""
        table = self.censoring
        start = np.searchsorted(self.times, table.time, side="left")
        later, later_mean = tail_sums(self.falling)[start], tail_sums(self.falling * self.mean)[start]
        weight, weighted = self.gone(np.ones((len(self.time), 1)), table.time), self.gone(self.x, table.time)
        per_censoring = (later * weighted - later_mean * weight) / table.at_risk[:, None]
        place = np.searchsorted(table.time, self.time)
        compensator = np.cumsum(per_censoring * (table.events / table.at_risk)[:, None], axis=0)
        return (self.code == 0)[:, None] * per_censoring[place] - compensator[place]
