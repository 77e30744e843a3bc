"""What one patient does to a Cox model: the fit repeated without each patient in turn."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from helpers.frames import Frame, about
from helpers.stats.estimates import estimates, if_recorded, not_estimable, scope
from helpers.stats.levels import ALPHA
from helpers.stats.models.competing_risks import WeightedRiskSets
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
ROWS = 3_000_000  # in all refits together: of very many patients fewer are left out, the extremes of each term first


class LeftOut(Frame):
    """Refits by the patient left out."""

    holds_patients = True


def leave_one_out(data: pd.DataFrame, design: Design) -> LeftOut:
    """Return one row per term and patient left out: the hazard ratio and Wald P of the model without that patient.

    `patient` is the index in `data`. Of more than REFITS patients only as many are tried, fewer of more than 10,000:
    those with the largest approximate influence (dfbeta) either way on a term. NaN where there is no finite estimate;
    empty when all patients give none.
    """
    frame = LeftOut(_refits(cox_data(data, design)) if data.shape[1] else [], columns=COLUMNS)
    frame.about = about(data)
    order = {term: place for place, term in enumerate(design.columns)}
    return frame.sort_values("term", kind="stable", key=lambda terms: terms.map(order)).reset_index(drop=True)


@if_recorded
def influence(data: pd.DataFrame, design: Design, left_out: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return for every term the lowest and the highest hazard ratio that leaving out one patient gives.

    Four rows a term: influence_lowest, influence_highest, and the counts of patients without whom P changes sides of
    0.05 or the estimate is lost. `left_out` is the table of `leave_one_out` where it has been made already.
    """
    used = cox_data(data, design)
    fixed = {**scope(data), "group": "All", "measure": "hazard_ratio", "method": METHOD, **used.counts}
    table = leave_one_out(data, design) if left_out is None else left_out
    count = table["patient"].nunique()
    tried = f"the {count} most influential of {len(used.time)} patients tried" if 0 < count < len(used.time) else ""
    columns, rows = estimable(used), []
    tests = _ratios(_full(used, columns), used.scales[columns])[1] if columns else np.empty(0)
    full = pd.Series(tests, [used.terms[j] for j in columns]).reindex(design.columns)
    for term in design.columns:
        reason = used.reasons.get(term) or used.problem or "the model has no finite estimate"
        for record in _extremes(table[table["term"] == term], full[term], reason):
            facts = {**fixed, **design.terms.get(term, {}), "term": term}
            rows.append({**facts, **record, "note": joined(record.get("note", ""), tried)})
    return estimates(rows)


def _refits(used: CoxData) -> list[tuple]:
    """Return term, patient, hazard ratio and P of every refit."""
    columns, rows = estimable(used), list[tuple]()
    if not columns:
        return rows
    terms, full = [used.terms[j] for j in columns], _full(used, columns)
    near = full.coefficients if full.converged else np.zeros(len(columns))
    places = _most_influential(used, columns, full)
    for place, fit in zip(places, used.refits(columns, _without(places, len(used.time)), near), strict=True):
        values = zip(terms, *_ratios(fit, used.scales[columns]), strict=True)
        rows += [(term, used.index[place], ratio, p) for term, ratio, p in values]
    return rows


def _without(places: np.ndarray, size: int) -> np.ndarray:
    """Return how often each patient is in the data without each place in turn: once, or not at all."""
    counts = np.ones((len(places), size), np.int8)
    counts[np.arange(len(places)), places] = 0
    return counts


def _full(used: CoxData, columns: list[int]) -> CoxFit:
    """Return the fit to everybody."""
    return used.whole if len(columns) == len(used.terms) else used.fit(columns)


def _most_influential(used: CoxData, columns: list[int], full: CoxFit) -> np.ndarray:
    """Return the places of the patients to leave out, in their order in the data."""
    size = len(used.time)
    if size <= REFITS:
        return np.arange(size)
    shifts = tied(score_residuals(used, columns, full.coefficients) @ full.covariance / full.errors)
    best = np.full(size, size)
    for shift in (*shifts.T, *-shifts.T):
        order = np.argsort(shift, kind="stable")
        best[order] = np.minimum(best[order], np.arange(size))
    tries = max(min(REFITS, ROWS // size), 2 * len(columns))
    return np.sort(np.lexsort((-np.abs(shifts).max(axis=1), best))[:tries])


def score_residuals(used: CoxData, columns: list[int], coefficients: np.ndarray) -> np.ndarray:
    """Return each patient's share of the score (Breslow ties): good enough to rank patients by influence."""
    moments = WeightedRiskSets(used.time, used.event, used.matrix[:, columns]).at(coefficients)
    return np.column_stack(list(moments.score_residuals()))


def _ratios(fit: CoxFit, scales: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return hazard ratios and Wald P, NaN where the fit failed."""
    if not fit.converged:
        return np.full(len(scales), np.nan), np.full(len(scales), np.nan)
    logs = fit.coefficients / scales
    logs = np.where(np.abs(logs) < LARGEST_LOG, logs, np.nan)
    return np.exp(logs), 2 * norm.sf(np.abs(logs * scales / fit.errors))


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
    lowest, highest = known.loc[ratios.idxmin()], known.loc[ratios.idxmax()]
    return [
        {"measure": "influence_lowest", "estimate": lowest["hazard_ratio"], "p": lowest["p"], "note": note},
        {"measure": "influence_highest", "estimate": highest["hazard_ratio"], "p": highest["p"], "note": note},
        {"measure": "count", "estimate": crossing, "method": CROSSING},
        {"measure": "count", "estimate": lost, "method": LOST},
    ]
