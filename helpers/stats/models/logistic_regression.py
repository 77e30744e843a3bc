"""Logistic regression of a yes/no outcome: Wald, profile likelihood and Firth, with separation detected first."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from firthmodels import FirthLogisticRegression, detect_separation
from scipy import optimize
from scipy.stats import chi2

from helpers.stats.estimates import if_recorded, not_estimable
from helpers.stats.models.design import Design, usable
from helpers.stats.models.effects import NO_ROWS, missing_note, quietly, ratio, term_rows, wald
from helpers.stats.models.firth import firth_effects
from helpers.stats.ties import cleared

CUT = chi2.ppf(0.95, 1)
WALD = "Logistic regression, Wald"
PROFILE = "Logistic regression, profile likelihood"
FIRTH = "Firth logistic, penalised profile likelihood"
COMPLETE = "complete separation: the terms together predict the outcome without error; see Firth"
FARTHEST = 40.0  # steps of one standard deviation; a profile that has not dropped by then has no limit


@dataclass(frozen=True)
class LogisticData:
    """Outcome (0/1) and standardised terms of the patients a model can use, and what keeps it from using more."""

    outcome: np.ndarray
    matrix: np.ndarray
    terms: list[str]
    scales: np.ndarray
    reasons: dict[str, str]
    infinite: dict[str, int]
    note: str

    @property
    def with_intercept(self) -> np.ndarray:
        """The matrix with a first column of ones."""
        return np.column_stack([np.ones(len(self.outcome)), self.matrix])


@if_recorded
def logistic(outcome: pd.Series, design: Design, *, endpoint: str, population: str, group: str = "All") -> pd.DataFrame:
    """Return the odds ratio of every term with Wald limits and P, maximum likelihood (statsmodels).

    The outcome is yes/no on the patients' index; patients without outcome or with a missing covariate are left out,
    the latter counted in the note. Terms whose estimate is infinite (separation, found by Konis' linear programme)
    are not estimable and say so; the others are then estimated in the limit.
    """
    return _report(outcome, design, _wald_effects, _fields(endpoint, population, group, WALD))


@if_recorded
def logistic_profile(
    outcome: pd.Series, design: Design, *, endpoint: str, population: str, group: str = "All"
) -> pd.DataFrame:
    """Return the same odds ratios with profile likelihood limits and the likelihood ratio P.

    Each limit is the root of the profile deviance minus 3.84 (a model with the term as offset). A separated term has
    no estimate but keeps its P and the one limit that exists.
    """
    return _report(outcome, design, _profile_effects, _fields(endpoint, population, group, PROFILE))


@if_recorded
def logistic_firth(
    outcome: pd.Series, design: Design, *, endpoint: str, population: str, group: str = "All"
) -> pd.DataFrame:
    """Return Firth's bias-reduced odds ratios with penalised profile limits and penalised likelihood ratio P.

    Finite under separation (Firth 1993; Heinze and Schemper 2002). Uses firthmodels.
    """
    return _report(outcome, design, _firth_effects, _fields(endpoint, population, group, FIRTH))


def logistic_data(outcome: pd.Series, design: Design) -> LogisticData:
    """Align outcome and design, leave out terms that cannot be estimated, and look for separation."""
    known = outcome.dropna().astype(float)
    rows = design.matrix.index.intersection(known.index, sort=False)
    kept = usable(design, rows)
    matrix = kept.matrix.to_numpy(float)
    values = known.loc[rows].to_numpy()
    scales = matrix.std(axis=0) if len(rows) else np.ones(matrix.shape[1])
    standard = (matrix - matrix.mean(axis=0)) / scales if len(rows) else matrix
    terms = list(kept.matrix.columns)
    infinite = _separated(standard, values, terms)
    note = missing_note(len(rows), len(known))
    return LogisticData(values, standard, terms, scales, kept.reasons, infinite, note)


def fit_glm(data: LogisticData, columns: np.ndarray, offset: np.ndarray | None = None) -> object:
    """Return the statsmodels fit of some columns, iterated until the deviance no longer changes.

    Its standard errors belong to the coefficients one step before the last, and rounding decides which step that is:
    without an offset (a profile needs no errors) the fit is repeated from its end, where a step is nothing.
    """
    model = sm.GLM(data.outcome, columns, family=sm.families.Binomial(), offset=offset)
    fit = model.fit(tol=1e-13, maxiter=100)
    return fit if offset is not None else model.fit(start_params=fit.params, tol=1e-13, maxiter=100)


def _fields(endpoint: str, population: str, group: str, method: str) -> dict:
    """Return the columns that all rows of a model share."""
    shared = {"endpoint": endpoint, "population": population, "group": group}
    return {**shared, "measure": "odds_ratio", "method": method}


def _report(outcome: pd.Series, design: Design, effects: Callable, fixed: dict) -> pd.DataFrame:
    """Fit, and return a row for every term of the design."""
    data = logistic_data(outcome, design)
    fixed = {**fixed, "n": len(data.outcome), "events": int(data.outcome.sum()), "note": data.note}
    problem = _problem(data)
    if problem:
        return term_rows(design, {}, dict.fromkeys(design.columns, problem), fixed)
    found, message = quietly(lambda: effects(data))
    missing = dict.fromkeys(data.terms, message or "the model could not be fitted")
    return term_rows(design, found or {}, {**missing, **data.reasons}, fixed)


def _problem(data: LogisticData) -> str:
    """Say why no term can be estimated, or nothing."""
    if len(data.outcome) == 0:
        return NO_ROWS
    if data.outcome.min() == data.outcome.max():
        return "all patients have the same outcome"
    return ""


def _separated(matrix: np.ndarray, outcome: np.ndarray, terms: list[str]) -> dict[str, int]:
    """Return the direction (+1, -1) of every term whose maximum likelihood estimate is infinite."""
    if not terms or len(np.unique(outcome)) < 2:
        return {}
    distinct = np.unique(np.column_stack([outcome, matrix]), axis=0)
    if len(distinct) <= len(terms):
        return dict.fromkeys(terms, 1)
    directions = detect_separation(distinct[:, 1:], distinct[:, 0]).directions[: len(terms)]
    return {term: int(sign) for term, sign in zip(terms, directions, strict=True) if sign}


def _separation_note(direction: int) -> str:
    """Say what separation means for a term."""
    end = "upwards" if direction > 0 else "downwards"
    return f"separation: the odds ratio grows without limit {end}; see Firth"


def _is_complete(data: LogisticData, fit: object) -> bool:
    """Tell whether several terms together predict the outcome without error, so that none has a direction."""
    return len(data.terms) > 1 and fit.deviance < 1e-6


def _wald_effects(data: LogisticData) -> dict[str, dict]:
    """Return the Wald record of every term."""
    fit = fit_glm(data, data.with_intercept)
    if _is_complete(data, fit):
        return {term: not_estimable(COMPLETE) for term in data.terms}
    note = "another term is separated" if data.infinite else ""
    values = zip(data.terms, fit.params[1:] / data.scales, fit.bse[1:] / data.scales, strict=True)
    records = {term: wald(coefficient, error, note) for term, coefficient, error in values}
    return records | {term: not_estimable(_separation_note(sign)) for term, sign in data.infinite.items()}


def _profile_effects(data: LogisticData) -> dict[str, dict]:
    """Return the profile likelihood record of every term."""
    fit = fit_glm(data, data.with_intercept)
    if _is_complete(data, fit):
        return {term: not_estimable(COMPLETE) for term in data.terms}
    return {term: _profiled(data, fit, j) for j, term in enumerate(data.terms)}


def _profiled(data: LogisticData, fit: object, j: int) -> dict:
    """Return estimate, limits and P of term j from the deviance with that term held fixed."""
    others = np.delete(data.with_intercept, j + 1, axis=1)

    def excess(value: float) -> float:
        held = fit_glm(data, others, offset=value * data.matrix[:, j])
        return float(held.deviance - fit.deviance)

    direction, centre = data.infinite.get(data.terms[j], 0), float(fit.params[j + 1])
    start = 0.0 if direction else centre
    low = np.nan if direction < 0 else _crossing(excess, start, -1)
    high = np.nan if direction > 0 else _crossing(excess, start, 1)
    p = float(chi2.sf(max(cleared(excess(0.0)), 0.0), 1))
    limits = [x / data.scales[j] for x in (low, high)]
    if direction:
        bounds = dict(zip(("ci_low", "ci_high"), np.exp(limits), strict=True))
        return not_estimable(_separation_note(direction), p=p, **bounds)
    return ratio(centre / data.scales[j], *limits, p)


def _crossing(excess: Callable[[float], float], start: float, side: int) -> float:
    """Return where the deviance excess crosses 3.84 on one side of `start`, or NaN if it never does.

    `start` may lie on the far side of the crossing (a separated term starts at 0): the bracket is then moved.
    """
    inner, step = start, 0.5
    if excess(start) > CUT:
        side = -side
    sign = excess(start) > CUT
    while abs(inner - start) < FARTHEST:
        outer = inner + side * step
        if (excess(outer) > CUT) != sign:
            return float(optimize.brentq(lambda x: excess(x) - CUT, *sorted((inner, outer)), xtol=1e-12, rtol=1e-14))
        inner, step = outer, step * 1.5
    return np.nan


def _firth_effects(data: LogisticData) -> dict[str, dict]:
    """Return Firth's record of every term."""
    places = {term: place for place, term in enumerate(data.terms)}
    return firth_effects(FirthLogisticRegression, data.matrix, data.outcome, places, data.scales)
