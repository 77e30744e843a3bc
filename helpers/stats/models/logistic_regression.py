"""Logistic regression of a yes/no outcome: Wald, profile likelihood and Firth, with separation detected first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.special import expit, log_expit
from scipy.stats import chi2

from helpers.stats.estimates import SEPARATED, if_recorded, not_estimable
from helpers.stats.levels import CHI2_95
from helpers.stats.models.design import Design, usable
from helpers.stats.models.effects import ANOTHER, ModelData, Record, missing_note, model_rows, ratio
from helpers.stats.models.firth import crossing, firth_effects, logistic_likelihood
from helpers.stats.models.monotone import separating_chances
from helpers.stats.ties import SAME, cleared

WALD = "Logistic regression, Wald"
PROFILE = "Logistic regression, profile likelihood"
FIRTH = "Firth logistic, penalised profile likelihood"
COMPLETE = "complete separation: the terms together predict the outcome without error; see Firth"
STEPS = 100
SETTLED = 1e-6  # a last step this small has arrived; those of a separated fit stay near 1
FEW = 2000  # patients who are fitted one by one; of more, those alike are counted
FARTHEST = 40.0  # steps of one standard deviation; a profile that has not dropped by then has no limit


@dataclass(frozen=True)
class LogisticFit:
    """Coefficients with their errors, the deviance, and whether they are finite (False: perhaps separated)."""

    coefficients: np.ndarray
    errors: np.ndarray
    deviance: float
    finite: bool


@dataclass(frozen=True)
class LogisticData(ModelData):
    """The same with the direction (+1, -1) of every term whose estimate is infinite, and the fit, intercept first.

    `patterns` holds the distinct outcomes, terms (intercept first) and numbers of patients who have them.
    """

    no_events: ClassVar[str] = "all patients have the same outcome"
    patterns: tuple[np.ndarray, np.ndarray, np.ndarray]
    fit: LogisticFit
    infinite: dict[str, int]

    @property
    def limiting(self) -> int:
        """The patients with the rarer outcome."""
        return int(min(self.event.sum(), len(self.event) - self.event.sum()))


@if_recorded
def logistic(data: pd.DataFrame | pd.Series, design: Design) -> pd.DataFrame:
    """Return the odds ratio of every term with Wald limits and P, maximum likelihood.

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

    def effects(used: LogisticData) -> dict[str, Record]:
        return {term: _profiled(used, j) for j, term in enumerate(used.terms)}

    return _maximum_likelihood(data, design, effects, PROFILE)


@if_recorded
def logistic_firth(data: pd.DataFrame | pd.Series, design: Design) -> pd.DataFrame:
    """Return Firth's bias-reduced odds ratios with penalised profile limits and penalised likelihood ratio P.

    Finite under separation (Firth 1993; Heinze and Schemper 2002).
    """

    def effects(used: LogisticData) -> dict[str, Record]:
        places = {term: place for place, term in enumerate(used.terms, 1)}
        return firth_effects(logistic_likelihood(*used.patterns), places, np.append(1.0, used.scales))

    used = logistic_data(data, design)
    return model_rows(data, design, used, effects, measure="odds_ratio", method=FIRTH)


def logistic_data(data: pd.DataFrame | pd.Series, design: Design) -> LogisticData:
    """Align outcome and design, leave out terms that cannot be estimated, and look for separation."""
    known = (data["event"] if isinstance(data, pd.DataFrame) else data).dropna().astype(float)
    rows = design.matrix.index.intersection(known.index, sort=False)
    part, event = usable(design, rows), known.loc[rows].to_numpy()
    patterns = _patterns(event, part.matrix)
    fit = fit_logistic(*patterns)
    infinite = {} if fit.finite else _separated(part.matrix, event, part.terms)
    note = missing_note(len(rows), len(known))
    return LogisticData(**vars(part), event=event, note=note, patterns=patterns, fit=fit, infinite=infinite)


