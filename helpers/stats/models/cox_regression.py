"""Cox regression of a time to event: Efron ties with strata, and Firth's penalised version."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from firthmodels import FirthCoxPH
from lifelines import CoxPHFitter

from helpers.stats.estimates import if_recorded, not_estimable
from helpers.stats.models.design import Design, usable
from helpers.stats.models.effects import NO_ROWS, missing_note, quietly, term_rows, wald
from helpers.stats.models.firth import firth_effects
from helpers.stats.models.monotone import monotone_directions
from helpers.stats.survival.life_table import checked

EFRON = "Cox, Efron ties"
FIRTH = "Firth Cox, Breslow ties, penalised profile likelihood"
# lifelines also stops when the likelihood changes by less than r_precision, 1e-5 short of the estimate by default.
TO_THE_END = MappingProxyType({"precision": 1e-20, "r_precision": 0.0})
ROUGHLY = MappingProxyType({"precision": 1e-14})  # a separated term never arrives; the others do
FLAT = 50.0  # a standard error of 50 per standard deviation: the data say nothing
UNINFORMATIVE = "no two patients at risk at an event differ in it"


@dataclass(frozen=True)
class CoxData:
    """Times, events (0/1), strata codes and standardised terms of the patients a model can use."""

    time: np.ndarray
    event: np.ndarray
    strata: np.ndarray
    matrix: np.ndarray
    terms: list[str]
    scales: np.ndarray
    reasons: dict[str, str]
    note: str
    index: pd.Index


@if_recorded
def cox(
    data: pd.DataFrame,
    design: Design,
    *,
    endpoint: str,
    population: str,
    group: str = "All",
    strata: pd.Series | None = None,
) -> pd.DataFrame:
    """Return the hazard ratio of every term with Wald limits and P (lifelines, Efron ties, as R's coxph).

    `data` is a survival_data frame (time_months, event 0/1); `strata` gives each patient a baseline hazard by group.
    Patients with a missing covariate are left out and counted in the note. Terms whose hazard ratio is infinite
    (monotone likelihood, for example an arm without events) are not estimable and say so; the others are then
    estimated in the limit.
    """
    method = EFRON if strata is None else f"{EFRON}, stratified by {strata.name}"
    fixed = cox_fields(endpoint, population, group, method)
    return report_cox(cox_data(data, design, strata), design, efron_effects, fixed)


@if_recorded
def cox_firth(
    data: pd.DataFrame, design: Design, *, endpoint: str, population: str, group: str = "All", only: str = ""
) -> pd.DataFrame:
    """Return Firth's bias-reduced hazard ratios with penalised profile limits and penalised likelihood ratio P.

    Finite under monotone likelihood (Heinze and Schemper 2001). Ties are Breslow's, the only kind firthmodels has, so
    with tied event times the estimates differ a little from Efron's for that reason too. `only` asks for one term of
    the model: the limits of the others, which take most of the time, are not sought.
    """
    fields = cox_fields(endpoint, population, group, FIRTH)
    rows = report_cox(cox_data(data, design), design, lambda used: _firth_effects(used, only), fields)
    return rows[rows["term"] == only].reset_index(drop=True) if only else rows


def cox_data(data: pd.DataFrame, design: Design, strata: pd.Series | None = None) -> CoxData:
    """Align times and design, and leave out terms that cannot be estimated."""
    known = data[data["time_months"].notna() & data["event"].notna()]
    if strata is not None:
        known = known[strata.reindex(known.index).notna()]
    rows = design.matrix.index.intersection(known.index, sort=False)
    kept = usable(design, rows)
    used = checked(known.loc[rows])
    codes = np.zeros(len(rows), int) if strata is None else pd.factorize(strata.loc[rows], sort=True)[0]
    matrix = kept.matrix.to_numpy(float)
    scales = matrix.std(axis=0) if len(rows) else np.ones(matrix.shape[1])
    standard = (matrix - matrix.mean(axis=0)) / scales if len(rows) else matrix
    note = missing_note(len(rows), len(known))
    times, events = used["time_months"].to_numpy(float), used["event"].to_numpy(int)
    return CoxData(times, events, codes, standard, list(kept.matrix.columns), scales, kept.reasons, note, rows)


def report_cox(data: CoxData, design: Design, effects: Callable[[CoxData], dict], fixed: dict) -> pd.DataFrame:
    """Fit, and return a row for every term of the design."""
    fixed = {**fixed, "n": len(data.time), "events": int(data.event.sum()), "note": data.note}
    problem = NO_ROWS if len(data.time) == 0 else "no events" if not data.event.any() else ""
    if problem:
        return term_rows(design, {}, dict.fromkeys(design.columns, problem), fixed)
    found, message = quietly(lambda: effects(data))
    missing = dict.fromkeys(data.terms, message or "the model could not be fitted")
    return term_rows(design, found or {}, {**missing, **data.reasons}, fixed)


def efron_effects(data: CoxData) -> dict[str, dict]:
    """Return the Wald record of every term, separated ones without estimate."""
    directions = monotone_directions(data.matrix, data.time, data.event, data.strata)
    records = {t: not_estimable(monotone_note(s)) for t, s in zip(data.terms, directions, strict=True) if s}
    if len(records) == len(data.terms):
        return records
    flat = uninformative(data)
    records |= {term: not_estimable(UNINFORMATIVE) for term in flat}
    kept = [j for j, term in enumerate(data.terms) if term not in flat]
    coefficients, errors = fit_lifelines(data, kept, ROUGHLY if directions.any() else TO_THE_END)
    errors = np.where(errors * data.scales[kept] < FLAT, errors, np.nan)
    note = "another term is separated" if directions.any() else ""
    for j, coefficient, error in zip(kept, coefficients, errors, strict=True):
        records.setdefault(data.terms[j], wald(coefficient, error, note))
    return records


def estimable(data: CoxData) -> list[int]:
    """Return the places of the terms with a finite estimate; empty without events."""
    if not len(data.time) or not data.event.any() or not data.terms:
        return []
    directions = monotone_directions(data.matrix, data.time, data.event, data.strata)
    flat = uninformative(data)
    return [j for j, term in enumerate(data.terms) if not directions[j] and term not in flat]


def fit_lifelines(
    data: CoxData, columns: list[int], options: Mapping[str, float] = TO_THE_END
) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients and standard errors of some terms on their own scale; `options` say when to stop.

    Column names are ours, so that no label reaches lifelines' formula parser.
    """
    names = [f"x{j}" for j in columns]
    frame = pd.DataFrame(data.matrix[:, columns], columns=names)
    frame = frame.assign(time=data.time, event=data.event, stratum=data.strata)
    strata = ["stratum"] if len(np.unique(data.strata)) > 1 else None
    frame = frame if strata else frame.drop(columns="stratum")
    fitter = CoxPHFitter()
    fitter.fit(frame, "time", "event", strata=strata, fit_options=dict(options))
    scales = data.scales[columns]
    return fitter.params_[names].to_numpy() / scales, fitter.standard_errors_[names].to_numpy() / scales


def uninformative(data: CoxData, at_risk_until: np.ndarray | None = None) -> list[str]:
    """Return the terms in which all patients at risk are alike at every event, so that nothing is compared.

    `at_risk_until` replaces the observed times where patients stay at risk longer.
    """
    until = data.time if at_risk_until is None else at_risk_until
    seen = np.zeros(len(data.terms), bool)
    for code in np.unique(data.strata):
        rows = data.strata == code
        failing = rows & (data.event == 1)
        if failing.any():
            at_risk = rows & (until >= data.time[failing].min())
            seen |= np.ptp(data.matrix[at_risk], axis=0) > 0
    return [term for term, differs in zip(data.terms, seen, strict=True) if not differs]


def cox_fields(endpoint: str, population: str, group: str, method: str) -> dict:
    """Return the columns that all rows of a model share."""
    shared = {"endpoint": endpoint, "population": population, "group": group}
    return {**shared, "measure": "hazard_ratio", "method": method}


def monotone_note(direction: int) -> str:
    """Say what monotone likelihood means for a term."""
    end = "upwards" if direction > 0 else "towards zero"
    return f"separation: the hazard ratio moves without limit {end}; see Firth"


def _firth_effects(data: CoxData, only: str = "") -> dict[str, dict]:
    """Return Firth's record of every term, or of one."""
    flat = uninformative(data)
    kept = [j for j, term in enumerate(data.terms) if term not in flat]
    outcome = (data.event.astype(bool), data.time)
    wanted = {data.terms[j]: place for place, j in enumerate(kept) if only in ("", data.terms[j])}
    found = firth_effects(FirthCoxPH, data.matrix[:, kept], outcome, wanted, data.scales[kept]) if wanted else {}
    return found | {term: not_estimable(UNINFORMATIVE) for term in flat}
