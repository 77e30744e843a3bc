"""Specification curve: one effect on one survival endpoint under each combination of the analyst's choices.

Each analysis is one row of the estimates table with the choices in columns of their own. The caller says how to set up
the endpoint; this module crosses it with how an exposure after time 0 is counted, which covariates are adjusted for,
and how the model is fitted. An analysis of too few events or patients is not made; its row says why.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import TypeAlias

import numpy as np
import pandas as pd

from helpers.stats.estimates import COLUMNS, FEW_EVENTS, Estimates, estimates, not_estimable, scope
from helpers.stats.exposure.effects import EVER_NEVER, TIME_DEPENDENT, by_patient, hazard_ratios
from helpers.stats.exposure.exposed import BEFORE_ALL, by_place, exposed_in_time, start_stop
from helpers.stats.exposure.landmarks import METHOD as LANDMARK
from helpers.stats.exposure.landmarks import landmark_rows
from helpers.stats.exposure.sides import sides_of
from helpers.stats.levels import FEW_EVENTS_PER_TERM
from helpers.stats.models.cox_regression import EFRON, FIRTH, cox_firth, plenty
from helpers.stats.models.design import Design, dependent, usable
from helpers.stats.models.effects import Record, quietly, wald
from helpers.stats.models.firth import cox_likelihood, firth_effects
from helpers.stats.models.partial_likelihood import CoxFit, fit_cox
from helpers.stats.survival.life_table import observed
from helpers.study import DAYS_PER_MONTH, Exposure

SPECIFICATION = "specification"  # the family of alternatives that the rows of a curve belong to
LEFT_OUT, EVER, IN_TIME = "left out", "ever against never", "from its day on"
NONE, DECLARED = "unadjusted", "adjusted"
LIKELIHOOD, PENALISED = "maximum likelihood", "Firth"
FORMS = {LEFT_OUT: ("", EFRON), EVER: ("ever", EVER_NEVER), IN_TIME: ("in time", TIME_DEPENDENT)}  # level and method
COUNTED, COVARIATES, FITTED = "Counting", "Covariates", "Fit"
SET_UP = ("Endpoint", "Clock", "Follow-up")  # choices made before the model
EXPOSED, TREATED, SHARE = "exposed", "treated", "share"
NUMBERS = ["estimate", "ci_low", "ci_high", "p", "std_error", "statistic", "status", "note"]
NOTHING = {"method": EFRON, "term": ""}  # only the numbers of the row are used
TOO_SMALL = "too_small"  # column: whether an analysis was not made because it holds too little
LEAST_EVENTS = 5  # per factor of a model
LEAST_PATIENTS = 3  # with the effect, and without it
MOST_LANDMARKS = 4  # so that no effect has more than 24 analyses of an endpoint
Form: TypeAlias = str | float
"""How an exposure is counted: LEFT_OUT, EVER, IN_TIME or a landmark day."""


@dataclass(frozen=True)
class Setting:
    """One way to set up an endpoint: choices as printed, its table, and months to the exposure (NaN: never exposed)."""

    choices: Mapping[str, str]
    data: pd.DataFrame
    exposure: pd.Series

    def counting(self, words: str) -> "Setting":
        """The same with the choice of how the exposure is counted."""
        return replace(self, choices={**self.choices, COUNTED: words})


def exposure_curve(
    settings: Iterable[Setting], covariates: pd.DataFrame, exposure: Exposure, *, landmark_days: Sequence[float]
) -> Estimates:
    """Return the effect of an exposure after time 0 under each analysis: one estimates row each, and its choices.

    Each choice is a column of its own beside those of the estimates; so are `share`, the part of the patients that was
    ever exposed (or treated), and `too_small`. `covariates` is a numeric matrix by patient (no columns: nothing to
    adjust for); patients with a missing one are left out where it is used. Landmark days count from the clock of each
    setting, the first four are used. Fits are by maximum likelihood.
    """
    effect = {"group": "All", "comparison": "exposure", "variable": exposure.key, "variable_label": exposure.label}
    forms: tuple[Form, ...] = (EVER, IN_TIME, *landmark_days[:MOST_LANDMARKS])
    records: list[Record] = []
    for form, (setting, beside) in product(forms, [numbered(one, covariates) for one in settings]):
        rows = exposure_rows(setting.data, setting.exposure, form)
        counted = form if isinstance(form, str) else f"by day {form:g}, from then on"
        records += _analyses(setting.counting(counted), form, effect, rows, rows[[EXPOSED]], beside)
    return _curve(records)


def group_curve(
    settings: Iterable[Setting], treated: pd.Series, covariates: pd.DataFrame, *, label: str, beside: str
) -> Estimates:
    """Return the effect of a group (treated 1, control 0, NaN in neither) under each analysis, as `exposure_curve`.

    The exposure after time 0, called `beside`, is left out of the model or enters it from its day on. Without it in
    the model the fit is by maximum likelihood and by Firth's penalty, which is there for what is fixed in time only.
    """
    effect = {"group": label, "comparison": "contrast", "variable": "", "variable_label": label}
    records: list[Record] = []
    every = pd.concat([treated.rename(TREATED), covariates], axis=1)
    for form, (setting, factors) in product((LEFT_OUT, IN_TIME), [numbered(one, every) for one in settings]):
        rows = exposure_rows(setting.data, setting.exposure, form)
        terms = rows[[EXPOSED]].assign(**{TREATED: factors[TREATED].reindex(rows.index)})
        covariates = factors.drop(columns=TREATED)
        setting = setting.counting(f"{beside}: {form}" if beside else form)
        if form == LEFT_OUT:
            records += _analyses(setting, form, effect, rows, terms[[TREATED]], covariates)
        elif rows[EXPOSED].nunique() > 1:
            records += _analyses(setting, form, effect, rows, terms[[TREATED, EXPOSED]], covariates)
    return _curve(records)


def numbered(setting: Setting, covariates: pd.DataFrame) -> tuple[Setting, pd.DataFrame]:
    """Return a setting and the covariates of its patients, by the patient's place."""
    patients = setting.data.index
    data, exposure = setting.data.reset_index(drop=True), by_place(setting.exposure, patients)
    return replace(setting, data=data, exposure=exposure), by_place(covariates, patients)


