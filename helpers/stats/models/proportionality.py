"""Do hazards stay proportional? The score test of R's current cox.zph, and what its plot draws."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2

from helpers.frames import Frame, about
from helpers.stats.estimates import estimates, if_recorded, not_estimable, scope
from helpers.stats.models.cox_regression import CoxData, cox_data, estimable
from helpers.stats.models.design import Design
from helpers.stats.models.effects import Record, joined, quietly
from helpers.stats.models.partial_likelihood import at_events, risk_sets
from helpers.stats.survival.life_table import life_table
from helpers.stats.ties import rank_of

METHOD = "Score test of proportional hazards, Kaplan-Meier time"
GLOBAL = "Global"
RESIDUAL_COLUMNS = ["term", "variable", "time_months", "transformed_time", "coefficient"]


@dataclass(frozen=True)
class _Events:
    """One row per event: time, its transform, what the patient's terms exceed the risk set's mean by, information."""

    time: np.ndarray
    transform: np.ndarray
    residual: np.ndarray
    information: np.ndarray


@if_recorded
def proportional_hazards(data: pd.DataFrame, design: Design, strata: pd.Series | None = None) -> pd.DataFrame:
    """Return the test that each covariate's effect is constant in time, and a "Global" row: chi-square, df and P.

    The score test of adding the covariate times 1 - Kaplan-Meier (just before each event) to the Cox model with Efron
    ties, as cox.zph since survival 3.0; a categorical covariate is tested as a whole. Not the older approximation on
    scaled residuals. A small P speaks against one hazard ratio for the whole follow-up.
    """
    used = cox_data(data, design, strata)
    fixed = {**scope(data), "group": "All", "measure": "p_value", "method": METHOD}
    fixed |= {**used.counts, "model_terms": len(used.terms)}
    found, problem = quietly(lambda: _tests(used, design))
    reason = used.problem or problem or "no term can be estimated"
    lost = not_estimable("no term of it can be estimated" if found else reason)
    rows = [design.about(variable) | (found or {}).get(variable, lost) for variable in design.variables]
    rows.append({"term": GLOBAL, **(found or {}).get(GLOBAL, lost)})
    return estimates({**fixed, **row, "note": joined(row.get("note", ""), used.note)} for row in rows)


def time_varying_coefficients(data: pd.DataFrame, design: Design) -> Frame:
    """Return one row per term and event: the log hazard ratio that this event alone points to (scaled residual).

    `coefficient` is the Cox estimate plus the scaled Schoenfeld residual; a smooth of it against `transformed_time`
    (1 - Kaplan-Meier) is the plot of cox.zph. Empty when nothing can be estimated. The frame is about what `data` is.
    """
    frame = Frame(_scaled_residuals(data, design) if data.shape[1] else [], columns=RESIDUAL_COLUMNS)
    frame.about = about(data)
    return frame


def _scaled_residuals(data: pd.DataFrame, design: Design) -> list[Record]:
    """Return the rows of `time_varying_coefficients`."""
    used = cox_data(data, design)
    fit, _ = quietly(lambda: _fitted(used))
    if fit is None:
        return []
    columns, coefficients, events = fit
    inverse = np.linalg.inv(events.information.sum(axis=0))
    scaled = (coefficients + len(events.time) * events.residual @ inverse) / used.scales[columns]
    return [
        {
            "term": used.terms[j],
            "variable": design.terms[used.terms[j]]["variable"],
            "time_months": events.time[i],
            "transformed_time": events.transform[i],
            "coefficient": scaled[i, k],
        }
        for k, j in enumerate(columns)
        for i in range(len(events.time))
    ]


def _fitted(used: CoxData) -> tuple[list[int], np.ndarray, _Events]:
    """Fit the terms that can be, and return their places, standardised coefficients and event contributions."""
    columns = estimable(used)
    if not columns:
        raise ArithmeticError("no term can be estimated")
    fit = used.fit(columns)
    if not fit.converged:
        raise ArithmeticError("the model has no finite maximum")
    return columns, fit.coefficients, _events(used, used.matrix[:, columns], fit.coefficients)


def _tests(used: CoxData, design: Design) -> dict[str, Record]:
    """Return the record of every covariate with an estimable term, and of all together."""
    columns, _, events = _fitted(used)
    owners = [design.terms[used.terms[j]]["variable"] for j in columns]
    blocks = {name: [k for k, owner in enumerate(owners) if owner == name] for name in dict.fromkeys(owners)}
    tests = {name: _score_test(events, places) for name, places in blocks.items()}
    return {**tests, GLOBAL: _score_test(events, list(range(len(owners))))}


def _score_test(events: _Events, places: list[int]) -> Record:
    """Return chi-square and P of adding some terms times the centred time transform."""
    time = events.transform - events.transform.mean()
    plain, mixed, squared = (np.tensordot(time**power, events.information, axes=1) for power in (0, 1, 2))
    score = (time[:, None] * events.residual).sum(axis=0)[places]
    cross = mixed[np.ix_(range(len(plain)), places)]
    variance = squared[np.ix_(places, places)] - cross.T @ np.linalg.solve(plain, cross)
    if rank_of(variance) < len(places):
        return not_estimable("too few distinct event times")
    statistic = float(score @ np.linalg.solve(variance, score))
    return {"statistic": statistic, "df": len(places), "p": float(chi2.sf(statistic, len(places)))}


def _events(used: CoxData, matrix: np.ndarray, coefficients: np.ndarray) -> _Events:
    """Return what each event contributes, in the order of time; tied events of a stratum share their mean risk set."""
    time, residual, information = [], [], []
    for code in np.unique(used.strata):
        rows = np.flatnonzero(used.strata == code)
        sets = risk_sets(np.full(len(rows), -1.0), used.time[rows], used.event[rows])
        _, mean, covariance = at_events(coefficients, sets, matrix[rows])
        centre = pd.DataFrame(mean).groupby(sets.tie).transform("mean").to_numpy().reshape(mean.shape)
        time.append(used.time[rows][sets.failing])
        residual.append(matrix[rows][sets.failing] - centre)
        information.append(covariance)
    times = np.concatenate(time)
    order = np.argsort(times, kind="stable")
    parts = (np.concatenate(values)[order] for values in (residual, information))
    return _Events(times[order], _transformed(used, times[order]), *parts)


def _transformed(used: CoxData, times: np.ndarray) -> np.ndarray:
    """Return 1 - Kaplan-Meier of all patients just before each time."""
    table = life_table(used.time, used.event.astype(float))
    return 1 - np.concatenate([[1.0], table.survival])[np.searchsorted(table.time, times, side="left")]
