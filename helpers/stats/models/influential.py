"""What one patient does to a Cox model: the fit repeated without each patient in turn."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from helpers.frames import Frame, about
from helpers.stats.estimates import estimates, if_recorded, not_estimable, scope
from helpers.stats.levels import ALPHA
from helpers.stats.models.cox_regression import EFRON, CoxData, cox_data, estimable
from helpers.stats.models.design import Design
from helpers.stats.models.effects import LARGEST_LOG, Record, joined
from helpers.stats.models.partial_likelihood import CoxFit
from helpers.stats.ties import below, tied

METHOD = f"{EFRON}, leaving one patient out"
CROSSING = f"Patients without whom P changes sides of {ALPHA}"
LOST = "Patients without whom there is no estimate"
COLUMNS = ["term", "patient", "hazard_ratio", "p"]
REFITS = 300  # with more patients, only the most influential are left out in turn


class LeftOut(Frame):
    """Refits by the patient left out."""

    holds_patients = True


def leave_one_out(data: pd.DataFrame, design: Design) -> LeftOut:
    """Return one row per term and patient left out: the hazard ratio and Wald P of the model without that patient.

    `patient` is the patient's index in `data`. Of more than REFITS patients only those with the largest approximate
    influence (dfbeta) on some term are tried, as many as that. NaN where the model without the patient has no finite
    estimate. Empty when the model with all patients has none. The frame is about what `data` is.
    """
    frame = LeftOut(_refits(cox_data(data, design)) if data.shape[1] else [], columns=COLUMNS)
    frame.about = about(data)
    order = {term: place for place, term in enumerate(design.columns)}
    return frame.sort_values("term", kind="stable", key=lambda terms: terms.map(order)).reset_index(drop=True)


@if_recorded
def influence(data: pd.DataFrame, design: Design, left_out: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return for every term the lowest and the highest hazard ratio that leaving out one patient gives.

    Four rows a term: measures influence_lowest and influence_highest, and two counts: of the patients without whom P
    changes sides of 0.05, and of those without whom the estimate is lost. `left_out` is the table of `leave_one_out`,
    where it has been made already.
    """
    used = cox_data(data, design)
    fixed = {**scope(data), "group": "All", "measure": "hazard_ratio", "method": METHOD, "model_terms": len(used.terms)}
    fixed |= {"n": len(used.time), "events": used.limiting}
    tried = f"the {REFITS} most influential of {len(used.time)} patients tried" if len(used.time) > REFITS else ""
    table = leave_one_out(data, design) if left_out is None else left_out
    rows = []
    for term in design.columns:
        reason = used.reasons.get(term) or used.problem or "the model has no finite estimate"
        for record in _extremes(table[table["term"] == term], _full_p(used, term), reason):
            facts = {**fixed, **design.terms.get(term, {}), "term": term}
            rows.append({**facts, **record, "note": joined(record.get("note", ""), tried)})
    return estimates(rows)


def _refits(used: CoxData) -> list[tuple]:
    """Return term, patient, hazard ratio and P of every refit."""
    columns, rows = estimable(used), []
    for place in _most_influential(used, columns) if columns else []:
        fit = used.fit(columns, np.delete(np.arange(len(used.time)), place))
        ratios, tests = _ratios(fit, used.scales[columns])
        rows += [
            (used.terms[j], used.index[place], ratio, p) for j, ratio, p in zip(columns, ratios, tests, strict=True)
        ]
    return rows


def _most_influential(used: CoxData, columns: list[int]) -> np.ndarray:
    """Return the places of the patients to leave out, in their order in the data."""
    if len(used.time) <= REFITS:
        return np.arange(len(used.time))
    fit = used.fit(columns)
    shifts = score_residuals(used, columns, fit.coefficients) @ fit.covariance / fit.errors
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
    logs = fit.coefficients / scales
    fine = np.abs(logs) < LARGEST_LOG
    ratios = np.exp(np.where(fine, logs, np.nan))
    return ratios, np.where(fine, 2 * norm.sf(np.abs(fit.coefficients / fit.errors)), np.nan)


def _full_p(used: CoxData, term: str) -> float:
    """Return the P of a term with all patients."""
    columns = estimable(used)
    if term not in [used.terms[j] for j in columns]:
        return np.nan
    return float(_ratios(used.fit(columns), used.scales[columns])[1][columns.index(used.terms.index(term))])


def _extremes(refits: pd.DataFrame, full_p: float, reason: str) -> list[Record]:
    """Return the records of one term: the lowest and the highest hazard ratio, and the two counts."""
    known = refits.dropna(subset=["hazard_ratio"])
    if known.empty:
        return [not_estimable(reason, measure=measure) for measure in ("influence_lowest", "influence_highest")]
    crossing = int((below(known["p"], ALPHA) != below(full_p, ALPHA)).sum())
    lost = len(refits) - len(known)
    which = "1 patient" if crossing == 1 else f"any one of {crossing} patients"
    note = f"leaving out {which} moves P across {ALPHA}" if crossing else ""
    note = joined(note, f"no estimate without any one of {lost} patients" if lost else "")
    ratios = pd.Series(tied(known["hazard_ratio"]), known.index)  # of patients who move it as far, the first
    places = {"influence_lowest": ratios.idxmin(), "influence_highest": ratios.idxmax()}
    extremes = [
        {"measure": measure, "estimate": known.loc[i, "hazard_ratio"], "p": known.loc[i, "p"], "note": note}
        for measure, i in places.items()
    ]
    counts = [
        {"measure": "count", "estimate": k, "method": name} for name, k in {CROSSING: crossing, LOST: lost}.items()
    ]
    return [*extremes, *counts]
