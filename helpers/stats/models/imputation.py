"""Multiple imputation of missing covariates by chained equations, pooled by Rubin's rules."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from helpers.stats.estimates import estimates, if_recorded, scope, stack
from helpers.stats.levels import ALPHA, FEW_EVENTS_PER_TERM
from helpers.stats.models.chained import Chain
from helpers.stats.models.cox_regression import cox_data, estimable
from helpers.stats.models.design import Design, design_matrix, levels
from helpers.stats.models.effects import Record, quietly, ratio, term_rows
from helpers.stats.models.logistic_regression import fit_glm, logistic_data
from helpers.stats.survival.life_table import life_table
from helpers.stats.ties import below
from helpers.study import Covariate

IMPUTATIONS = 20
BURN_IN = 10
BETWEEN = 2
DONORS = 5
SEED = 20180801
COX = "Cox, Efron ties, multiple imputation"
LOGISTIC = "Logistic regression, multiple imputation"


@dataclass(frozen=True)
class Fit:
    """Coefficients and variances of some terms in one completed copy, and the residual degrees of freedom."""

    terms: list[str]
    coefficients: np.ndarray
    variances: np.ndarray
    freedom: float


@dataclass(frozen=True)
class Pooled:
    """Rubin's pooled coefficient of one term: value, standard error, degrees of freedom, missing information 0-1."""

    value: float
    error: float
    freedom: float
    missing: float


@if_recorded
def imputed_cox(data: pd.DataFrame, covariates: Sequence[Covariate]) -> pd.DataFrame:
    """Return the hazard ratios of the Cox model pooled over 20 imputations of the missing covariates.

    `data` has time_months, event and the covariates by patient. The imputation model holds all covariates, the event
    and the cumulative hazard at the patient's time (White and Royston 2009). Predictive mean matching, seeded; a
    categorical covariate is matched on the place of its level. Limits and P use Barnard and Rubin's degrees of
    freedom. Each term has a second row with the share of information that is missing. No rows when no covariate value
    is missing: complete cases are then everybody.
    """
    outcome = pd.DataFrame({"event": data["event"], "hazard": cumulative_hazard(data)}, index=data.index)
    fixed = {**scope(data), "group": "All", "measure": "hazard_ratio", "method": COX}
    fixed |= {"n": len(data), "events": int(data["event"].sum())}
    return _report(data, covariates, outcome, lambda design: _cox_fit(data, design), fixed)


@if_recorded
def imputed_logistic(data: pd.DataFrame, covariates: Sequence[Covariate]) -> pd.DataFrame:
    """Return the odds ratios of the logistic model pooled over 20 imputations of the missing covariates.

    As `imputed_cox`; the imputation model holds all covariates and the outcome, `event`.
    """
    data = data[data["event"].notna()]
    fixed = {**scope(data), "group": "All", "measure": "odds_ratio", "method": LOGISTIC}
    fixed |= {"n": len(data), "events": int(data["event"].sum())}
    return _report(data, covariates, data[["event"]].astype(float), lambda design: _logistic_fit(data, design), fixed)


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
    fixed: Record,
) -> pd.DataFrame:
    """Impute, fit each copy and pool; a row per term."""
    useless = design_matrix(patients, covariates).left_out
    used = [covariate for covariate in covariates if covariate.column not in useless]
    absent = int(patients[[c.column for c in used]].isna().any(axis=1).sum()) if used else 0
    if absent == 0:
        return estimates([])
    fixed = {**fixed, "note": f"{IMPUTATIONS} imputations; {absent} of {len(patients)} patients lack a covariate"}
    copies, problem = quietly(lambda: completed(patients, used, outcome, count=IMPUTATIONS, seed=SEED))
    designs = [design_matrix(copy, used) for copy in copies or []]
    pooled, trouble = quietly(lambda: _pooled([fit(design) for design in designs])) if designs else ({}, problem)
    template = designs[0] if designs else design_matrix(patients, used)
    reason = trouble or "not estimable in every imputation"
    return _rows(template, pooled or {}, dict.fromkeys(template.columns, reason), fixed)


def _rows(design: Design, pooled: dict[str, Pooled], reasons: dict[str, str], fixed: Record) -> pd.DataFrame:
    """Return the ratios, then the missing information of those that were estimated."""
    terms = len(design.columns)
    limiting = min(fixed["events"], fixed["n"] - fixed["events"]) if fixed["method"] == LOGISTIC else fixed["events"]
    few = terms > 0 and bool(below(limiting / terms, FEW_EVENTS_PER_TERM))
    fixed = {**fixed, "model_terms": terms}
    ratios = term_rows(design, {term: _record(one) for term, one in pooled.items()}, reasons, fixed, few=few)
    missing = [
        {**fixed, **design.terms[term], "term": term, "measure": "missing_information", "estimate": one.missing}
        for term, one in pooled.items()
    ]
    return stack(ratios, estimates(missing))


def _pooled(fits: list[Fit]) -> dict[str, Pooled]:
    """Return the pooled coefficient of every term that all imputations could estimate."""
    common = [term for term in fits[0].terms if all(term in fit.terms for fit in fits)]
    pooled = {}
    for term in common:
        places = [fit.terms.index(term) for fit in fits]
        values = np.array([fit.coefficients[place] for fit, place in zip(fits, places, strict=True)])
        variances = np.array([fit.variances[place] for fit, place in zip(fits, places, strict=True)])
        pooled[term] = rubin(values, variances, max(fits[0].freedom, 1.0))
    return pooled


def _record(pooled: Pooled) -> Record:
    """Return a pooled coefficient as a ratio with t limits and P."""
    width = stats.t.ppf(1 - ALPHA / 2, pooled.freedom) * pooled.error
    t = pooled.value / pooled.error
    found = ratio(
        pooled.value, pooled.value - width, pooled.value + width, float(2 * stats.t.sf(abs(t), pooled.freedom))
    )
    return {**found, "std_error": pooled.error, "statistic": t, "df": pooled.freedom}


def _cox_fit(data: pd.DataFrame, design: Design) -> Fit:
    """Fit one completed copy."""
    used = cox_data(data, design)
    columns = estimable(used)
    fit = used.fit(columns) if columns else None
    if fit is None or not fit.converged:
        raise ArithmeticError("the model has no finite estimate in one of the imputations")
    scales = used.scales[columns]
    terms = [used.terms[j] for j in columns]
    return Fit(terms, fit.coefficients / scales, (fit.errors / scales) ** 2, float(used.limiting - len(columns)))


def _logistic_fit(data: pd.DataFrame, design: Design) -> Fit:
    """Fit one completed copy."""
    used = logistic_data(data, design)
    if used.infinite or not used.limiting:
        raise ArithmeticError("the model has no finite estimate in one of the imputations")
    fit = fit_glm(used, used.with_intercept)
    return Fit(used.terms, fit.params[1:] / used.scales, (fit.bse[1:] / used.scales) ** 2, float(fit.df_resid))


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
        level = np.array(book, dtype=object)[np.rint(values).astype(int)]
        copy[covariate.column] = pd.Categorical(level, categories=book, ordered=False)
    return copy
