"""Logistic regression of a yes/no outcome: Wald, profile likelihood and Firth, with separation detected first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from firthmodels import FirthLogisticRegression, detect_separation
from scipy import optimize
from scipy.stats import chi2

from helpers.stats.estimates import SEPARATED, if_recorded, not_estimable
from helpers.stats.levels import CHI2_95
from helpers.stats.models.design import Design, usable
from helpers.stats.models.effects import ANOTHER, NO_ROWS, Record, missing_note, model_rows, ratio, wald
from helpers.stats.models.firth import firth_effects
from helpers.stats.ties import cleared

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

    @property
    def counts(self) -> Record:
        """Patients, events and note, as columns of estimates."""
        return {"n": len(self.outcome), "events": int(self.outcome.sum()), "note": self.note}

    @property
    def limiting(self) -> int:
        """The rarer outcome's patients."""
        happened = int(self.outcome.sum())
        return min(happened, len(self.outcome) - happened)

    @property
    def problem(self) -> str:
        """Why no term can be estimated, or nothing."""
        if len(self.outcome) == 0:
            return NO_ROWS
        return "" if self.limiting else "all patients have the same outcome"


@if_recorded
def logistic(data: pd.DataFrame | pd.Series, design: Design) -> pd.DataFrame:
    """Return the odds ratio of every term with Wald limits and P, maximum likelihood (statsmodels).

    `data` is the table of an outcome with `event`, or a yes/no Series by patient; patients without outcome or with a
    missing covariate are left out, the latter counted in the note. Terms whose estimate is infinite (separation, found
    by Konis' linear programme) have the status "separated" and no estimate; the others are then estimated in the limit.
    """
    return _model(data, design, _wald_effects, WALD)


@if_recorded
def logistic_profile(data: pd.DataFrame | pd.Series, design: Design) -> pd.DataFrame:
    """Return the same odds ratios with profile likelihood limits and the likelihood ratio statistic and P.

    Each limit is the root of the profile deviance minus 3.84 (a model with the term as offset). A separated term has
    no estimate but keeps its P and the one limit that exists.
    """
    return _model(data, design, _profile_effects, PROFILE)


@if_recorded
def logistic_firth(data: pd.DataFrame | pd.Series, design: Design) -> pd.DataFrame:
    """Return Firth's bias-reduced odds ratios with penalised profile limits and penalised likelihood ratio P.

    Finite under separation (Firth 1993; Heinze and Schemper 2002). Uses firthmodels.
    """
    return _model(data, design, _firth_effects, FIRTH)


def outcome_of(data: pd.DataFrame | pd.Series) -> pd.Series:
    """Return the known outcomes as 0/1 by patient."""
    outcome = data["event"] if isinstance(data, pd.DataFrame) else data
    return outcome.dropna().astype(float)


def logistic_data(data: pd.DataFrame | pd.Series, design: Design) -> LogisticData:
    """Align outcome and design, leave out terms that cannot be estimated, and look for separation."""
    known = outcome_of(data)
    rows = design.matrix.index.intersection(known.index, sort=False)
    part, values = usable(design, rows), known.loc[rows].to_numpy()
    return LogisticData(
        outcome=values,
        matrix=part.matrix,
        terms=part.terms,
        scales=part.scales,
        reasons=part.reasons,
        infinite=_separated(part.matrix, values, part.terms),
        note=missing_note(len(rows), len(known)),
    )


def fit_glm(data: LogisticData, columns: np.ndarray, offset: np.ndarray | None = None) -> Any:
    """Return the statsmodels fit of some columns, iterated until the deviance no longer changes.

    Its standard errors belong to the coefficients one step before the last, and rounding decides which step that is:
    without an offset (a profile needs no errors) the fit is repeated from its end, where a step is nothing.
    """
    model = sm.GLM(data.outcome, columns, family=sm.families.Binomial(), offset=offset)
    fit = model.fit(tol=1e-13, maxiter=100)
    return fit if offset is not None else model.fit(start_params=fit.params, tol=1e-13, maxiter=100)


