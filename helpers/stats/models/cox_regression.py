"""Cox regression of a time to event: Efron ties with strata, and Firth's penalised version."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from helpers.stats.estimates import SEPARATED, if_recorded, not_estimable, stack
from helpers.stats.models.design import Design, usable
from helpers.stats.models.effects import ANOTHER, NO_INFORMATION, ModelData, Record, missing_note, model_rows
from helpers.stats.models.firth import cox_likelihood, firth_effects
from helpers.stats.models.monotone import separating_direction
from helpers.stats.models.partial_likelihood import CoxFit, PartialLikelihood
from helpers.stats.models.refits import CountedSets, refit
from helpers.stats.survival.life_table import observed
from helpers.stats.ties import tied

EFRON = "Cox, Efron ties"
FIRTH = "Firth Cox, Breslow ties, penalised profile likelihood"
FLAT = 50.0  # a standard error of 50 per standard deviation: the data say nothing
FEW, CELLS = 2000, 10**6  # patients, and cells of a table, up to which models are fitted side by side
LEVEL = 1e-6  # scores that differ by less are level; the linear programme is exact to about 1e-9
PLENTY = 2500  # events for each squared deviation of the patient farthest out: a hundredth of a standard error
NEEDLESS = "no term is separated, and the events are too many for the penalty to matter"
UNINFORMATIVE = "no two patients at risk at an event differ in it"


@dataclass(frozen=True)
class CoxData(ModelData):
    """The same with times, strata codes and the patients' index."""

    time: np.ndarray
    strata: np.ndarray
    index: pd.Index

    @cached_property
    def whole(self) -> CoxFit:
        """The fit of all terms."""
        return self.fit(list(range(len(self.terms))))

    @cached_property
    def direction(self) -> np.ndarray:
        """Where the likelihood rises without end (see `separating_direction`): nowhere when the fit converges."""
        if self.event.any() and self.whole.converged:
            return np.zeros(len(self.terms))
        return separating_direction(self.matrix, self.time, self.event, self.strata)

    def fit(self, columns: list[int], rows: np.ndarray | None = None, near: np.ndarray | None = None) -> CoxFit:
        """Return the fit of some (standardised) terms; `rows` may leave patients out or repeat them.

        The search starts at the coefficients `near`.
        """
        kept = slice(None) if rows is None else rows
        matrix = self.matrix if len(columns) == len(self.terms) else self.matrix[:, columns]
        time, strata = self.time[kept], self.strata[kept] if self.strata.any() else None
        start = np.full(len(time), -1.0)  # before every event time, also 0
        return PartialLikelihood(start, time, self.event[kept], matrix[kept], strata).maximum(near)

    def refits(self, columns: list[int], counts: np.ndarray, near: np.ndarray) -> Iterator[CoxFit]:
        """Yield the fit of some terms for each row of `counts`, which says how often every patient is in the data.

        The search starts at the coefficients `near`. Few patients are fitted side by side; a fit without an end there,
        and those of many patients, one by one.
        """
        together = len(self.time) <= FEW and bool(self.event.any()) and not self.strata.any()
        at_once = max(1, CELLS // max(1, len(self.time) * len(columns))) if together else 1
        for begin in range(0, len(counts), at_once):
            part = counts[begin : begin + at_once]
            ended = np.zeros(len(part), bool)
            if together:
                sets = CountedSets(self.time, self.event, self.matrix[:, columns], part)
                coefficients, covariances, ended = refit(sets, near)
            for place, count in enumerate(part):
                if ended[place]:
                    yield CoxFit(coefficients[place], covariances[place], True)
                else:
                    yield self.fit(columns, np.repeat(np.arange(len(count)), count), near)


@if_recorded
def cox(data: pd.DataFrame, design: Design, strata: pd.Series | None = None) -> pd.DataFrame:
    """Return the hazard ratio of every term with Wald limits and P (Efron ties, as R's coxph).

    `data` has time_months and event 0/1 by patient; `strata`, whose name is in the method, says whose baseline hazard
    each patient has. Patients with a missing covariate are left out and counted in the note. Terms whose hazard ratio
    is infinite (monotone likelihood, as of an arm without events) have the status "separated" and no estimate; the
    others are then estimated in the limit.
    """
    method = EFRON if strata is None else f"{EFRON}, stratified by {strata.name}"
    used = cox_data(data, design, strata)
    return model_rows(data, design, used, efron_effects, measure="hazard_ratio", method=method)


@if_recorded
def cox_firth(data: pd.DataFrame, design: Design, only: str = "") -> pd.DataFrame:
    """Return Firth's bias-reduced hazard ratios with penalised profile limits and penalised likelihood ratio P.

    Finite under monotone likelihood (Heinze and Schemper 2001). Ties are Breslow's.
    `only` asks for one term of the model: the limits of the others, which take most of the time, are not sought. Not
    fitted where no term is separated and the events are so many that the penalty, about half the skewness of a term
    divided by their root, is less than a hundredth of a standard error.
    """
    used = cox_data(data, design)
    rows = model_rows(data, design, used, lambda part: _firth_effects(part, only), measure="hazard_ratio", method=FIRTH)
    return rows[rows["term"] == only].reset_index(drop=True) if only else rows


def unadjusted(model: Callable[..., pd.DataFrame], data: pd.DataFrame | pd.Series, design: Design) -> pd.DataFrame:
    """Return a model fitted with one covariate at a time, on the patients of the full design.

    `model` takes data and design (`cox`, `logistic`...). `method` ends in ", unadjusted".
    """
    rows = stack(*(model(data, single) for single in design.by_covariate().values()))
    return rows.assign(method=rows["method"] + ", unadjusted")


def cox_data(data: pd.DataFrame, design: Design, strata: pd.Series | None = None) -> CoxData:
    """Align times and design, and leave out terms that cannot be estimated."""
    outcome = data[["time_months", "event"]]
    known = outcome[outcome.notna().all(axis=1)]
    if strata is not None:
        known = known[strata.reindex(known.index).notna()]
    rows = design.matrix.index.intersection(known.index, sort=False)
    times, place, event = observed(known if rows.equals(known.index) else known.loc[rows])
    return CoxData(
        **vars(usable(design, rows)),
        event=event.astype(int),
        note=missing_note(len(rows), len(known)),
        time=times[place],
        strata=np.zeros(len(rows), int) if strata is None else pd.factorize(strata.loc[rows], sort=True)[0],
        index=rows,
    )


def efron_effects(data: CoxData) -> dict[str, Record]:
    """Return the Wald record of every term; raises ArithmeticError when those not separated have no maximum."""
    records = separated(data, data.direction) | {term: not_estimable(UNINFORMATIVE) for term in uninformative(data)}
    if len(records) == len(data.terms):
        return records
    if not data.direction.any():
        return records | _wald(data, *fitted(data))
    # Those at risk with a lower score along the direction than the one who fails lose all weight in the limit: patients
    # are compared only with those of the same score, which is a stratum.
    score = tied(data.matrix @ data.direction, LEVEL)
    limit = replace(data, strata=pd.MultiIndex.from_arrays([data.strata, score]).factorize()[0])
    records = {term: not_estimable(NO_INFORMATION) for term in uninformative(limit)} | records
    columns = [j for j, term in enumerate(data.terms) if term not in records]
    fit = limit.fit(columns) if columns else None
    if fit and fit.converged:
        return records | _wald(limit, columns, fit, ANOTHER)
    return records | {data.terms[j]: not_estimable(NO_INFORMATION) for j in columns}  # together they hold none


def separated(data: CoxData, direction: np.ndarray) -> dict[str, Record]:
    """Return the record of every term with a part in the direction in which the likelihood rises without end."""
    note = "separation: the hazard ratio moves without limit {}; see Firth"
    return {
        term: not_estimable(note.format("upwards" if step > 0 else "towards zero"), status=SEPARATED)
        for term, step in zip(data.terms, direction, strict=True)
        if step
    }


def estimable(data: CoxData) -> list[int]:
    """Return the places of the terms with a finite estimate; empty without events."""
    if data.problem or not data.terms:
        return []
    flat = uninformative(data)
    return [j for j, term in enumerate(data.terms) if not data.direction[j] and term not in flat]


def fitted(data: CoxData) -> tuple[list[int], CoxFit]:
    """Return the places of the terms with a finite estimate, and their fit; raises ArithmeticError without one."""
    columns = estimable(data)
    if not columns:
        raise ArithmeticError("no term can be estimated")
    fit = data.whole if len(columns) == len(data.terms) else data.fit(columns)
    if not fit.converged:
        raise ArithmeticError("the model has no finite maximum")
    return columns, fit


def uninformative(data: CoxData, at_risk_until: np.ndarray | None = None) -> list[str]:
    """Return the terms in which all at risk, until their time or `at_risk_until`, are alike at every event."""
    until = data.time if at_risk_until is None else at_risk_until
    seen = np.zeros(len(data.terms), bool)
    for code in np.unique(data.strata):
        rows = data.strata == code
        failing = rows & (data.event == 1)
        if failing.any():
            at_risk = rows & (until >= data.time[failing].min())
            seen |= np.ptp(data.matrix[at_risk], axis=0) > 0
    return [term for term, differs in zip(data.terms, seen, strict=True) if not differs]


def _wald(data: CoxData, columns: list[int], fit: CoxFit, note: str = "") -> dict[str, Record]:
    """Return the Wald records of fitted terms, without the flat ones' errors."""
    return data.wald(columns, fit.coefficients, np.where(fit.errors < FLAT, fit.errors, np.nan), note)


def plenty(events: float, matrix: np.ndarray) -> bool:
    """Tell whether the events of a model (terms of unit variance) are so many that Firth's penalty does not matter."""
    return bool(events > PLENTY * (matrix**2).max(initial=0.0))


def _firth_effects(data: CoxData, only: str = "") -> dict[str, Record]:
    """Return Firth's record of every term, or of one."""
    if plenty(data.limiting, data.matrix) and data.whole.converged:
        return dict.fromkeys(data.terms, not_estimable(NEEDLESS))
    flat = uninformative(data)
    columns = [j for j, term in enumerate(data.terms) if term not in flat]
    wanted = {data.terms[j]: place for place, j in enumerate(columns) if only in ("", data.terms[j])}
    records = {term: not_estimable(UNINFORMATIVE) for term in flat}
    if not wanted:
        return records
    likelihood = cox_likelihood(data.matrix[:, columns], data.event, data.time)
    return records | firth_effects(likelihood, wanted, data.scales[columns])
