"""Cox regression of a time to event: Efron ties with strata, and Firth's penalised version."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from firthmodels import FirthCoxPH

from helpers.stats.estimates import SEPARATED, if_recorded, not_estimable, stack
from helpers.stats.models.design import Design, usable
from helpers.stats.models.effects import ANOTHER, NO_INFORMATION, NO_ROWS, Record, missing_note, model_rows, wald
from helpers.stats.models.firth import firth_effects
from helpers.stats.models.monotone import separating_direction
from helpers.stats.models.partial_likelihood import CoxFit, fit_cox
from helpers.stats.survival.life_table import checked
from helpers.stats.ties import tied

EFRON = "Cox, Efron ties"
FIRTH = "Firth Cox, Breslow ties, penalised profile likelihood"
FLAT = 50.0  # a standard error of 50 per standard deviation: the data say nothing
LEVEL = 1e-6  # scores that differ by less are level; the linear programme is exact to about 1e-9
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

    @property
    def limiting(self) -> int:
        """The events."""
        return int(self.event.sum())

    @property
    def counts(self) -> Record:
        """Patients, events and note, as columns of estimates."""
        return {"n": len(self.time), "events": self.limiting, "note": self.note}

    @property
    def problem(self) -> str:
        """Why no term can be estimated, or nothing."""
        if len(self.time) == 0:
            return NO_ROWS
        return "" if self.event.any() else "no events"

    def fit(self, columns: list[int], rows: np.ndarray | None = None) -> CoxFit:
        """Return the fit of some (standardised) terms; `rows` may leave patients out or repeat them."""
        rows = np.arange(len(self.time)) if rows is None else rows
        start = np.full(len(rows), -1.0)  # before every event time, also 0
        return fit_cox(start, self.time[rows], self.event[rows], self.matrix[rows][:, columns], self.strata[rows])


@if_recorded
def cox(data: pd.DataFrame, design: Design, strata: pd.Series | None = None) -> pd.DataFrame:
    """Return the hazard ratio of every term with Wald limits and P (Efron ties, as R's coxph).

    `data` has time_months and event 0/1 by patient; `strata` gives each patient a baseline hazard by group, and its
    name is in the method. Patients with a missing covariate are left out and counted in the note. Terms whose hazard
    ratio is infinite (monotone likelihood, for example an arm without events) have the status "separated" and no
    estimate; the others are then estimated in the limit.
    """
    method = EFRON if strata is None else f"{EFRON}, stratified by {strata.name}"
    used = cox_data(data, design, strata)
    return model_rows(data, design, used, efron_effects, measure="hazard_ratio", method=method)


@if_recorded
def cox_firth(data: pd.DataFrame, design: Design, only: str = "") -> pd.DataFrame:
    """Return Firth's bias-reduced hazard ratios with penalised profile limits and penalised likelihood ratio P.

    Finite under monotone likelihood (Heinze and Schemper 2001). Ties are Breslow's, the only kind firthmodels has, so
    with tied event times the estimates differ a little from Efron's for that reason too. `only` asks for one term of
    the model: the limits of the others, which take most of the time, are not sought.
    """
    used = cox_data(data, design)
    rows = model_rows(data, design, used, lambda part: _firth_effects(part, only), measure="hazard_ratio", method=FIRTH)
    return rows[rows["term"] == only].reset_index(drop=True) if only else rows


def unadjusted(model: Callable[..., pd.DataFrame], data: pd.DataFrame | pd.Series, design: Design) -> pd.DataFrame:
    """Return a model fitted with one covariate at a time, on the patients of the full design.

    `model` takes data and design (`cox`, `logistic`...). `method` ends in ", unadjusted", so that the rows stand
    beside the adjusted ones.
    """
    rows = stack(*(model(data, single) for single in design.by_covariate().values()))
    return rows.assign(method=rows["method"] + ", unadjusted")


def cox_data(data: pd.DataFrame, design: Design, strata: pd.Series | None = None) -> CoxData:
    """Align times and design, and leave out terms that cannot be estimated."""
    known = data[data["time_months"].notna() & data["event"].notna()]
    if strata is not None:
        known = known[strata.reindex(known.index).notna()]
    rows = design.matrix.index.intersection(known.index, sort=False)
    used, part = checked(known.loc[rows]), usable(design, rows)
    return CoxData(
        time=used["time_months"].to_numpy(float),
        event=used["event"].to_numpy(int),
        strata=np.zeros(len(rows), int) if strata is None else pd.factorize(strata.loc[rows], sort=True)[0],
        matrix=part.matrix,
        terms=part.terms,
        scales=part.scales,
        reasons=part.reasons,
        note=missing_note(len(rows), len(known)),
        index=rows,
    )


def efron_effects(data: CoxData) -> dict[str, Record]:
    """Return the Wald record of every term, separated ones without estimate."""
    direction = separating_direction(data.matrix, data.time, data.event, data.strata)
    records = separated(data, direction)
    flat = uninformative(data)
    records |= {term: not_estimable(UNINFORMATIVE) for term in flat}
    columns = [j for j, term in enumerate(data.terms) if term not in records]
    if not columns:
        return records
    if not direction.any():
        return records | _fitted(data, columns)
    limit = in_the_limit(data, direction)
    silent = [j for j in columns if data.terms[j] in uninformative(limit)]
    records |= {data.terms[j]: not_estimable(NO_INFORMATION) for j in silent}
    return records | _fitted(limit, [j for j in columns if j not in silent], ANOTHER)


def in_the_limit(data: CoxData, direction: np.ndarray) -> CoxData:
    """Return the data whose likelihood is what is left when the separated terms have gone to infinity.

    Those at risk with a lower score along the direction than the one who fails have lost all weight. So patients are
    compared only with those of the same score: the score is a stratum.
    """
    score = tied(data.matrix @ direction, LEVEL)
    return replace(data, strata=pd.MultiIndex.from_arrays([data.strata, score]).factorize()[0])


def separated(data: CoxData, direction: np.ndarray) -> dict[str, Record]:
    """Return the record of every term with a part in the direction in which the likelihood rises without end."""
    moving = [(term, step) for term, step in zip(data.terms, direction, strict=True) if step]
    return {term: not_estimable(monotone_note(step), status=SEPARATED) for term, step in moving}


def estimable(data: CoxData) -> list[int]:
    """Return the places of the terms with a finite estimate; empty without events."""
    if data.problem or not data.terms:
        return []
    direction = separating_direction(data.matrix, data.time, data.event, data.strata)
    flat = uninformative(data)
    return [j for j, term in enumerate(data.terms) if not direction[j] and term not in flat]


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


def monotone_note(direction: float) -> str:
    """Say what monotone likelihood means for a term."""
    end = "upwards" if direction > 0 else "towards zero"
    return f"separation: the hazard ratio moves without limit {end}; see Firth"


def _fitted(data: CoxData, columns: list[int], note: str = "") -> dict[str, Record]:
    """Return the Wald records of some terms; raises ArithmeticError when the likelihood has no maximum."""
    if not columns:
        return {}
    fit = data.fit(columns)
    if not fit.converged:
        if note:  # what is left of the likelihood in the limit holds nothing on some combination of the terms
            return {data.terms[j]: not_estimable(NO_INFORMATION) for j in columns}
        raise ArithmeticError("the model has no finite maximum")
    errors = np.where(fit.errors < FLAT, fit.errors, np.nan)
    scales = data.scales[columns]
    values = zip(columns, fit.coefficients / scales, errors / scales, strict=True)
    return {data.terms[j]: wald(coefficient, error, note) for j, coefficient, error in values}


def _firth_effects(data: CoxData, only: str = "") -> dict[str, Record]:
    """Return Firth's record of every term, or of one."""
    flat = uninformative(data)
    columns = [j for j, term in enumerate(data.terms) if term not in flat]
    outcome = (data.event.astype(bool), data.time)
    wanted = {data.terms[j]: place for place, j in enumerate(columns) if only in ("", data.terms[j])}
    found = firth_effects(FirthCoxPH, data.matrix[:, columns], outcome, wanted, data.scales[columns]) if wanted else {}
    return found | {term: not_estimable(UNINFORMATIVE) for term in flat}
