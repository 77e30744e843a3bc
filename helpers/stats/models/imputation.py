"""Multiple imputation of missing covariates by chained equations, pooled by Rubin's rules."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from helpers.stats.estimates import estimates, if_recorded
from helpers.stats.models.chained import Chain
from helpers.stats.models.cox_regression import cox_data, estimable
from helpers.stats.models.design import Design, design_matrix, levels
from helpers.stats.models.effects import quietly, ratio, term_rows
from helpers.stats.models.influential import fit_rows
from helpers.stats.models.logistic_regression import fit_glm, logistic_data
from helpers.stats.survival.life_table import life_table
from helpers.stats.ties import written
from helpers.study import Covariate

IMPUTATIONS = 20
BURN_IN = 10
BETWEEN = 2
DONORS = 5
SEED = 20180801
COX = "Cox, Efron ties, multiple imputation"
LOGISTIC = "Logistic regression, multiple imputation"
Fit = tuple[list[str], np.ndarray, np.ndarray, float]  # terms, coefficients, variances, residual degrees of freedom


@dataclass(frozen=True)
class Pooled:
    """Rubin's pooled coefficient of one term: value, standard error, degrees of freedom, missing information 0-1."""

    value: float
    error: float
    freedom: float
    missing: float


@if_recorded
def imputed_cox(
    data: pd.DataFrame,
    patients: pd.DataFrame,
    covariates: Sequence[Covariate],
    *,
    endpoint: str,
    population: str,
    seed: int = SEED,
) -> pd.DataFrame:
    """Return the hazard ratios of the Cox model pooled over 20 imputations of the missing covariates.

    The patients are those of `data` (a survival_data frame). The imputation model holds all covariates, the event and
    the cumulative hazard at the patient's time (White and Royston 2009). Predictive mean matching, seeded; a
    categorical covariate is matched on the place of its level. Limits and P use Barnard and Rubin's degrees of
    freedom. No rows when no covariate value is missing: complete cases are then everybody.
    """
    used = [c for c in covariates if c.label not in design_matrix(patients.loc[data.index], covariates).left_out]
    outcome = pd.DataFrame({"event": data["event"], "hazard": cumulative_hazard(data)}, index=data.index)
    fixed = {"endpoint": endpoint, "population": population, "group": "All", "measure": "hazard_ratio", "method": COX}
    fixed |= {"n": len(data), "events": int(data["event"].sum())}
    return _report(patients.loc[data.index], used, outcome, lambda design: _cox_fit(data, design), fixed, seed=seed)


@if_recorded
def imputed_logistic(
    outcome: pd.Series,
    patients: pd.DataFrame,
    covariates: Sequence[Covariate],
    *,
    endpoint: str,
    population: str,
    seed: int = SEED,
) -> pd.DataFrame:
    """Return the odds ratios of the logistic model pooled over 20 imputations of the missing covariates.

    As `imputed_cox`; the imputation model holds all covariates and the outcome.
    """
    outcome = outcome.dropna().astype(float)
    rows = patients.loc[outcome.index]
    used = [c for c in covariates if c.label not in design_matrix(rows, covariates).left_out]
    fixed = {"endpoint": endpoint, "population": population, "group": "All", "measure": "odds_ratio"}
    fixed |= {"method": LOGISTIC, "n": len(rows), "events": int(outcome.sum())}
    return _report(rows, used, outcome.to_frame("y"), lambda design: _logistic_fit(outcome, design), fixed, seed=seed)


def completed(
    patients: pd.DataFrame, covariates: Sequence[Covariate], outcome: pd.DataFrame, *, count: int, seed: int
) -> list[pd.DataFrame]:
    """Return `count` copies of the patients with every missing covariate filled from observed values.

    `outcome` holds complete numeric columns that take part in the imputation. A column with one value takes no part.
    """
    coded, books = _coded(patients, covariates)
    table = pd.concat([coded, outcome.set_axis([f"y{i}" for i in range(outcome.shape[1])], axis=1)], axis=1)
    table = table.loc[:, table.nunique() > 1].astype(float)
    chain = Chain(table.to_numpy(), min(DONORS, int(table.notna().sum().min())), seed)
    chain.rounds(BURN_IN)
    copies = []
    for _ in range(count):
        filled = pd.DataFrame(chain.rounds(BETWEEN), columns=table.columns)
        copies.append(_decoded(patients, covariates, filled, books))
    return copies


def rubin(coefficients: np.ndarray, variances: np.ndarray, complete_freedom: float) -> Pooled:
    """Pool one coefficient over imputations (Rubin 1987; degrees of freedom of Barnard and Rubin 1999)."""
    count, value = len(coefficients), float(np.mean(coefficients))
    within, between = float(np.mean(variances)), float(np.var(coefficients, ddof=1))
    total = within + (1 + 1 / count) * between
    share = (1 + 1 / count) * between / total
    observed = (complete_freedom + 1) / (complete_freedom + 3) * complete_freedom * (1 - share)
    freedom = observed if share < 1e-12 else 1 / (share**2 / (count - 1) + 1 / observed)
    return Pooled(value, float(np.sqrt(total)), freedom, share)


