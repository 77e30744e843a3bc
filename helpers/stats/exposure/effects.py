"""Exposures that begin after time 0 (consolidation by transplant or decitabine), kept free of immortal time."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from helpers.stats.estimates import estimates, if_recorded, not_estimable
from helpers.stats.models.design import ONE_LEVEL
from helpers.stats.models.effects import joined, missing_note
from helpers.stats.models.partial_likelihood import CoxFit, fit_cox
from helpers.stats.survival.life_table import SAME_TIME, Z95, checked, snapped
from helpers.stats.survival.log_rank import chi_square, observed_minus_expected
from helpers.study import DAYS_PER_MONTH

TIME_DEPENDENT = "Cox, time-dependent exposure, Efron ties"
EVER_NEVER = "Cox, ever against never exposed (immortal time bias), Efron ties"
MANTEL_BYAR = "Mantel-Byar"
IMMORTAL = "Person-time of the ever exposed"
BEFORE_ALL = -1.0  # everybody is at risk from before time 0, so that events at time 0 count


def exposure_months(
    patients: pd.DataFrame, columns: Sequence[str], *, origin_day: pd.Series | None = None
) -> pd.Series:
    """Return the months from the clock's origin to each patient's first exposure; NaN if never exposed.

    `columns` hold days since time 0; the earliest counts. Give `origin_day` (days since time 0, same index) when
    the endpoint's clock starts later, for example at remission. No columns give an empty Series: the cohort does
    not record the exposure. Raises ValueError on columns that do not exist.
    """
    if not len(columns):
        return pd.Series(dtype=float)
    absent = [column for column in columns if column not in patients]
    if absent:
        raise ValueError(f"the patients have no column {', '.join(absent)}; name the exposure's day columns")
    first = patients[list(columns)].astype(float).min(axis=1)
    return (first if origin_day is None else first - origin_day.astype(float)) / DAYS_PER_MONTH


def exposed_in_time(data: pd.DataFrame, exposure: pd.Series) -> pd.Series:
    """Tell who was exposed while still observed and free of the event: strictly before their time ends.

    An exposure on the very day of the event or of last contact does not count, as in a (start, stop] model.
    """
    months = exposure.reindex(data.index)
    return months.notna() & (months < data["time_months"] - SAME_TIME)


def censor_at(data: pd.DataFrame, exposure: pd.Series) -> pd.DataFrame:
    """Return the data with follow-up ended, as censored, at the exposure of each patient exposed in time.

    An event on the day of the exposure stays an event. `cause`, if present, becomes "censored". Data or exposure
    that are not recorded give a frame without rows and columns.
    """
    if exposure.empty or data.shape[1] == 0:
        return pd.DataFrame()
    exposed = exposed_in_time(data, exposure)
    ended = exposure.reindex(data.index).clip(lower=0.0)
    changed = data.assign(
        time_months=data["time_months"].where(~exposed, ended), event=data["event"].where(~exposed, 0)
    )
    if "cause" in data:
        changed["cause"] = data["cause"].astype(object).where(~exposed, "censored")
    return changed


def start_stop(data: pd.DataFrame, exposure: pd.Series) -> pd.DataFrame:
    """Return the data in start-stop form: columns start, stop, event (0/1) and exposed (0/1).

    One row per patient and exposure state; the index repeats the patient's, so that covariates can be joined by
    `matrix.loc[frame.index]`. At risk is (start, stop] in months; the first row starts at -1 so that events at
    time 0 count. Patients exposed before time 0 are exposed throughout.
    """
    data = checked(data)
    exposed = exposed_in_time(data, exposure)
    months = exposure.reindex(data.index).where(exposed)
    before = exposed & (months >= 0)
    always = exposed & ~before
    first = pd.DataFrame({"start": BEFORE_ALL, "stop": data["time_months"].where(~before, months)})
    first = first.assign(event=data["event"].where(~before, 0), exposed=always.astype(int))
    second = pd.DataFrame({"start": months, "stop": data["time_months"], "event": data["event"], "exposed": 1})
    rows = pd.concat([first, second[before]]).astype({"event": int, "exposed": int})
    rows["start"], rows["stop"] = np.split(snapped(rows[["start", "stop"]].to_numpy().T.ravel()), 2)
    return rows.loc[data.index.unique()] if data.index.is_unique else rows


@if_recorded
def time_dependent(
    data: pd.DataFrame,
    exposure: pd.Series,
    *,
    endpoint: str,
    population: str,
    label: str,
    covariates: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return hazard ratios with the exposure switched on at its day: Cox regression on start-stop data.

    One row for the exposure, then one per covariate column (numeric, indexed like the data; patients with a
    missing value are left out). Wald intervals. `n` counts patients. Not estimable when no event decides.
    """
    rows = start_stop(data, exposure)
    fields = {
        "endpoint": endpoint,
        "population": population,
        "group": "All",
        "method": TIME_DEPENDENT + alone(covariates),
    }
    return hazard_ratios(rows, f"{label}: after vs before or never", covariates, fields)


