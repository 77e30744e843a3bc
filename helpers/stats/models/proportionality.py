"""Do hazards stay proportional? The score test of R's current cox.zph, and what its plot draws."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2

from helpers.frames import Frame, about
from helpers.stats.estimates import estimates, if_recorded, not_estimable, scope
from helpers.stats.models.cox_regression import CoxData, cox_data, fitted
from helpers.stats.models.design import Design
from helpers.stats.models.effects import Record, joined, quietly
from helpers.stats.models.partial_likelihood import Moments, Patterns, RiskSets
from helpers.stats.survival.life_table import life_table
from helpers.stats.ties import rank_of

METHOD = "Score test of proportional hazards, Kaplan-Meier time"
GLOBAL = "Global"


@dataclass(frozen=True)
class _Events:
    """One row per event: time, its transform, what the patient's terms exceed the risk set's mean by; the moments."""

    time: np.ndarray
    transform: np.ndarray
    residual: np.ndarray
    moments: Moments


@if_recorded
def proportional_hazards(data: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Return the test that each covariate's effect is constant in time, and a "Global" row: chi-square, df and P.

    The score test of adding the covariate times 1 - Kaplan-Meier (just before each event) to the Cox model with Efron
    ties, as cox.zph since survival 3.0 (before, an approximation); a categorical covariate is tested as a whole. Terms
    without a finite estimate (separated) are in neither the model nor the test, and every row's note names them.
    """
    used = cox_data(data, design)
    fixed = {**scope(data), "group": "All", "measure": "p_value", "method": METHOD, **used.counts}
    tests, problem = quietly(lambda: _tests(used, design))
    lost = not_estimable("no term of it can be estimated" if tests else used.problem or problem)
    tests = tests or {GLOBAL: lost}
    rows = [design.about(variable) | tests.get(variable, lost) for variable in design.variables]
    rows.append({"term": GLOBAL, **tests[GLOBAL]})
    absent = [term for term, step in zip(used.terms, used.direction, strict=True) if step] if tests else []
    without = f"tested in the model without {', '.join(absent)} (separated)" if absent else ""
    return estimates({**fixed, **row, "note": joined(row.get("note", ""), without, used.note)} for row in rows)


def time_varying_coefficients(data: pd.DataFrame, design: Design) -> Frame:
    """Return one row per term and event: the log hazard ratio that this event alone points to (scaled residual).

    `coefficient` is the Cox estimate plus the scaled Schoenfeld residual; a smooth of it against `transformed_time`
    (1 - Kaplan-Meier) is the plot of cox.zph. Empty when nothing can be estimated. The frame is about what `data` is.
    """
    used = cox_data(data, design) if data.shape[1] else None
    fit = quietly(lambda: fitted(used))[0] if used else None
    tables = []
    if used and fit:
        columns, model = fit
        events = _events(used, columns, model.coefficients)
        inverse = np.linalg.inv(events.moments.information())
        scaled = (model.coefficients + len(events.time) * events.residual @ inverse) / used.scales[columns]
        shared = {"time_months": events.time, "transformed_time": events.transform}
        for term, values in zip([used.terms[j] for j in columns], scaled.T, strict=True):
            facts = {"term": term, "variable": design.terms[term]["variable"]}
            tables.append(pd.DataFrame({**facts, **shared, "coefficient": values}))
    names = ["term", "variable", "time_months", "transformed_time", "coefficient"]
    frame = Frame(pd.concat(tables, ignore_index=True) if tables else [], columns=names)
    frame.about = about(data)
    return frame


def _tests(used: CoxData, design: Design) -> dict[str, Record]:
    """Return the record of every covariate with an estimable term, and of all together."""
    columns, fit = fitted(used)
    events = _events(used, columns, fit.coefficients)
    owners = [design.terms[used.terms[j]]["variable"] for j in columns]
    blocks = {name: [k for k, owner in enumerate(owners) if owner == name] for name in dict.fromkeys(owners)}
    tests = {name: _score_test(events, places) for name, places in blocks.items()}
    return {**tests, GLOBAL: _score_test(events, list(range(len(owners))))}


def _score_test(events: _Events, places: list[int]) -> Record:
    """Return chi-square and P of adding some terms times the centred time transform."""
    time = events.transform - events.transform.mean()
    plain, mixed, squared = (events.moments.information(time**power) for power in (0, 1, 2))
    score = (time[:, None] * events.residual).sum(axis=0)[places]
    cross = mixed[np.ix_(range(len(plain)), places)]
    variance = squared[np.ix_(places, places)] - cross.T @ np.linalg.solve(plain, cross)
    if rank_of(variance) < len(places):
        return not_estimable("too few distinct event times")
    statistic = float(score @ np.linalg.solve(variance, score))
    return {"statistic": statistic, "df": len(places), "p": float(chi2.sf(statistic, len(places)))}


def _events(used: CoxData, columns: list[int], coefficients: np.ndarray) -> _Events:
    """Return what each event contributes, in the order of time; tied events share their mean risk set."""
    matrix = used.matrix[:, columns]
    sets = RiskSets(np.full(len(used.time), -1.0), used.time, used.event, Patterns.among(matrix))
    moments = sets.at(coefficients)
    sums = [np.bincount(sets.tie, column) for column in moments.mean.T]
    centre = (np.array(sums) / sets.deaths).T[sets.tie]
    table, times = life_table(used.time, used.event.astype(float)), used.time[sets.order]
    before = np.concatenate([[1.0], table.survival])[np.searchsorted(table.time, times, side="left")]
    return _Events(times, 1 - before, matrix[sets.order] - centre, moments)