def _patterns(event: np.ndarray, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return outcomes, terms with the intercept, and numbers of patients; of few patients each is a pattern."""
    if len(event) <= FEW:
        return event, np.column_stack([np.ones(len(event)), matrix]), np.ones(len(event))
    frame = pd.DataFrame(np.column_stack([event, np.ones(len(event)), matrix]))
    sizes = frame.groupby([*frame.columns], sort=True).size()
    rows = sizes.index.to_frame().to_numpy()
    return rows[:, 0], rows[:, 1:], sizes.to_numpy(float)


def fit_logistic(event: np.ndarray, x: np.ndarray, count: np.ndarray) -> LogisticFit:
    """Return the maximum likelihood fit. Equals R's glm and statsmodels (a tenth as fast)."""
    beta, deviance, last = _climb(event, x, count, 0.0, np.zeros(x.shape[1]))
    chance = expit(x @ beta)
    information = (x.T * (count * chance * (1 - chance))) @ x
    sizes = np.linalg.eigvalsh(information)
    errors = np.sqrt(np.diag(np.linalg.pinv(information, hermitian=True)))
    finite = bool(last < SETTLED and sizes.min(initial=np.inf) > SAME * sizes.max(initial=0.0))
    return LogisticFit(beta, errors, deviance, finite)


def _climb(
    event: np.ndarray, x: np.ndarray, count: np.ndarray, offset: np.ndarray | float, beta: np.ndarray
) -> tuple[np.ndarray, float, float]:
    """Return coefficients, deviance and the size of the last of Newton's steps, halved where the deviance would rise.

    They begin at `beta` and end when the deviance no longer changes. A separated column is then on its way to infinity,
    and the others have reached their limit.
    """
    sign, last = np.where(event == 1, 1.0, -1.0), np.inf

    def deviance(beta: np.ndarray) -> float:
        return float(-2 * (count * log_expit(sign * (offset + x @ beta))).sum())

    current = deviance(beta)
    for _ in range(STEPS):
        chance = expit(offset + x @ beta)
        score, information = x.T @ (count * (event - chance)), (x.T * (count * chance * (1 - chance))) @ x
        step = np.linalg.lstsq(information, score, rcond=1e-13)[0]
        while (trial := deviance(beta + step)) > current + 1e-9 * (1 + current) and np.abs(step).max() > 1e-12:
            step = step / 2
        beta, gain, current, last = beta + step, current - trial, trial, float(np.abs(step).max(initial=0.0))
        if abs(gain) <= 1e-13 + 1e-14 * current:
            break
    return beta, current, last


def _maximum_likelihood(
    data: pd.DataFrame | pd.Series, design: Design, effects: Callable[[LogisticData], dict[str, Record]], method: str
) -> pd.DataFrame:
    """Fit, and return a row for every term; none is estimated where all together predict the outcome without error."""

    def records(used: LogisticData) -> dict[str, Record]:
        if len(used.terms) > 1 and used.fit.deviance < 1e-6:
            return {term: not_estimable(COMPLETE, status=SEPARATED) for term in used.terms}
        return effects(used)

    used = logistic_data(data, design)
    return model_rows(data, design, used, records, measure="odds_ratio", method=method)


def _separated(matrix: np.ndarray, outcome: np.ndarray, terms: list[str]) -> dict[str, int]:
    """Return the direction (+1, -1) of every term whose maximum likelihood estimate is infinite."""
    if not terms or len(np.unique(outcome)) < 2:
        return {}
    distinct = np.unique(np.column_stack([outcome, matrix]), axis=0)
    if len(distinct) <= len(terms):
        return dict.fromkeys(terms, 1)
    directions = np.sign(separating_chances(distinct[:, 1:], distinct[:, 0]))
    return {term: int(sign) for term, sign in zip(terms, directions, strict=True) if sign}


def _lost(direction: int, **fields: float) -> Record:
    """Return the record of a separated term, with what is known of it."""
    end = "upwards" if direction > 0 else "downwards"
    reason = f"separation: the odds ratio grows without limit {end}; see Firth"
    return not_estimable(reason, status=SEPARATED, **fields)


def _wald_effects(data: LogisticData) -> dict[str, Record]:
    """Return the Wald record of every term."""
    note = ANOTHER if data.infinite else ""
    records = data.wald(list(range(len(data.terms))), data.fit.coefficients[1:], data.fit.errors[1:], note)
    return records | {term: _lost(sign) for term, sign in data.infinite.items()}


def _profiled(data: LogisticData, j: int) -> Record:
    """Return estimate, limits and P of term j from the deviance with that term held fixed."""
    event, x, count = data.patterns
    others, near = np.delete(x, j + 1, axis=1), np.delete(data.fit.coefficients, j + 1)
    near = np.zeros(len(near)) if data.infinite else near

    def deviance(value: float) -> float:
        return _climb(event, others, count, value * x[:, j + 1], near)[1] - data.fit.deviance

    def limit(side: int) -> float:
        if direction == side:
            return np.nan
        # A separated term starts at 0, which lies on the far side of its limit when its P is small.
        away = -side if direction and deviance(0.0) > CHI2_95 else side
        return crossing(lambda value: deviance(value) - CHI2_95, start, away, FARTHEST)

    direction, centre = data.infinite.get(data.terms[j], 0), float(data.fit.coefficients[j + 1])
    start = 0.0 if direction else centre
    low, high = limit(-1) / data.scales[j], limit(1) / data.scales[j]
    statistic = max(float(cleared(deviance(0.0))), 0.0)
    p = float(chi2.sf(statistic, 1))
    if direction:
        return _lost(direction, p=p, statistic=statistic, df=1, ci_low=np.exp(low), ci_high=np.exp(high))
    return {**ratio(centre / data.scales[j], low, high, p), "statistic": statistic, "df": 1}