@if_recorded
def ever_never(
    data: pd.DataFrame,
    exposure: pd.Series,
    *,
    endpoint: str,
    population: str,
    label: str,
    covariates: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the naive hazard ratios that count the exposed as exposed from time 0: biased by immortal time.

    Shown only beside the time-dependent estimate. Exposed are those exposed while observed and event-free.
    """
    data = checked(data)
    exposed = exposed_in_time(data, exposure).astype(int)
    rows = data[["event"]].assign(start=BEFORE_ALL, stop=data["time_months"], exposed=exposed)
    fields = {"endpoint": endpoint, "population": population, "group": "All", "method": EVER_NEVER + alone(covariates)}
    return hazard_ratios(rows, f"{label}: ever vs never", covariates, fields)


@if_recorded
def immortal_time(
    data: pd.DataFrame, exposure: pd.Series, *, endpoint: str, population: str, label: str
) -> pd.DataFrame:
    """Return the person-time that the exposed lived before their exposure, in months, and its share (two rows).

    The share is of all the time of those ever exposed: what "ever against never" credits to the exposure although
    nobody could have the event in it and still become exposed. `n` counts the exposed.
    """
    data = checked(data)
    exposed = exposed_in_time(data, exposure)
    waited = exposure.reindex(data.index)[exposed].clip(lower=0.0).sum()
    total = data.loc[exposed, "time_months"].sum()
    fields = {"endpoint": endpoint, "population": population, "group": "All", "term": f"{label}: before exposure"}
    fields |= {"method": IMMORTAL, "n": int(exposed.sum()), "events": int(data.loc[exposed, "event"].sum())}
    if not exposed.any():
        measures = ("immortal_time", "immortal_share")
        return estimates(not_estimable("nobody exposed", **fields, measure=measure) for measure in measures)
    return estimates(
        [
            {**fields, "measure": "immortal_time", "estimate": waited},
            {**fields, "measure": "immortal_share", "estimate": waited / total},
        ]
    )


@if_recorded
def mantel_byar(data: pd.DataFrame, exposure: pd.Series, *, endpoint: str, population: str, label: str) -> pd.DataFrame:
    """Return the log-rank test with patients moving from the unexposed to the exposed at their day (Mantel-Byar).

    It is the test that belongs to Simon-Makuch curves: P, and the chi-square (1 degree of freedom) as estimate.
    """
    rows = start_stop(data, exposure)
    fields = {"endpoint": endpoint, "population": population, "group": "All", "measure": "p_value"}
    fields |= {"term": f"{label}: after vs before or never", "method": MANTEL_BYAR}
    fields |= {"n": len(data), "events": rows["event"].sum()}
    exposed = rows["exposed"].to_numpy(float)
    if not rows["event"].any():
        return estimates([not_estimable("no events", **fields)])
    statistic, freedom = chi_square(
        *observed_minus_expected(
            rows["stop"].to_numpy(),
            rows["event"].to_numpy(),
            np.column_stack([1 - exposed, exposed]),
            entry=rows["start"].to_numpy(),
        )
    )
    if not freedom:
        return estimates([not_estimable("no event tells the exposed and the unexposed apart", **fields)])
    return estimates([{**fields, "estimate": statistic, "p": float(chi2.sf(statistic, freedom))}])


def alone(covariates: pd.DataFrame | None) -> str:
    """Return what the method of a model without covariates ends in."""
    return "" if covariates is not None and covariates.shape[1] else ", unadjusted"


def hazard_ratios(rows: pd.DataFrame, term: str, covariates: pd.DataFrame | None, fields: dict) -> pd.DataFrame:
    """Fit start-stop rows and return one hazard ratio per term, the exposure first.

    Patients with a missing covariate are left out and counted in the note; a covariate that does not vary among
    the others is not estimable and does not keep the rest from being so.
    """
    everybody, matrix = rows.index.nunique(), rows[["exposed"]].astype(float).set_axis([term], axis=1)
    if covariates is not None:
        complete = covariates.reindex(rows.index).astype(float)
        kept = complete.notna().all(axis=1).to_numpy()
        rows, matrix = rows[kept], pd.concat([matrix, complete], axis=1)[kept]
    fields = {**fields, "measure": "hazard_ratio", "n": rows.index.nunique(), "events": rows["event"].sum()}
    fields["note"] = missing_note(rows.index.nunique(), everybody)
    flat = [name for name in matrix.columns[1:] if matrix[name].nunique() < 2]
    fit = fit_cox(*_columns(rows), matrix.drop(columns=flat).to_numpy()) if not _undecided(rows) else None
    reason = _undecided(rows) or ("" if fit.converged else "the model has no finite maximum (separated or collinear)")
    found = {} if reason else {n: _ratio(fit, i) for i, n in enumerate(matrix.columns.drop(flat))}
    reasons = dict.fromkeys(matrix, reason) | ({} if reason else dict.fromkeys(flat, ONE_LEVEL))
    records = ({"term": n, **(found.get(n) or not_estimable(reasons[n]))} for n in matrix)
    return estimates(
        {**fields, **r, "note": joined(r.get("note", ""), *_notes(r["term"], term, fields))} for r in records
    )


def _notes(name: str, term: str, fields: dict) -> tuple[str, str]:
    """Return what a row's note ends in: whose model a covariate's row is of, and the patients left out."""
    return ("" if name == term else f"in the model of {term}", fields["note"])


def _columns(rows: pd.DataFrame) -> tuple[np.ndarray, ...]:
    """Return start, stop and event as numbers."""
    return tuple(rows[name].to_numpy(float) for name in ("start", "stop", "event"))


def _undecided(rows: pd.DataFrame) -> str:
    """Say why the exposure's hazard ratio has no finite estimate, or nothing if it has one."""
    died = rows[rows["event"] == 1]
    if not len(died):
        return "no events"
    if rows["exposed"].nunique() < 2:
        return "nobody exposed" if not rows["exposed"].any() else "nobody unexposed"
    for own, word in ((1, "exposed"), (0, "unexposed")):
        others, times = rows[rows["exposed"] != own], died.loc[died["exposed"] == own, "stop"]
        entered, left = (np.searchsorted(np.sort(others[name]), times) for name in ("start", "stop"))
        if not (entered > left).any():
            return f"no event among the {word} while others were at risk"
    return ""


def _ratio(fit: CoxFit, index: int) -> dict:
    """Return one hazard ratio with its Wald interval and P."""
    log_ratio, error = fit.coefficients[index], np.sqrt(fit.covariance[index, index])
    limits = np.exp([log_ratio, log_ratio - Z95 * error, log_ratio + Z95 * error])
    found = dict(zip(("estimate", "ci_low", "ci_high"), limits, strict=True))
    return {**found, "p": float(2 * norm.sf(abs(log_ratio) / error))}