def cumulative_hazard(data: pd.DataFrame) -> np.ndarray:
    """Return the Nelson-Aalen cumulative hazard of all patients at each patient's time."""
    table = life_table(data["time_months"].to_numpy(float), data["event"].to_numpy(float))
    steps = np.concatenate([[0.0], np.cumsum(table.events / table.at_risk)])
    return steps[np.searchsorted(table.time, data["time_months"].to_numpy(float), side="right")]


def _report(
    patients: pd.DataFrame,
    covariates: Sequence[Covariate],
    outcome: pd.DataFrame,
    fit: Callable[[Design], Fit],
    fixed: dict,
    *,
    seed: int,
) -> pd.DataFrame:
    """Impute, fit each copy and pool; a row per term."""
    absent = int(patients[[c.column for c in covariates]].isna().any(axis=1).sum()) if len(covariates) else 0
    if absent == 0:
        return estimates([])
    fixed = {**fixed, "note": f"{IMPUTATIONS} imputations; {absent} of {len(patients)} patients lack a covariate"}
    copies, problem = quietly(lambda: completed(patients, covariates, outcome, count=IMPUTATIONS, seed=seed))
    designs = [design_matrix(copy, covariates) for copy in copies or []]
    found, trouble = quietly(lambda: _pooled([fit(design) for design in designs])) if designs else ({}, problem)
    template = designs[0] if designs else design_matrix(patients, covariates)
    reason = trouble or "not estimable in every imputation"
    return term_rows(template, found or {}, dict.fromkeys(template.columns, reason), fixed)


def _pooled(fits: list[Fit]) -> dict[str, dict]:
    """Return the record of every term that all imputations could estimate."""
    common = [term for term in fits[0][0] if all(term in fit[0] for fit in fits)]
    records = {}
    for term in common:
        places = [fit[0].index(term) for fit in fits]
        values = np.array([fit[1][place] for fit, place in zip(fits, places, strict=True)])
        variances = np.array([fit[2][place] for fit, place in zip(fits, places, strict=True)])
        records[term] = _record(rubin(values, variances, max(fits[0][3], 1.0)))
    return records


def _record(pooled: Pooled) -> dict:
    """Return a pooled coefficient as a ratio with t limits and P."""
    width = stats.t.ppf(0.975, pooled.freedom) * pooled.error
    p = float(2 * stats.t.sf(abs(pooled.value / pooled.error), pooled.freedom))
    note = f"missing information {written(pooled.missing, '.0%')}"
    return ratio(pooled.value, pooled.value - width, pooled.value + width, p, note)


def _cox_fit(data: pd.DataFrame, design: Design) -> Fit:
    """Fit one completed copy."""
    used = cox_data(data, design)
    columns = estimable(used)
    fit = fit_rows(used, np.arange(len(used.time)), columns) if columns else None
    if fit is None or not fit.converged:
        raise ArithmeticError("the model has no finite estimate in one of the imputations")
    scales = used.scales[columns]
    freedom = float(used.event.sum() - len(columns))
    return [used.terms[j] for j in columns], fit.coefficients / scales, np.diag(fit.covariance) / scales**2, freedom


def _logistic_fit(outcome: pd.Series, design: Design) -> Fit:
    """Fit one completed copy."""
    used = logistic_data(outcome, design)
    if used.infinite or len(np.unique(used.outcome)) < 2:
        raise ArithmeticError("the model has no finite estimate in one of the imputations")
    fit = fit_glm(used, used.with_intercept)
    return used.terms, fit.params[1:] / used.scales, fit.bse[1:] ** 2 / used.scales**2, float(fit.df_resid)


def _coded(patients: pd.DataFrame, covariates: Sequence[Covariate]) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Return the covariates as numbers under names of ours, and the levels the codes stand for."""
    books = {c.column: levels(patients[c.column]) for c in covariates if c.kind != "continuous"}
    columns = {}
    for i, covariate in enumerate(covariates):
        values = patients[covariate.column]
        book = books.get(covariate.column)
        if book is not None:
            values = values.map(lambda x, book=book: book.index(str(x)) if pd.notna(x) else np.nan)
        columns[f"x{i}"] = pd.to_numeric(values.astype(object), errors="coerce").astype(float)
    return pd.DataFrame(columns, index=patients.index), books


def _decoded(
    patients: pd.DataFrame, covariates: Sequence[Covariate], numbers: pd.DataFrame, books: dict[str, list[str]]
) -> pd.DataFrame:
    """Return the patients with the imputed numbers put back as values and words."""
    copy = patients.copy()
    for i, covariate in enumerate(covariates):
        if f"x{i}" not in numbers:
            continue
        values = numbers[f"x{i}"].to_numpy()
        book = books.get(covariate.column)
        if book is None:
            copy[covariate.column] = values
            continue
        words = np.array(book, dtype=object)[np.rint(values).astype(int)]
        copy[covariate.column] = pd.Categorical(words, categories=book, ordered=False)
    return copy
