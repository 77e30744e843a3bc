"""What one patient does to a Cox model: the fit repeated without each patient in turn."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from helpers.stats.estimates import estimates, if_recorded, not_estimable
from helpers.stats.models.cox_regression import EFRON, CoxData, cox_data, cox_fields, estimable
from helpers.stats.models.design import Design
from helpers.stats.models.effects import LARGEST_LOG, NO_ROWS, joined
from helpers.stats.models.partial_likelihood import CoxFit, fit_cox
from helpers.stats.ties import below, tied

METHOD = f"{EFRON}, leaving one patient out"
COLUMNS = ["term", "patient", "hazard_ratio", "p"]
ALPHA = 0.05
REFITS = 300  # with more patients, only the most influential are left out in turn


def leave_one_out(data: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Return one row per term and patient left out: the hazard ratio and Wald P of the model without that patient.

    `patient` is the patient's index in `data`. Of more than REFITS patients only those with the largest approximate
    influence (dfbeta) on some term are tried, as many as that. NaN where the model without the patient has no finite
    estimate. Empty when the model with all patients has none.
    """
    if data.shape[1] == 0:  # the cohort does not record the endpoint
        return pd.DataFrame(columns=COLUMNS)
    used = cox_data(data, design)
    columns = estimable(used)
    rows = []
    for place in _most_influential(used, columns) if columns else []:
        patient = used.index[place]
        fit = fit_rows(used, np.delete(np.arange(len(used.time)), place), columns)
        values, tests = _ratios(fit, used.scales[columns])
        names = [used.terms[j] for j in columns]
        rows += [(name, patient, value, p) for name, value, p in zip(names, values, tests, strict=True)]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.sort_values("term", kind="stable", key=lambda t: t.map(used.terms.index)).reset_index(drop=True)


@if_recorded
def influence(
    data: pd.DataFrame,
    design: Design,
    *,
    endpoint: str,
    population: str,
    group: str = "All",
    left_out: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return for every term the lowest and the highest hazard ratio that leaving out one patient gives.

    Two rows a term, measures influence_lowest and influence_highest; the note counts the patients without whom P
    changes sides of 0.05 and those without whom the estimate is lost. `left_out` is the table of `leave_one_out`,
    where it has been made already.
    """
    used = cox_data(data, design)
    fixed = cox_fields(endpoint, population, group, METHOD) | {"n": len(used.time), "events": int(used.event.sum())}
    tried = f"the {REFITS} most influential of {len(used.time)} patients tried" if len(used.time) > REFITS else ""
    rows, table = [], leave_one_out(data, design) if left_out is None else left_out
    for term in design.columns:
        own = table[table["term"] == term]
        reason = used.reasons.get(term) or (NO_ROWS if len(used.time) == 0 else "the model has no finite estimate")
        for measure, record in _extremes(own, _full_p(used, term), reason).items():
            note = joined(record["note"], tried)
            rows.append({**fixed, "term": term, "measure": measure, **record, "note": note})
    return estimates(rows)


def fit_rows(used: CoxData, rows: np.ndarray, columns: list[int]) -> CoxFit:
    """Return the Cox fit of some patients and terms (standardised); rows may repeat, as in a bootstrap sample."""
    start = np.full(len(rows), -1.0)
    return fit_cox(start, used.time[rows], used.event[rows], used.matrix[rows][:, columns], used.strata[rows])


def _most_influential(used: CoxData, columns: list[int]) -> np.ndarray:
    """Return the places of the patients to leave out, in their order in the data."""
    if len(used.time) <= REFITS:
        return np.arange(len(used.time))
    fit = fit_rows(used, np.arange(len(used.time)), columns)
    shifts = score_residuals(used, columns, fit.coefficients) @ fit.covariance / np.sqrt(np.diag(fit.covariance))
    influence = tied(np.abs(shifts).max(axis=1))
    return np.sort(np.argsort(-influence, kind="stable")[:REFITS])


def score_residuals(used: CoxData, columns: list[int], coefficients: np.ndarray) -> np.ndarray:
    """Return each patient's share of the score (Breslow ties): good enough to rank patients by influence."""
    matrix, residuals = used.matrix[:, columns], np.zeros((len(used.time), len(columns)))
    risk = np.exp(matrix @ coefficients)
    for code in np.unique(used.strata):
        rows = used.strata == code
        for time in np.unique(used.time[rows & (used.event == 1)]):
            at_risk, failing = rows & (used.time >= time), rows & (used.time == time) & (used.event == 1)
            away = matrix - risk[at_risk] @ matrix[at_risk] / risk[at_risk].sum()
            residuals[failing] += away[failing]
            residuals[at_risk] -= (risk[at_risk] * failing.sum() / risk[at_risk].sum())[:, None] * away[at_risk]
    return residuals


def _ratios(fit: CoxFit, scales: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return hazard ratios and Wald P, NaN where the fit failed."""
    if not fit.converged:
        return np.full(len(scales), np.nan), np.full(len(scales), np.nan)
    logs, errors = fit.coefficients / scales, np.sqrt(np.diag(fit.covariance)) / scales
    fine = np.abs(logs) < LARGEST_LOG
    ratios = np.exp(np.where(fine, logs, np.nan))
    return ratios, np.where(fine, 2 * norm.sf(np.abs(logs / errors)), np.nan)


def _full_p(used: CoxData, term: str) -> float:
    """Return the P of a term with all patients."""
    columns = estimable(used)
    if term not in [used.terms[j] for j in columns]:
        return np.nan
    fit = fit_rows(used, np.arange(len(used.time)), columns)
    return float(_ratios(fit, used.scales[columns])[1][columns.index(used.terms.index(term))])


def _extremes(own: pd.DataFrame, full_p: float, reason: str) -> dict[str, dict]:
    """Return the records of the lowest and the highest hazard ratio of one term."""
    found = own.dropna(subset=["hazard_ratio"])
    if found.empty:
        return {m: not_estimable(reason) for m in ("influence_lowest", "influence_highest")}
    crossing = int((below(found["p"], ALPHA) != below(full_p, ALPHA)).sum())
    lost = len(own) - len(found)
    which = "1 patient" if crossing == 1 else f"any one of {crossing} patients"
    note = f"leaving out {which} moves P across {ALPHA}" if crossing else ""
    note = joined(note, f"no estimate without any one of {lost} patients" if lost else "")
    ratios = pd.Series(tied(found["hazard_ratio"]), found.index)  # of patients who move it as far, the first
    places = {"influence_lowest": ratios.idxmin(), "influence_highest": ratios.idxmax()}
    return {
        measure: {"estimate": found.loc[place, "hazard_ratio"], "p": found.loc[place, "p"], "note": note}
        for measure, place in places.items()
    }
