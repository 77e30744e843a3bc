"""Multiple imputation of missing covariates by chained equations, pooled by Rubin's rules."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy import stats

from helpers.stats.estimates import estimates, if_recorded, scope, stack
from helpers.stats.levels import ALPHA
from helpers.stats.models.chained import Chain
from helpers.stats.models.cox_regression import cox_data, fitted
from helpers.stats.models.design import Design, categories, design_matrix, levels
from helpers.stats.models.effects import Record, quietly, ratio, term_rows
from helpers.stats.models.logistic_regression import logistic_data
from helpers.stats.models.partial_likelihood import head_sums
from helpers.stats.survival.life_table import life_table_of
from helpers.study import Covariate

IMPUTATIONS = 20
BURN_IN = 10
BETWEEN = 2
DONORS = 5
SEED = 20180801
Fit = Callable[[Design], pd.DataFrame]
NO_FIT = "the model has no finite estimate in one of the imputations"


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
    fixed = {"measure": "hazard_ratio", "method": "Cox, Efron ties, multiple imputation"}
    return _report(data, covariates, outcome, partial(_cox_fit, data), fixed)


@if_recorded
def imputed_logistic(data: pd.DataFrame, covariates: Sequence[Covariate]) -> pd.DataFrame:
    """Return the odds ratios of the logistic model pooled over 20 imputations of the missing covariates.

    As `imputed_cox`; the imputation model holds all covariates and the outcome, `event`.
    """
    data = data[data["event"].notna()]
    fixed = {"measure": "odds_ratio", "method": "Logistic regression, multiple imputation"}
    return _report(data, covariates, data[["event"]].astype(float), partial(_logistic_fit, data), fixed)


def completed(
    patients: pd.DataFrame, covariates: Sequence[Covariate], outcome: pd.DataFrame, *, count: int, seed: int
) -> list[pd.DataFrame]:
    """Return `count` copies of the patients with every missing covariate filled from observed values.

    `outcome` holds complete numeric columns that take part in the imputation. A column with one value takes no part.
    """
    coded = pd.DataFrame({f"x{i}": _coded(patients[c.column], c) for i, c in enumerate(covariates)}, patients.index)
    table = pd.concat([coded, outcome.set_axis([f"y{i}" for i in range(outcome.shape[1])], axis=1)], axis=1)
    table = table.loc[:, table.nunique() > 1].astype(float)
    chain = Chain(table.to_numpy(), min(DONORS, int(table.notna().sum().min())), seed)
    chain.rounds(BURN_IN)
    copies = [patients.copy() for _ in range(count)]
    for copy in copies:
        numbers = pd.DataFrame(chain.rounds(BETWEEN), patients.index, table.columns)
        for i, covariate in enumerate(covariates):
            if f"x{i}" in numbers:
                copy[covariate.column] = _decoded(numbers[f"x{i}"], patients[covariate.column], covariate)
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
    table = life_table_of(data.astype({"time_months": float, "event": float}))
    passed = np.searchsorted(table.time, data["time_months"].to_numpy(float), side="right")
    return head_sums(table.events / table.at_risk)[passed]


def _report(
    patients: pd.DataFrame, covariates: Sequence[Covariate], outcome: pd.DataFrame, fit: Fit, fixed: Record
) -> pd.DataFrame:
    """Impute, fit each copy and pool; a row per term, then the missing information of those that were estimated."""
    useless = design_matrix(patients, covariates).left_out
    used = [covariate for covariate in covariates if covariate.column not in useless]
    absent = int(patients[[covariate.column for covariate in used]].isna().any(axis=1).sum())
    if absent == 0:
        return estimates([])
    copies, problem = quietly(lambda: completed(patients, used, outcome, count=IMPUTATIONS, seed=SEED))
    designs = [design_matrix(copy, used) for copy in copies or [patients]]
    pooled: dict[str, Pooled] = {}
    if copies:
        result, problem = quietly(lambda: _pooled([fit(design) for design in designs]))
        pooled = result or {}
    size, events = len(patients), int(patients["event"].sum())
    note = f"{IMPUTATIONS} imputations; {absent} of {size} patients lack a covariate"
    fixed = {**scope(patients), "group": "All", **fixed, "n": size, "events": events, "note": note}
    fixed["model_terms"] = len(designs[0].columns)
    reasons = dict.fromkeys(designs[0].columns, problem or "not estimable in every imputation")
    limiting = min(events, size - events) if fixed["measure"] == "odds_ratio" else events
    ratios = term_rows(designs[0], {term: _record(one) for term, one in pooled.items()}, reasons, fixed, limiting)
    facts = designs[0].terms
    missing = [{**fixed, **facts[term], "term": term, "estimate": one.missing} for term, one in pooled.items()]
    return stack(ratios, estimates({**row, "measure": "missing_information"} for row in missing))


def _pooled(fits: list[pd.DataFrame]) -> dict[str, Pooled]:
    """Return the pooled coefficient of every term that all imputations could estimate."""
    freedom = max(float(fits[0]["freedom"].max()), 1.0)
    return {
        str(term): rubin(rows["coefficient"].to_numpy(), rows["variance"].to_numpy(), freedom)
        for term, rows in pd.concat(fits).groupby(level=0, sort=False)
        if len(rows) == len(fits)
    }


def _record(pooled: Pooled) -> Record:
    """Return a pooled coefficient as a ratio with t limits and P."""
    width = stats.t.ppf(1 - ALPHA / 2, pooled.freedom) * pooled.error
    t = pooled.value / pooled.error
    p = float(2 * stats.t.sf(abs(t), pooled.freedom))
    record = ratio(pooled.value, pooled.value - width, pooled.value + width, p)
    return {**record, "std_error": pooled.error, "statistic": t, "df": pooled.freedom}


def _cox_fit(data: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Return coefficient, variance and residual degrees of freedom of each term in one completed copy."""
    used = cox_data(data, design)
    fit = quietly(lambda: fitted(used))[0]
    if fit is None:
        raise ArithmeticError(NO_FIT)
    columns, model = fit
    values, errors = model.coefficients / used.scales[columns], model.errors / used.scales[columns]
    terms = [used.terms[j] for j in columns]
    fields = {"coefficient": values, "variance": errors**2, "freedom": used.limiting - len(columns)}
    return pd.DataFrame(fields, terms)


def _logistic_fit(data: pd.DataFrame, design: Design) -> pd.DataFrame:
    """The same of the logistic model."""
    used = logistic_data(data, design)
    if used.infinite or not used.limiting:
        raise ArithmeticError(NO_FIT)
    values, errors = used.fit.coefficients[1:] / used.scales, used.fit.errors[1:] / used.scales
    freedom = len(used.event) - len(used.terms) - 1
    return pd.DataFrame({"coefficient": values, "variance": errors**2, "freedom": freedom}, used.terms)


def _coded(values: pd.Series, covariate: Covariate) -> pd.Series:
    """Return a covariate as numbers: those of a continuous one, else the places of the levels."""
    if covariate.kind == "continuous":
        return pd.to_numeric(values.astype(object), errors="coerce").astype(float)
    codes = categories(values).cat.codes
    return codes.where(codes >= 0).astype(float)


def _decoded(numbers: pd.Series, values: pd.Series, covariate: Covariate) -> pd.Series | pd.Categorical:
    """Return imputed numbers as values of the covariate."""
    if covariate.kind == "continuous":
        return numbers
    return pd.Categorical.from_codes(np.rint(numbers).astype(int), levels(values))