def simplest(curve: pd.DataFrame) -> pd.DataFrame:
    """Return the plainest analysis of an effect: the first, of an exposure the first from its day on."""
    return curve[curve["comparison"].ne("exposure") | (curve[COUNTED] == IN_TIME)].head(1)


def exposure_rows(data: pd.DataFrame, exposure: pd.Series, form: Form) -> pd.DataFrame:
    """Return start-stop rows (start, stop, event, exposed 0/1; the index is the patient's) for one form of exposure.

    LEFT_OUT has nobody exposed; a landmark day keeps who is event-free after it, timed from it.
    """
    if form == IN_TIME:
        return start_stop(data, exposure)
    if not isinstance(form, str):
        return landmark_rows(data, exposure, form)
    times, place, event = observed(data)
    exposed = exposed_in_time(data, exposure).to_numpy(int) * (form == EVER)
    rows = {"start": BEFORE_ALL, "stop": times[place], "event": event.astype(int), EXPOSED: exposed}
    return pd.DataFrame(rows, index=data.index)


def _analyses(
    setting: Setting, form: Form, effect: Record, rows: pd.DataFrame, terms: pd.DataFrame, covariates: pd.DataFrame
) -> Iterator[Record]:
    """Yield one analysis per covariate set and fit; the first column of `terms` is the effect wanted."""
    names, patient = list(terms), pd.factorize(rows.index)[0]
    sets = {NONE: (names, terms.to_numpy(float))}
    if covariates.shape[1]:
        beside = by_patient(covariates, rows.index).T
        sets[DECLARED] = ([*names, *covariates], np.column_stack([sets[NONE][1], beside]))
    columns = {name: rows[name].to_numpy() for name in ("start", "stop", "event")}
    fits = {LIKELIHOOD: _likelihood, PENALISED: _penalised} if form == LEFT_OUT else {LIKELIHOOD: _likelihood}
    shared = {**scope(setting.data), **effect, **_of_form(form, effect)}
    for adjusted, (names, values) in sets.items():
        known = ~np.isnan(values).any(axis=1)
        times = {name: column[known] for name, column in columns.items()}
        model = _Model(names, values[known], patient[known], **times)
        for fitted, fit in fits.items():
            choices = {**setting.choices, COVARIATES: adjusted, FITTED: fitted}
            chosen = "; ".join(f"{name}: {option}" for name, option in choices.items())
            term = f"{effect['variable_label']} [{chosen}]"
            result = not_estimable(model.too_small) if model.too_small else fit(model)
            yield {**shared, "term": term, **choices, **model.facts, **result}


def _of_form(form: Form, effect: Record) -> Record:
    """The columns that say how the exposure is counted, and the method by maximum likelihood."""
    columns: Record = {"measure": "hazard_ratio", "analysis": SPECIFICATION}
    if isinstance(form, str):
        columns["level"], columns["method"] = FORMS[form]
    else:
        columns |= {"level": f"by day {form:g}", "method": LANDMARK, "time_months": form / DAYS_PER_MONTH}
    if effect["comparison"] == "exposure":
        return columns
    return columns | {"level": ""}


