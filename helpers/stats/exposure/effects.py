"""Effects of exposures that begin after time 0 (consolidation by transplant or decitabine), free of immortal time."""

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import pandas as pd
from scipy.stats import chi2

from helpers.stats.estimates import FEW_EVENTS, SEPARATED, estimates, not_estimable
from helpers.stats.exposure.exposed import (
    BEFORE_ALL,
    AnExposure,
    exposed_in_time,
    exposure_fields,
    exposure_months,
    for_each_exposure,
    start_stop,
)
from helpers.stats.exposure.sides import Sides, sides_of
from helpers.stats.levels import FEW_EVENTS_PER_TERM
from helpers.stats.models.design import ONE_LEVEL, Design
from helpers.stats.models.effects import Record, joined, missing_note, wald
from helpers.stats.models.partial_likelihood import CoxFit, fit_cox
from helpers.stats.survival.life_table import observed
from helpers.stats.survival.log_rank import log_rank_of

TIME_DEPENDENT = "Cox, counted from its day (time-dependent), Efron ties"
EVER_NEVER = "Cox, ever against never (immortal time bias), Efron ties"
MANTEL_BYAR = "Mantel-Byar"
IMMORTAL = "Person-time before it began"
IN_TIME = ("after vs before or without", "in time", "before or without")  # term, level and reference
NO_MAXIMUM = "the model has no finite maximum (separated or collinear)"
SHARED = ("endpoint", "endpoint_label", "population", "group", "method", "time_months")
Covariates: TypeAlias = Design | pd.DataFrame | None


@for_each_exposure
def time_dependent(data: pd.DataFrame, exposures: AnExposure, covariates: Covariates = None) -> list[Record]:
    """Return hazard ratios with the exposure switched on at its day: Cox regression on start-stop data.

    One row for the exposure (level "in time"), then one per covariate term, with Wald intervals. `exposures` is one or
    several, declared in the study or months by patient. Covariates are a design or a numeric matrix by patient; those
    with a missing value are left out. `n` counts patients. Not estimable when no event decides.
    """
    fields = {**exposure_fields(data, exposures, *IN_TIME), "method": TIME_DEPENDENT}
    return ratio_records(start_stop(data, exposures), fields, covariates)


@for_each_exposure
def ever_never(data: pd.DataFrame, exposures: AnExposure, covariates: Covariates = None) -> list[Record]:
    """Return the naive hazard ratios that count the exposed as exposed from time 0: biased by immortal time.

    Shown only beside the time-dependent estimate; the level is "ever". Exposed are those exposed while observed and
    event-free. Exposures and covariates as for `time_dependent`.
    """
    times, place, event = observed(data)
    exposed = exposed_in_time(data, exposures).astype(int)
    rows = pd.DataFrame({"start": BEFORE_ALL, "stop": times[place], "event": event, "exposed": exposed})
    fields = exposure_fields(data, exposures, "ever vs never", "ever", "never")
    return ratio_records(rows, {**fields, "method": EVER_NEVER}, covariates)


@for_each_exposure
def immortal_time(data: pd.DataFrame, exposures: AnExposure) -> list[Record]:
    """Return the person-time that the exposed (`n`) lived before their exposure, in months, and its share (two rows).

    The share is of all the time of those ever exposed: what "ever against never" credits to the exposure although
    nobody could have the event in it and still become exposed.
    """
    times, place, event = observed(data)
    exposed = exposed_in_time(data, exposures).to_numpy()
    fields = exposure_fields(data, exposures, "before it began", "before it began") | {"method": IMMORTAL}
    fields |= {"n": int(exposed.sum()), "events": int(event[exposed].sum())}
    if not exposed.any():
        return [not_estimable("nobody had it", **fields, measure=f"immortal_{kind}") for kind in ("time", "share")]
    before = exposure_months(data, exposures).to_numpy()[exposed].clip(min=0.0).sum()
    values = {"immortal_time": before, "immortal_share": before / times[place[exposed]].sum()}
    return [{**fields, "measure": measure, "estimate": value} for measure, value in values.items()]


@for_each_exposure
def mantel_byar(data: pd.DataFrame, exposures: AnExposure) -> list[Record]:
    """Return the log-rank test with patients moving from the unexposed to the exposed at their day (Mantel-Byar).

    It is the test that belongs to Simon-Makuch curves: P, and the chi-square with 1 degree of freedom.
    """
    rows = start_stop(data, exposures)
    fields = exposure_fields(data, exposures, *IN_TIME) | {"measure": "p_value", "method": MANTEL_BYAR}
    reason = "no event tells those with it from those without it"
    return [{**fields, "n": len(data), **log_rank_record(sides_of(rows), reason)}]


