"""Do hazards stay proportional? The score test of R's current cox.zph, and what its plot draws."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter
from scipy.stats import chi2

from helpers.stats.estimates import estimates, if_recorded, not_estimable
from helpers.stats.models.cox_regression import CoxData, cox_data, estimable, fit_lifelines
from helpers.stats.models.design import Design
from helpers.stats.models.effects import NO_ROWS, joined, quietly
from helpers.stats.ties import rank_of

METHOD = "Score test of proportional hazards, Kaplan-Meier time"
GLOBAL = "Global"
RESIDUAL_COLUMNS = ["term", "time_months", "transformed_time", "coefficient"]


@dataclass(frozen=True)
class _Events:
    """One row per event: time, its transform, what the patient's terms exceed the risk set's mean by, information."""

    time: np.ndarray
    transform: np.ndarray
    residual: np.ndarray
    information: np.ndarray


@if_recorded
def proportional_hazards(
    data: pd.DataFrame,
    design: Design,
    *,
    endpoint: str,
    population: str,
    group: str = "All",
    strata: pd.Series | None = None,
) -> pd.DataFrame:
    """Return the test that each covariate's effect is constant in time, and a "Global" row: chi-square and P.

    The score test of adding the covariate times 1 - Kaplan-Meier (just before each event) to the Cox model with Efron
    ties, as cox.zph since survival 3.0; a categorical covariate is tested as a whole. Not the older approximation on
    scaled residuals. A small P speaks against one hazard ratio for the whole follow-up.
    """
    used = cox_data(data, design, strata)
    fixed = {"endpoint": endpoint, "population": population, "group": group, "measure": "p_value", "method": METHOD}
    fixed |= {"n": len(used.time), "events": int(used.event.sum())}
    names = list(dict.fromkeys(design.covariates.values()))
    found, problem = quietly(lambda: _tests(used, design))
    if not found:
        reason = NO_ROWS if len(used.time) == 0 else problem or "no term can be estimated"
        return estimates([not_estimable(reason, **fixed, term=name) for name in [*names, GLOBAL]])
    records = [found.get(name) or not_estimable("no term of it can be estimated") for name in [*names, GLOBAL]]
    rows = zip([*names, GLOBAL], records, strict=True)
    return estimates([{**fixed, "term": name, **r, "note": joined(r.get("note", ""), used.note)} for name, r in rows])


def time_varying_coefficients(data: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Return one row per term and event: the log hazard ratio that this event alone points to (scaled residual).

    `coefficient` is the Cox estimate plus the scaled Schoenfeld residual; a smooth of it against `transformed_time`
    (1 - Kaplan-Meier) is the plot of cox.zph. Empty when nothing can be estimated.
    """
    if data.shape[1] == 0:  # the cohort does not record the endpoint
        return pd.DataFrame(columns=RESIDUAL_COLUMNS)
    used = cox_data(data, design)
    fit, _ = quietly(lambda: _fitted(used))
    if fit is None:
        return pd.DataFrame(columns=RESIDUAL_COLUMNS)
    columns, coefficients, events = fit
    inverse = np.linalg.inv(events.information.sum(axis=0))
    scaled = coefficients + len(events.time) * events.residual @ inverse
    frames = [
        pd.DataFrame({"term": used.terms[j], "time_months": events.time, "transformed_time": events.transform}).assign(
            coefficient=scaled[:, k] / used.scales[j]
        )
        for k, j in enumerate(columns)
    ]
    return pd.concat(frames, ignore_index=True)[RESIDUAL_COLUMNS]


def _fitted(used: CoxData) -> tuple[list[int], np.ndarray, _Events]:
    """Fit the terms that can be, and return their places, standardised coefficients and event contributions."""
    columns = estimable(used)
    if not columns:
        raise ArithmeticError("no term can be estimated")
    coefficients = fit_lifelines(used, columns)[0] * used.scales[columns]
    return columns, coefficients, _events(used, used.matrix[:, columns], coefficients)


def _tests(used: CoxData, design: Design) -> dict[str, dict]:
    """Return the record of every covariate with an estimable term, and of all together."""
    columns, _, events = _fitted(used)
    owners = [design.covariates[used.terms[j]] for j in columns]
    blocks = {name: [k for k, owner in enumerate(owners) if owner == name] for name in dict.fromkeys(owners)}
    return {name: _score_test(events, places) for name, places in {**blocks, GLOBAL: list(range(len(owners)))}.items()}


def _score_test(events: _Events, places: list[int]) -> dict:
    """Return chi-square and P of adding some terms times the centred time transform."""
    time = events.transform - events.transform.mean()
    plain, mixed, squared = (np.tensordot(time**power, events.information, axes=1) for power in (0, 1, 2))
    score = (time[:, None] * events.residual).sum(axis=0)[places]
    cross = mixed[np.ix_(range(len(plain)), places)]
    variance = squared[np.ix_(places, places)] - cross.T @ np.linalg.solve(plain, cross)
    if rank_of(variance) < len(places):
        return not_estimable("too few distinct event times")
    statistic = float(score @ np.linalg.solve(variance, score))
    note = f"{len(places)} degrees of freedom" if len(places) > 1 else ""
    return {"estimate": statistic, "p": float(chi2.sf(statistic, len(places))), "note": note}


def _events(used: CoxData, matrix: np.ndarray, coefficients: np.ndarray) -> _Events:
    """Walk through the events of each stratum, tied ones with Efron's shares."""
    risk = np.exp(matrix @ coefficients)
    parts = []
    for code in np.unique(used.strata):
        rows = np.flatnonzero(used.strata == code)
        for time in np.unique(used.time[rows][used.event[rows] == 1]):
            parts += _at_one_time(used, rows[used.time[rows] >= time], time, matrix, risk)
    order = np.argsort([part[0] for part in parts], kind="stable")
    times, residuals, information = (np.array([parts[i][k] for i in order]) for k in range(3))
    return _Events(times, _transformed(used, times), residuals, information)


def _at_one_time(used: CoxData, rows: np.ndarray, time: float, matrix: np.ndarray, risk: np.ndarray) -> list[tuple]:
    """Return time, residual and information of each event at one time; tied events share the mean risk set."""
    failing = rows[(used.time[rows] == time) & (used.event[rows] == 1)]
    is_failing = np.isin(rows, failing)
    means, informations = [], []
    for rank in range(len(failing)):
        weight = risk[rows] * (1 - is_failing * rank / len(failing))
        weight = weight / weight.sum()
        mean = weight @ matrix[rows]
        means.append(mean)
        informations.append((matrix[rows] * weight[:, None]).T @ matrix[rows] - np.outer(mean, mean))
    centre = np.mean(means, axis=0)
    return [(time, matrix[row] - centre, part) for row, part in zip(failing, informations, strict=True)]


def _transformed(used: CoxData, times: np.ndarray) -> np.ndarray:
    """Return 1 - Kaplan-Meier of all patients just before each time."""
    curve = KaplanMeierFitter().fit(used.time, used.event).survival_function_.iloc[:, 0]
    before = np.searchsorted(curve.index.to_numpy(), times, side="left") - 1
    return 1 - np.where(before >= 0, curve.to_numpy()[np.maximum(before, 0)], 1.0)