def _model(data: pd.DataFrame | pd.Series, design: Design, effects: Callable, method: str) -> pd.DataFrame:
    """Fit, and return a row for every term of the design."""
    return model_rows(data, design, logistic_data(data, design), effects, measure="odds_ratio", method=method)


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


def _is_complete(data: LogisticData, fit: Any) -> bool:
    """Tell whether several terms together predict the outcome without error, so that none has a direction."""
    return len(data.terms) > 1 and fit.deviance < 1e-6


def _wald_effects(data: LogisticData) -> dict[str, Record]:
    """Return the Wald record of every term."""
    fit = fit_glm(data, data.with_intercept)
    if _is_complete(data, fit):
        return {term: not_estimable(COMPLETE, status=SEPARATED) for term in data.terms}
    note = ANOTHER if data.infinite else ""
    values = zip(data.terms, fit.params[1:] / data.scales, fit.bse[1:] / data.scales, strict=True)
    records = {term: wald(coefficient, error, note) for term, coefficient, error in values}
    return records | {
        term: not_estimable(_separation_note(sign), status=SEPARATED) for term, sign in data.infinite.items()
    }


def _profile_effects(data: LogisticData) -> dict[str, Record]:
    """Return the profile likelihood record of every term."""
    fit = fit_glm(data, data.with_intercept)
    if _is_complete(data, fit):
        return {term: not_estimable(COMPLETE, status=SEPARATED) for term in data.terms}
    return {term: _profiled(data, fit, j) for j, term in enumerate(data.terms)}


def _profiled(data: LogisticData, fit: Any, j: int) -> Record:
    """Return estimate, limits and P of term j from the deviance with that term held fixed."""
    others = np.delete(data.with_intercept, j + 1, axis=1)

    def excess(value: float) -> float:
        held = fit_glm(data, others, offset=value * data.matrix[:, j])
        return float(held.deviance - fit.deviance)

    direction, centre = data.infinite.get(data.terms[j], 0), float(fit.params[j + 1])
    start = 0.0 if direction else centre
    low = np.nan if direction < 0 else _crossing(excess, start, -1)
    high = np.nan if direction > 0 else _crossing(excess, start, 1)
    statistic = max(float(cleared(excess(0.0))), 0.0)
    test = {"p": float(chi2.sf(statistic, 1)), "statistic": statistic, "df": 1}
    limits = [x / data.scales[j] for x in (low, high)]
    if direction:
        bounds = dict(zip(("ci_low", "ci_high"), np.exp(limits), strict=True))
        return not_estimable(_separation_note(direction), status=SEPARATED, **test, **bounds)
    return {**ratio(centre / data.scales[j], *limits, test["p"]), **test}


def _crossing(excess: Callable[[float], float], start: float, side: int) -> float:
    """Return where the deviance excess crosses 3.84 on one side of `start`, or NaN if it never does.

    `start` may lie on the far side of the crossing (a separated term starts at 0): the bracket is then moved.
    """
    inner, step = start, 0.5
    if excess(start) > CHI2_95:
        side = -side
    sign = excess(start) > CHI2_95
    while abs(inner - start) < FARTHEST:
        outer = inner + side * step
        if (excess(outer) > CHI2_95) != sign:
            return float(
                optimize.brentq(lambda x: excess(x) - CHI2_95, *sorted((inner, outer)), xtol=1e-12, rtol=1e-14)
            )
        inner, step = outer, step * 1.5
    return np.nan


def _firth_effects(data: LogisticData) -> dict[str, Record]:
    """Return Firth's record of every term."""
    places = {term: place for place, term in enumerate(data.terms)}
    return firth_effects(FirthLogisticRegression, data.matrix, data.outcome, places, data.scales)