def log_rank_record(sides: Sides, reason: str) -> Record:
    """The log-rank test of those with an exposure and those without it; `reason` says why events may tell nothing."""
    events = {"events": sides.events.sum()}
    if not len(sides.events):
        return not_estimable("no events", **events)
    statistic, freedom = log_rank_of(sides.at_risk, sides.events)
    tested = {"statistic": statistic, "df": freedom, "p": float(chi2.sf(statistic, freedom))}
    return {**events, **tested} if freedom else not_estimable(reason, **events)


def hazard_ratios(
    rows: pd.DataFrame, fields: Record, covariates: Covariates = None, *, exposed: str = "exposed"
) -> pd.DataFrame:
    """Fit start-stop rows and return one hazard ratio per term, the exposure (whose columns are `fields`) first.

    Patients with a missing covariate are left out and counted in the note; a covariate that does not vary among the
    others is not estimable itself. The status is "separated" without a maximum, "few_events" below ten events per
    term. `exposed` is the column of 0 and 1, and what the notes call those with 1.
    """
    return estimates(ratio_records(rows, fields, covariates, exposed))


def ratio_records(
    rows: pd.DataFrame, fields: Record, covariates: Covariates = None, exposed: str = "exposed"
) -> list[Record]:
    """The rows of `hazard_ratios` as records."""
    term, everybody = fields["term"], rows.index.nunique()
    patients, terms = everybody, {term: rows[exposed].to_numpy(float)}
    beside = covariates.matrix if isinstance(covariates, Design) else covariates
    if beside is None or not beside.shape[1]:
        fields = {**fields, "method": f"{fields['method']}, unadjusted"}
    else:
        values = by_patient(beside, rows.index)
        known = ~np.isnan(values).any(axis=0)
        terms = {name: column[known] for name, column in (terms | dict(zip(beside, values, strict=True))).items()}
        rows = rows[known]
        patients = rows.index.nunique()
    left_out = missing_note(patients, everybody)
    effects = _effects(rows, terms, exposed)
    shared = {"measure": "hazard_ratio", "n": patients, "events": rows["event"].to_numpy().sum()}
    records = [{**fields, **shared, **effects[term], "note": joined(effects[term].get("note", ""), left_out)}]
    common = {name: value for name, value in fields.items() if name in SHARED} | shared
    for name in list(terms)[1:]:  # of a plain matrix only the term is known
        facts = covariates.terms.get(name, {}) if isinstance(covariates, Design) else {}
        note = joined(effects[name].get("note", ""), f"in the model of {term}", left_out)
        records.append({**common, "term": name, **facts, **effects[name], "note": note})
    return records


def by_patient(matrix: pd.DataFrame, index: pd.Index) -> np.ndarray:
    """Return the columns of a matrix (as rows) for the patients of an index; NaN for those it does not hold."""
    place = matrix.index.get_indexer(index)
    values = np.full((matrix.shape[1], len(index)), np.nan)
    values[:, place >= 0] = matrix.to_numpy(float).T[:, place[place >= 0]]
    return values


def _effects(rows: pd.DataFrame, terms: Mapping[str, np.ndarray], exposed: str) -> dict[str, Record]:
    """Return the record of each term: its ratio, or why it has none."""
    name, *others = terms
    flat = [other for other in others if (terms[other] == terms[other][:1]).all()]
    used = [name, *(other for other in others if other not in flat)]
    sides = sides_of(rows, exposed)
    problem = _undecided(sides, exposed)
    if not problem:
        fit = sides.fit if len(used) == 1 else _fit(rows, np.array([terms[name] for name in used]).T)
        problem = {} if fit.converged else not_estimable(NO_MAXIMUM, status=SEPARATED)
    if problem:
        return {name: {**problem, "model_terms": len(used)} for name in terms}
    few = rows["event"].to_numpy().sum() < FEW_EVENTS_PER_TERM * len(used)
    shared = {"model_terms": len(used), "status": FEW_EVENTS if few else ""}
    errors = np.sqrt(np.diag(fit.covariance))
    ratios = {name: {**shared, **wald(*one)} for name, *one in zip(used, fit.coefficients, errors, strict=True)}
    return ratios | {name: not_estimable(ONE_LEVEL, model_terms=len(used)) for name in flat}


def _fit(rows: pd.DataFrame, matrix: np.ndarray) -> CoxFit:
    """Fit start-stop rows with covariates."""
    start, stop, event = (rows[name].to_numpy(float) for name in ("start", "stop", "event"))
    return fit_cox(start, stop, event, matrix)


def _undecided(sides: Sides, exposed: str) -> Record:
    """The record of an exposure whose hazard ratio has no finite estimate; empty if it has one."""
    if not len(sides.events):
        return not_estimable("no events")
    if sides.with_it in (0.0, 1.0):
        return not_estimable("nobody was without it" if sides.with_it else "nobody had it")
    for code, side in ((1, "with"), (0, "without")):
        if not sides.decided_by(code):
            return not_estimable(f"no event among those {side} it while others were at risk", status=SEPARATED)
    return {}
