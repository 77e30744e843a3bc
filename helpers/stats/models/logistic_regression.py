"""Logistic regression of a yes/no outcome: Wald, profile likelihood and Firth, with separation detected first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import statsmodels.api as sm
from firthmodels import FirthLogisticRegression, detect_separation
from scipy.stats import chi2

from helpers.stats.estimates import SEPARATED, if_recorded, not_estimable
from helpers.stats.levels import CHI2_95
from helpers.stats.models.design import Design, usable
from helpers.stats.models.effects import ANOTHER, ModelData, Record, missing_note, model_rows, ratio
from helpers.stats.models.firth import crossing, firth_effects
from helpers.stats.ties import cleared

WALD = "Logistic regression, Wald"
PROFILE = "Logistic regression, profile likelihood"
FIRTH = "Firth logistic, penalised profile likelihood"
COMPLETE = "complete separation: the terms together predict the outcome without error; see Firth"
FARTHEST = 40.0  # steps of one standard deviation; a profile that has not dropped by then has no limit


@dataclass(frozen=True)
class LogisticData(ModelData):
    """The same with the direction (+1, -1) of every term whose estimate is infinite."""

    no_events: ClassVar[str] = "all patients have the same outcome"
    infinite: dict[str, int]

    @property
    def with_intercept(self) -> np.ndarray:
        """The matrix with a first column of ones."""
        return np.column_stack([np.ones(len(self.event)), self.matrix])

    @property
    def limiting(self) -> int:
        """The patients with the rarer outcome."""
        return int(min(self.event.sum(), len(self.event) - self.event.sum()))


@if_recorded
def logistic(data: pd.DataFrame | pd.Series, design: Design) -> pd.DataFrame:
    """Return the odds ratio of every term with Wald limits and P, maximum likelihood (statsmodels).

    `data` is the table of an outcome with `event`, or a yes/no Series by patient; patients without outcome or with a
    missing covariate are left out, the latter counted in the note. Terms whose estimate is infinite (separation, found
    by Konis' linear programme) have the status "separated" and no estimate; the others are then estimated in the limit.
    """
    return _maximum_likelihood(data, design, _wald_effects, WALD)


@if_recorded
def logistic_profile(data: pd.DataFrame | pd.Series, design: Design) -> pd.DataFrame:
    """Return the same odds ratios with profile likelihood limits and the likelihood ratio statistic and P.

    Each limit is the root of the profile deviance minus 3.84 (a model with the term as offset). A separated term has
    no estimate but keeps its P and the one limit that exists.
    """

    def effects(used: LogisticData, fit: Any) -> dict[str, Record]:
        return {term: _profiled(used, fit, j) for j, term in enumerate(used.terms)}

    return _maximum_likelihood(data, design, effects, PROFILE)


@if_recorded
def logistic_firth(data: pd.DataFrame | pd.Series, design: Design) -> pd.DataFrame:
    """Return Firth's bias-reduced odds ratios with penalised profile limits and penalised likelihood ratio P.

    Finite under separation (Firth 1993; Heinze and Schemper 2002). Uses firthmodels.
    """

    def effects(used: LogisticData) -> dict[str, Record]:
        places = {term: place for place, term in enumerate(used.terms)}
        return firth_effects(FirthLogisticRegression, used.matrix, used.event, places, used.scales)

    used = logistic_data(data, design)
    return model_rows(data, design, used, effects, measure="odds_ratio", method=FIRTH)


def logistic_data(data: pd.DataFrame | pd.Series, design: Design) -> LogisticData:
    """Align outcome and design, leave out terms that cannot be estimated, and look for separation."""
    known = (data["event"] if isinstance(data, pd.DataFrame) else data).dropna().astype(float)
    rows = design.matrix.index.intersection(known.index, sort=False)
    part, event = usable(design, rows), known.loc[rows].to_numpy()
    infinite = _separated(part.matrix, event, part.terms)
    return LogisticData(**vars(part), event=event, note=missing_note(len(rows), len(known)), infinite=infinite)


def fit_glm(data: LogisticData, columns: np.ndarray, offset: np.ndarray | None = None) -> Any:
    """Return the statsmodels fit of some columns, iterated until the deviance no longer changes.

    Its standard errors are those one step before the last, and rounding decides which step that is: without an offset
    (a profile needs no errors) the fit is repeated from its end, where a step is nothing.
    """
    model = sm.GLM(data.event, columns, family=sm.families.Binomial(), offset=offset)
    fit = model.fit(tol=1e-13, maxiter=100)
    return fit if offset is not None else model.fit(start_params=fit.params, tol=1e-13, maxiter=100)


def _maximum_likelihood(
    data: pd.DataFrame | pd.Series, design: Design, effects: Callable[[Any, Any], dict[str, Record]], method: str
) -> pd.DataFrame:
    """Fit, and return a row for every term; none is estimated where all together predict the outcome without error."""

    def records(used: LogisticData) -> dict[str, Record]:
        fit = fit_glm(used, used.with_intercept)
        if len(used.terms) > 1 and fit.deviance < 1e-6:
            return {term: not_estimable(COMPLETE, status=SEPARATED) for term in used.terms}
        return effects(used, fit)

    used = logistic_data(data, design)
    return model_rows(data, design, used, records, measure="odds_ratio", method=method)


def _separated(matrix: np.ndarray, outcome: np.ndarray, terms: list[str]) -> dict[str, int]:
    """Return the direction (+1, -1) of every term whose maximum likelihood estimate is infinite."""
    if not terms or len(np.unique(outcome)) < 2:
        return {}
    distinct = np.unique(np.column_stack([outcome, matrix]), axis=0)
    if len(distinct) <= len(terms):
        return dict.fromkeys(terms, 1)
    directions = detect_separation(distinct[:, 1:], distinct[:, 0]).directions[: len(terms)]
    return {term: int(sign) for term, sign in zip(terms, directions, strict=True) if sign}


def _lost(direction: int, **fields: float) -> Record:
    """Return the record of a separated term, with what is known of it."""
    end = "upwards" if direction > 0 else "downwards"
    reason = f"separation: the odds ratio grows without limit {end}; see Firth"
    return not_estimable(reason, status=SEPARATED, **fields)


def _wald_effects(data: LogisticData, fit: Any) -> dict[str, Record]:
    """Return the Wald record of every term."""
    note = ANOTHER if data.infinite else ""
    records = data.wald(list(range(len(data.terms))), fit.params[1:], fit.bse[1:], note)
    return records | {term: _lost(sign) for term, sign in data.infinite.items()}


def _profiled(data: LogisticData, fit: Any, j: int) -> Record:
    """Return estimate, limits and P of term j from the deviance with that term held fixed."""
    others = np.delete(data.with_intercept, j + 1, axis=1)

    def deviance(value: float) -> float:
        held = fit_glm(data, others, offset=value * data.matrix[:, j])
        return float(held.deviance - fit.deviance)

    def limit(side: int) -> float:
        if direction == side:
            return np.nan
        # A separated term starts at 0, which lies on the far side of its limit when its P is small.
        away = -side if direction and deviance(0.0) > CHI2_95 else side
        return crossing(lambda value: deviance(value) - CHI2_95, start, away, FARTHEST)

    direction, centre = data.infinite.get(data.terms[j], 0), float(fit.params[j + 1])
    start = 0.0 if direction else centre
    low, high = limit(-1) / data.scales[j], limit(1) / data.scales[j]
    statistic = max(float(cleared(deviance(0.0))), 0.0)
    p = float(chi2.sf(statistic, 1))
    if direction:
        return _lost(direction, p=p, statistic=statistic, df=1, ci_low=np.exp(low), ci_high=np.exp(high))
    return {**ratio(centre / data.scales[j], low, high, p), "statistic": statistic, "df": 1}
