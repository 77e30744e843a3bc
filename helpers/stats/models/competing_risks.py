"""Cause-specific hazards, and Fine and Gray's model with the variance of crr, in time that grows with the patients."""

from collections.abc import Iterator
from functools import cached_property, partial

import numpy as np
import pandas as pd

from helpers.stats.estimates import if_recorded, not_estimable
from helpers.stats.models.cox_regression import CoxData, cox_data, efron_effects, separated, uninformative
from helpers.stats.models.design import Design
from helpers.stats.models.effects import ANOTHER, Record, model_rows
from helpers.stats.models.monotone import separating_direction
from helpers.stats.models.partial_likelihood import CoxFit, Terms, has_maximum, head_sums, newton, tail_sums
from helpers.stats.survival.incidence import cause_codes, checked_causes
from helpers.stats.survival.life_table import life_table


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
    whole = fit_fine_gray(rows, cause, used.matrix)
    direction = np.zeros(len(used.terms))
    if not whole.converged:
        direction = separating_direction(used.matrix, staying, codes == 1)
    records = separated(used, direction)
    records |= {term: not_estimable(ANOTHER) for term in used.terms if records and term not in records}
    records |= {term: not_estimable("all patients at risk are alike in it") for term in uninformative(used, staying)}
    columns = [j for j, term in enumerate(used.terms) if term not in records]
    if not columns:
        return records
    fit = whole if len(columns) == len(used.terms) else fit_fine_gray(rows, cause, used.matrix[:, columns])
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
    sets = WeightedRiskSets(time, code, (matrix - matrix.mean(axis=0)) / scale)
    with np.errstate(all="ignore"):  # separated columns drift beyond all numbers
        beta, _, converged = newton(sets.terms, np.zeros(len(scale)))
    covariance = sets.at(beta).covariance() if converged else None
    if covariance is None:
        return lost
    return CoxFit(beta / scale, covariance / np.outer(scale, scale), True)


class WeightedRiskSets:
    """The weighted risk sets (Breslow's ties) of codes 0 censored, 1 the cause and 2 competing, sorted once.

    Those gone by a competing event stay, with the weight G(t) / G(own time) of the censoring curve G. Its two factors
    make each sum one scan from the last time and one from the first (Kawaguchi and others 2021), never one per pair.
    """

    def __init__(self, time: np.ndarray, code: np.ndarray, matrix: np.ndarray) -> None:
        self.time, self.code, self.columns = time, code, np.ascontiguousarray(matrix.T)
        self.times, self.deaths = np.unique(time[code == 1], return_counts=True)
        self.last = np.searchsorted(self.times, time, side="right")  # the event times each patient lived to see
        self.censoring = life_table(time, (code == 0).astype(float))
        self.staying = np.where(code == 2, 1 / self.still_uncensored(time), 0.0)
        self.uncensored = self.still_uncensored(self.times)
        self.observed = self.columns[:, code == 1].sum(axis=1)

    def still_uncensored(self, at: np.ndarray) -> np.ndarray:
        """Return the censoring curve just before each time."""
        curve = np.concatenate([[1.0], self.censoring.survival])
        return curve[np.searchsorted(self.censoring.time, at, side="left")]

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sum a value of each row over the risk set of each event time."""
        size = len(self.times)
        still = tail_sums(np.bincount(self.last, values, size + 1))[1 : size + 1]
        return still + self.uncensored * np.cumsum(np.bincount(self.last, values * self.staying, size + 1))[:size]

    def at(self, coefficients: np.ndarray) -> "WeightedMoments":
        """Return the moments of the risk sets at given coefficients."""
        return WeightedMoments(self, coefficients)

    def terms(self, coefficients: np.ndarray) -> Terms:
        """Return the log likelihood, its slope and its information."""
        moments = self.at(coefficients)
        return moments.log_likelihood, moments.score, moments.information()


class WeightedMoments:
    """What the weighted risk sets hold at given coefficients."""

    def __init__(self, sets: WeightedRiskSets, coefficients: np.ndarray) -> None:
        self.sets, linear = sets, coefficients @ sets.columns
        shift = linear.max(initial=-np.inf)
        self.risk = np.exp(linear - shift)
        self.weight = self.risk * sets.staying
        self.total = sets.sums(self.risk)
        self.hazard = sets.deaths / self.total
        self.falling = self.hazard * sets.uncensored
        self.expected = self.risk * head_sums(self.hazard)[sets.last] + self.weight * tail_sums(self.falling)[sets.last]
        self.log_likelihood = float((linear - shift)[sets.code == 1].sum() - sets.deaths @ np.log(self.total))
        self.score = sets.observed - sets.columns @ self.expected

    @cached_property
    def mean(self) -> np.ndarray:
        """The mean of each column (a row each) in the risk set of each event time."""
        return np.array([self.sets.sums(self.risk * column) for column in self.sets.columns]) / self.total

    def information(self) -> np.ndarray:
        """Return the information matrix."""
        columns = self.sets.columns
        return (columns * self.expected) @ columns.T - (self.mean * self.sets.deaths) @ self.mean.T

    def covariance(self) -> np.ndarray | None:
        """Return the coefficients' covariance as R's cmprsk::crr does; None when they are no maximum (unit columns).

        Fine and Gray 1999, section 5: inverse information around the sum of squared (eta + psi). comprisk's robust_se
        has no psi (0.5% off).
        """
        information = self.information()
        if not has_maximum(information, self.sets.deaths.sum()):
            return None
        residuals = np.array(
            [eta + psi for eta, psi in zip(self.score_residuals(), self.censoring_residuals(), strict=True)]
        )
        bread = np.linalg.inv(information)
        return bread @ (residuals @ residuals.T) @ bread

    def score_residuals(self) -> Iterator[np.ndarray]:
        """Yield eta, column by column: each patient's observed minus expected contribution to the score."""
        sets, failed = self.sets, self.sets.code == 1
        for column, mean in zip(sets.columns, self.mean, strict=True):
            before, later = head_sums(self.hazard * mean)[sets.last], tail_sums(self.falling * mean)[sets.last]
            residuals = self.risk * before + self.weight * later - self.expected * column
            residuals[failed] += column[failed] - mean[sets.last[failed] - 1]
            yield residuals

    def censoring_residuals(self) -> Iterator[np.ndarray]:
        """Yield psi, column by column: each patient's contribution through the estimated censoring curve."""
        sets, table = self.sets, self.sets.censoring
        start, place = np.searchsorted(sets.times, table.time, side="left"), np.searchsorted(table.time, sets.time)
        later, rate = tail_sums(self.falling)[start], table.events / table.at_risk

        def gone(values: np.ndarray) -> np.ndarray:
            return head_sums(np.bincount(place, values, len(table.time)))[:-1]

        weight = gone(self.weight)
        for column, mean in zip(sets.columns, self.mean, strict=True):
            share = later * gone(self.weight * column) - tail_sums(self.falling * mean)[start] * weight
            per_censoring = share / table.at_risk
            yield np.where(sets.code == 0, per_censoring[place], 0.0) - np.cumsum(per_censoring * rate)[place]
