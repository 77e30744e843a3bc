"""Specification curve: one effect on survival under every combination of the analyst's choices.

Each analysis is one row of the estimates table with the choices in columns of their own. The caller says how to set up
the endpoint; this module crosses it with how an exposure after time 0 is counted, which covariates are adjusted for,
and how the model is fitted. Firth's penalty is there for covariates that are fixed in time only.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TypeAlias

import numpy as np
import pandas as pd
from firthmodels import FirthCoxPH

from helpers.stats.estimates import COLUMNS, FEW_EVENTS, Estimates, estimates, not_estimable, scope
from helpers.stats.exposure.effects import EVER_NEVER, TIME_DEPENDENT, hazard_ratios
from helpers.stats.exposure.exposed import BEFORE_ALL, exposed_in_time, start_stop
from helpers.stats.exposure.landmarks import METHOD as LANDMARK
from helpers.stats.exposure.landmarks import landmark_data
from helpers.stats.levels import ALPHA, FEW_EVENTS_PER_TERM
from helpers.stats.models.cox_regression import EFRON, FIRTH, cox_firth
from helpers.stats.models.design import Design, usable
from helpers.stats.models.effects import Record, quietly, wald
from helpers.stats.models.firth import firth_effects
from helpers.stats.models.partial_likelihood import fit_cox
from helpers.stats.survival.life_table import checked
from helpers.stats.ties import below
from helpers.study import DAYS_PER_MONTH, Exposure

SPECIFICATION = "specification"  # the family of alternatives that the rows of a curve belong to
LEFT_OUT, EVER, IN_TIME = "left out", "ever or never", "time-dependent"
NONE, DECLARED = "none", "declared"
LIKELIHOOD, PENALISED = "maximum likelihood", "Firth"
FORMS = {LEFT_OUT: ("", EFRON), EVER: ("ever", EVER_NEVER), IN_TIME: ("in time", TIME_DEPENDENT)}  # level and method
COUNTED, COVARIATES, FITTED = "Exposure", "Covariates", "Fit"
SET_UP = ("Endpoint", "Clock", "Follow-up")  # choices made before the model
ALL_CHOICES = (*SET_UP, COUNTED, COVARIATES, FITTED)
EXPOSED, TREATED, SHARE = "exposed", "treated", "share"
NUMBERS = ["estimate", "ci_low", "ci_high", "p", "std_error", "statistic", "status", "note"]
NOTHING = {"method": EFRON, "term": ""}  # only the numbers of the row are used
OVER = "Count over analyses"
ALL, FAVOUR, SIGNIFICANT = "All analyses", "Ratio below 1", "P below 0.05"
ESTIMABLE, TYPICAL = "Estimable", "Median ratio"
Form: TypeAlias = str | float
"""How an exposure is counted: LEFT_OUT, EVER, IN_TIME or a landmark day."""


@dataclass(frozen=True)
class Setting:
    """One way to set up an endpoint: choices as printed, its table, and months to the exposure (NaN: never exposed)."""

    choices: Mapping[str, str]
    data: pd.DataFrame
    exposure: pd.Series


def exposure_curve(
    settings: Iterable[Setting], covariates: pd.DataFrame, exposure: Exposure, *, landmark_days: Sequence[float]
) -> Estimates:
    """Return the effect of an exposure after time 0 under every analysis: one estimates row each, and its choices.

    Each choice is a column of its own beside those of the estimates; so is `share`, the part of the patients that was
    ever exposed (or treated). `covariates` is a numeric matrix by patient (no columns: nothing to adjust for); patients
    with a missing one are left out where it is used. Landmark days count from the clock of each setting.
    """
    effect = {"group": "All", "comparison": "exposure", "variable": exposure.key, "variable_label": exposure.label}
    forms: tuple[Form, ...] = (EVER, IN_TIME, *landmark_days)
    records: list[Record] = []
    for form, setting in product(forms, list(settings)):
        rows = exposure_rows(setting.data, setting.exposure, form)
        records += _analyses(setting, form, effect, rows, rows[[EXPOSED]], covariates)
    return _curve(records)


def group_curve(
    settings: Iterable[Setting],
    treated: pd.Series,
    covariates: pd.DataFrame,
    *,
    label: str,
    landmark_days: Sequence[float],
) -> Estimates:
    """Return the effect of a group (treated 1, control 0, NaN in neither) under every analysis, as `exposure_curve`.

    The exposure after time 0 is left out of the model or enters it beside the group, in each of its forms. A form in
    which nobody is exposed is passed over: it is the model without the exposure.
    """
    effect = {"group": label, "comparison": "contrast", "variable": "", "variable_label": label}
    forms: tuple[Form, ...] = (LEFT_OUT, EVER, IN_TIME, *landmark_days)
    records: list[Record] = []
    for form, setting in product(forms, list(settings)):
        rows = exposure_rows(setting.data, setting.exposure, form)
        terms = rows[[EXPOSED]].assign(**{TREATED: treated.reindex(rows.index)})
        if form == LEFT_OUT:
            records += _analyses(setting, form, effect, rows, terms[[TREATED]], covariates)
        elif rows[EXPOSED].nunique() > 1:
            records += _analyses(setting, form, effect, rows, terms[[TREATED, EXPOSED]], covariates)
    return _curve(records)


def simplest(curve: pd.DataFrame, endpoint: str, form: Form) -> pd.DataFrame:
    """Return the first analysis of an endpoint with this form of exposure: the plainest, as curves begin with it."""
    return curve if curve.empty else curve[(curve["endpoint"] == endpoint) & (curve[COUNTED] == form)].head(1)


def exposure_rows(data: pd.DataFrame, exposure: pd.Series, form: Form) -> pd.DataFrame:
    """Return start-stop rows (start, stop, event, exposed 0/1; the index is the patient's) for one form of exposure.

    LEFT_OUT has nobody exposed; a landmark day keeps who is event-free after it, timed from it.
    """
    if form == IN_TIME:
        return start_stop(data, exposure)
    data = checked(data) if isinstance(form, str) else landmark_data(data, exposure, form)
    exposed = exposed_in_time(data, exposure) & (form == EVER) if isinstance(form, str) else data["exposed"].cat.codes
    rows = {"start": BEFORE_ALL, "stop": data["time_months"], "event": data["event"].astype(int)}
    return pd.DataFrame(rows, index=data.index).assign(exposed=exposed.to_numpy(int))


def summarise(curves: pd.DataFrame) -> Estimates:
    """Return, over all analyses and for every level of every choice, how many there are and what they say.

    Rows: estimable (of all), ratio below 1 and P below 0.05 (of the estimable), and the median ratio. `group` says
    which; `level` is the choice ("Covariates: none"). Curves of several effects are taken one by one. The analyses
    share their patients: these are counts, not tests.
    """
    effects = curves.groupby("variable_label", sort=False) if len(curves) else []
    return estimates(record for _, curve in effects for record in _summary(curve))


def _summary(curve: pd.DataFrame) -> list[Record]:
    """The records of one effect."""
    shared = [name for name in ("endpoint", "endpoint_label", "population") if curve[name].nunique() == 1]
    fixed = curve.iloc[0][["comparison", "variable", "variable_label", *shared]].to_dict()
    fixed |= {"method": OVER, "analysis": SPECIFICATION}
    records = _counts(curve, {**fixed, "term": ALL})
    for choice in (name for name in ALL_CHOICES if name in curve):
        for option, rows in curve.groupby(choice, sort=False):
            level = f"{choice}: {option}"
            records += _counts(rows, {**fixed, "term": level, "level": level})
    return records


def _counts(rows: pd.DataFrame, fixed: Record) -> list[Record]:
    """The four records of some analyses."""
    known = rows[rows["estimate"].notna()]
    measure = known["measure"].iloc[0] if len(known) else "hazard_ratio"
    median = {**fixed, "group": TYPICAL, "n": len(known), "measure": measure, "estimate": known["estimate"].median()}
    shares = [{**fixed, "group": ESTIMABLE, "measure": "proportion", "n": len(rows), "events": len(known)}]
    for group, events in ((FAVOUR, below(known["estimate"], 1)), (SIGNIFICANT, below(known["p"], ALPHA))):
        shares.append({**shares[0], "group": group, "n": len(known), "events": events.sum()})
    if known.empty:
        no_estimate = [not_estimable("no analysis gave an estimate", **share) for share in shares[1:]]
        return [{**shares[0], "estimate": 0.0}, *no_estimate, not_estimable("no analysis", **median)]
    return [*({**share, "estimate": share["events"] / share["n"]} for share in shares), median]


def _analyses(
    setting: Setting, form: Form, effect: Record, rows: pd.DataFrame, terms: pd.DataFrame, covariates: pd.DataFrame
) -> Iterator[Record]:
    """Yield one analysis per covariate set and fit; the first column of `terms` is the effect wanted."""
    matrices = {NONE: terms}
    if covariates.shape[1]:
        matrices[DECLARED] = pd.concat([terms, covariates.reindex(rows.index)], axis=1)
    fits = {LIKELIHOOD: _likelihood} if form == IN_TIME else {LIKELIHOOD: _likelihood, PENALISED: _penalised}
    shared = {**scope(setting.data), **effect, **_of_form(form, effect)}
    counted = form if isinstance(form, str) else f"landmark day {form:g}"
    for adjusted, matrix in matrices.items():
        known = matrix.notna().all(axis=1).to_numpy()
        model = _Model(rows[known], matrix[known].astype(float))
        for fitted, fit in fits.items():
            choices = {**setting.choices, COUNTED: counted, COVARIATES: adjusted, FITTED: fitted}
            chosen = "; ".join(f"{name}: {option}" for name, option in choices.items())
            term = f"{effect['variable_label']} [{chosen}]"
            yield {**shared, "term": term, **choices, **model.facts, **fit(model)}


def _of_form(form: Form, effect: Record) -> Record:
    """The columns that say how the exposure is counted, and the method by maximum likelihood."""
    columns: Record = {"measure": "hazard_ratio", "analysis": SPECIFICATION}
    if isinstance(form, str):
        columns["level"], columns["method"] = FORMS[form]
    else:
        columns |= {"level": f"by day {form:g}", "method": LANDMARK, "time_months": form / DAYS_PER_MONTH}
    if effect["comparison"] == "exposure":
        return columns
    # what the method says of an exposure's bias belongs to the effect of the exposure alone
    return columns | {"level": "", "method": EFRON if form == EVER else columns["method"]}


@dataclass(frozen=True)
class _Model:
    """Start-stop rows without a missing covariate, and their matrix, the effect wanted first."""

    rows: pd.DataFrame
    matrix: pd.DataFrame

    @property
    def facts(self) -> Record:
        """Patients, events, size and status, and the share of the patients with the effect."""
        events, terms = int(self.rows["event"].sum()), self.matrix.shape[1]
        status = FEW_EVENTS if events < FEW_EVENTS_PER_TERM * terms else ""
        share = self.matrix.iloc[:, 0].groupby(level=0).max().mean()
        patients = self.rows.index.nunique()
        return {"n": patients, "events": events, "model_terms": terms, "status": status, SHARE: share}

    @cached_property
    def regular(self) -> bool:
        """Whether there are events, and no column is constant or implied by others where it matters."""
        values, stop = self.matrix.to_numpy(), self.rows["stop"].to_numpy()
        died = self.rows["event"].to_numpy() == 1
        if not died.any():
            return False
        decisive = values[stop >= stop[died].min()]
        independent = np.linalg.matrix_rank(np.column_stack([np.ones(len(values)), values])) == values.shape[1] + 1
        return bool(independent and (np.ptp(decisive, axis=0) > 0).all())


def _likelihood(model: _Model) -> Record:
    """Return the hazard ratio of the first column by maximum partial likelihood, with Wald limits and P."""
    if model.regular:
        start, stop, event = (model.rows[name].to_numpy(float) for name in ("start", "stop", "event"))
        fit = fit_cox(start, stop, event, model.matrix.to_numpy())
        if fit.converged:
            return wald(fit.coefficients[0], fit.errors[0])
    rows, matrix = model.rows.reset_index(drop=True), model.matrix.reset_index(drop=True)
    effect = matrix.columns[0]
    used = usable(Design(matrix), matrix.index).terms
    rest = matrix[[name for name in used if name != effect]]
    rows = rows.assign(**{effect: matrix[effect].astype(int)})
    return hazard_ratios(rows, NOTHING, rest, exposed=effect).iloc[0][NUMBERS].to_dict()


def _penalised(model: _Model) -> Record:
    """Return the same by Firth's penalised likelihood, with profile limits (rows that are fixed in time)."""
    if model.regular:
        values = model.matrix.to_numpy(float)
        scales = values.std(axis=0)
        standard = (values - values.mean(axis=0)) / scales
        outcome = (model.rows["event"].to_numpy(bool), model.rows["stop"].to_numpy(float))
        records, _ = quietly(lambda: firth_effects(FirthCoxPH, standard, outcome, {"": 0}, scales))
        if records is not None:
            return {**records[""], "method": FIRTH}
    times = model.rows.rename(columns={"stop": "time_months"})[["time_months", "event"]]
    rows = cox_firth(times, Design(model.matrix), only=model.matrix.columns[0])
    return {**rows.iloc[0][NUMBERS].to_dict(), "method": FIRTH}


def _curve(records: list[Record]) -> Estimates:
    """Put the analyses under each other, the choices and the treated share in columns beside the estimates'."""
    rows = estimates({name: value for name, value in record.items() if name in COLUMNS} for record in records)
    beside = [name for name in dict.fromkeys(name for record in records for name in record) if name not in COLUMNS]
    return rows.assign(**{name: [record.get(name) for record in records] for name in beside})