@dataclass(frozen=True)
class _Model:
    """Start-stop rows without a missing covariate, whose they are, and their matrix, the effect wanted first."""

    names: list[str]
    matrix: np.ndarray
    patient: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    event: np.ndarray

    @property
    def facts(self) -> Record:
        """Patients, events, size and status, and the share of the patients with the effect."""
        events, terms = self.event.sum(), len(self.names)
        status = FEW_EVENTS if events < FEW_EVENTS_PER_TERM * terms else ""
        patients = different(self.patient)
        share = self.on_side(1) / patients if patients else np.nan
        sizes = {"n": patients, "events": events, "model_terms": terms, "status": status}
        return {**sizes, SHARE: share, TOO_SMALL: bool(self.too_small)}

    def on_side(self, side: int) -> int:
        """Patients with the effect (1) or without it (0), at any time."""
        return different(self.patient[self.matrix[:, 0] == side])

    @cached_property
    def too_small(self) -> str:
        """Why the rows hold too little for the model; "" where they hold enough."""
        events, terms = self.event.sum(), len(self.names)
        if events < LEAST_EVENTS * terms:
            return f"{events} events for {terms} factors, fewer than {LEAST_EVENTS} per factor"
        smaller = min(self.on_side(side) for side in (0, 1))
        return "" if smaller >= LEAST_PATIENTS else f"{smaller} patients on one side, fewer than {LEAST_PATIENTS}"

    @cached_property
    def regular(self) -> bool:
        """Whether there are events, and no column is constant or implied by others where it matters."""
        died = self.event == 1
        if not died.any():
            return False
        decisive = self.matrix[self.stop >= self.stop[died].min()]
        return bool((np.ptp(decisive, axis=0) > 0).all()) and not dependent(self.matrix)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The rows as a table, with the effect wanted in column `exposed`."""
        times = {"start": self.start, "stop": self.stop, "event": self.event}
        return pd.DataFrame({**times, EXPOSED: self.matrix[:, 0].astype(int)})


def different(patients: np.ndarray) -> int:
    """How many patients there are among the numbers of rows' patients."""
    return int(np.count_nonzero(np.bincount(patients)))


def _likelihood(model: _Model) -> Record:
    """Return the hazard ratio of the first column by maximum partial likelihood, with Wald limits and P."""
    if model.regular:
        fit = _fit(model)
        if fit.converged:
            return wald(fit.coefficients[0], fit.errors[0])
    matrix = pd.DataFrame(model.matrix, columns=model.names)
    effect, *_ = model.names
    used = usable(Design(matrix), matrix.index).terms
    rest = matrix[[name for name in used if name != effect]]
    rows = model.rows.rename(columns={EXPOSED: effect})
    return hazard_ratios(rows, NOTHING, rest, exposed=effect).iloc[0][NUMBERS].to_dict()


def _fit(model: _Model) -> CoxFit:
    """Return the fit of a model; an effect alone needs no more than counts."""
    if len(model.names) == 1:
        return sides_of(model.rows).fit
    return fit_cox(model.start, model.stop, model.event.astype(float), model.matrix)


def _penalised(model: _Model) -> Record:
    """Return the same by Firth's penalised likelihood, with profile limits (rows that are fixed in time)."""
    values = model.matrix
    scales = values.std(axis=0)
    standard = (values - values.mean(axis=0)) / scales if model.regular else values
    if model.regular and not plenty(model.event.sum(), standard):
        likelihood = cox_likelihood(standard, model.event, model.stop)
        records, _ = quietly(lambda: firth_effects(likelihood, {"": 0}, scales))
        if records is not None:
            return {**records[""], "method": FIRTH}
    times = model.rows.rename(columns={"stop": "time_months"})[["time_months", "event"]]
    rows = cox_firth(times, Design(pd.DataFrame(model.matrix, columns=model.names)), only=model.names[0])
    return {**rows.iloc[0][NUMBERS].to_dict(), "method": FIRTH}


def _curve(records: list[Record]) -> Estimates:
    """Put the analyses under each other, the choices and the treated share in columns beside the estimates'."""
    rows = estimates({name: value for name, value in record.items() if name in COLUMNS} for record in records)
    beside = [name for name in dict.fromkeys(name for record in records for name in record) if name not in COLUMNS]
    return rows.assign(**{name: [record.get(name) for record in records] for name in beside})
