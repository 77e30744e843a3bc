"""Specification curve: one effect on survival under every combination of the analyst's choices.

Each analysis is one row of the estimates table with the choices in columns of their own. What counts as a reasonable
way to set up the endpoint is for the caller to say; this module crosses it with how an exposure after time 0 is
counted, which covariates are adjusted for, and how the model is fitted. Firth's penalty is there for covariates that
are fixed in time only.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

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
from helpers.stats.models.effects import quietly, wald
from helpers.stats.models.firth import firth_effects
from helpers.stats.models.partial_likelihood import fit_cox
from helpers.stats.survival.life_table import checked
from helpers.stats.ties import below
from helpers.study import DAYS_PER_MONTH, Exposure

SPECIFICATION = "specification"  # the family of alternatives that the rows of a curve belong to
LEFT_OUT, EVER, IN_TIME = "left out", "ever or never", "time-dependent"
NONE, DECLARED = "none", "declared"
LIKELIHOOD, PENALISED = "maximum likelihood", "Firth"
METHODS = {LEFT_OUT: EFRON, EVER: EVER_NEVER, IN_TIME: TIME_DEPENDENT}
LEVELS = {EVER: "ever", IN_TIME: "in time"}
COUNTED, COVARIATES, FITTED = "Exposure", "Covariates", "Fit"
SET_UP = ("Endpoint", "Clock", "Follow-up")  # choices made before the model
ALL_CHOICES = (*SET_UP, COUNTED, COVARIATES, FITTED)
EXPOSED, SHARE = "exposed", "share"
NUMBERS = ["estimate", "ci_low", "ci_high", "p", "std_error", "statistic", "status"]
NOTHING = {"method": EFRON, "term": ""}  # only the numbers of the row are used
OVER = "Count over analyses"
ALL, FAVOUR, SIGNIFICANT = "All analyses", "Ratio below 1", "P below 0.05"
ESTIMABLE, TYPICAL = "Estimable", "Median ratio"
Form = str | float  # how an exposure is counted: LEFT_OUT, EVER, IN_TIME or a landmark day


@dataclass(frozen=True)
class Setting:
    """One way to set up an endpoint: its choices as printed, the data, and the exposure in months on the same clock.

    `data` is an endpoint's table, `exposure` has NaN for patients never exposed.
    """

    choices: Mapping[str, str]
    data: pd.DataFrame
    exposure: pd.Series


@dataclass(frozen=True)
class Effect:
    """What a curve is about, as its rows say it: label, the columns variable and comparison, and the group."""

    label: str
    variable: str
    comparison: str
    group: str


def exposure_curve(
    settings: Iterable[Setting], covariates: pd.DataFrame, exposure: Exposure, *, landmark_days: Sequence[float]
) -> Estimates:
    """Return the effect of an exposure after time 0 under every analysis: one estimates row each, and its choices.

    Each choice is a column of its own beside those of the estimates; so is `share`, the part of the patients that
    was ever exposed (or treated).

    `covariates` is a numeric matrix by patient (no columns: nothing to adjust for). Landmark days count from the
    clock of each setting. Patients with a missing covariate are left out where it is used.
    """
    effect = Effect(exposure.label, exposure.key, "exposure", "All")
    records = []
    for form, setting in product((EVER, IN_TIME, *landmark_days), list(settings)):
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
    effect = Effect(label, "", "contrast", label)
    records = []
    for form, setting in product((LEFT_OUT, EVER, IN_TIME, *landmark_days), list(settings)):
        rows = exposure_rows(setting.data, setting.exposure, form)
        if form != LEFT_OUT and rows[EXPOSED].nunique() < 2:
            continue
        matrix = treated.reindex(rows.index).to_frame("treated")
        if form != LEFT_OUT:
            matrix = pd.concat([matrix, rows[[EXPOSED]]], axis=1)
        records += _analyses(setting, form, effect, rows, matrix, covariates)
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
    kept = checked(data) if isinstance(form, str) else landmark_data(data, exposure, form)
    exposed = np.zeros(len(kept), int)
    if form != LEFT_OUT:
        exposed = exposed_in_time(kept, exposure) if form == EVER else kept["exposed"].cat.codes
    rows = {"start": BEFORE_ALL, "stop": kept["time_months"], "event": kept["event"].astype(int)}
    return pd.DataFrame(rows, index=kept.index).assign(exposed=np.asarray(exposed, dtype=int))


def summarise(curves: pd.DataFrame) -> Estimates:
    """Return, over all analyses and for every level of every choice, how many there are and what they say.

    Rows: estimable (of all), ratio below 1 and P below 0.05 (of the estimable), and the median ratio. `group` says
    which; `level` is the choice ("Covariates: none"). Curves of several effects are taken one by one. The analyses
    share their patients: these are counts, not tests.
    """
    effects = curves.groupby("variable_label", sort=False) if len(curves) else []
    return estimates(record for _, curve in effects for record in _summary(curve))


def _summary(curve: pd.DataFrame) -> list[dict]:
    """The records of one effect."""
    first = curve.iloc[0]
    fixed = {"method": OVER, "analysis": SPECIFICATION}
    for name in ("comparison", "variable", "variable_label"):
        fixed[name] = first[name]
    for name in ("endpoint", "endpoint_label", "population"):
        if curve[name].nunique() == 1:
            fixed[name] = first[name]
    records = _counts(curve, {**fixed, "term": ALL})
    for choice in ALL_CHOICES:
        for level, rows in curve.groupby(choice, sort=False):
            words = f"{choice}: {level}"
            records += _counts(rows, {**fixed, "term": words, "level": words})
    return records


def _counts(rows: pd.DataFrame, fixed: dict) -> list[dict]:
    """The four records of some analyses."""
    known = rows[rows["estimate"].notna()]
    typical = {**fixed, "group": TYPICAL, "n": len(known)}
    typical["measure"] = known["measure"].iloc[0] if len(known) else "hazard_ratio"
    records = [
        _share(ESTIMABLE, len(known), len(rows), fixed),
        _share(FAVOUR, below(known["estimate"], 1).sum(), len(known), fixed),
        _share(SIGNIFICANT, below(known["p"], ALPHA).sum(), len(known), fixed),
    ]
    if known.empty:
        return [*records, not_estimable("no analysis", **typical)]
    return [*records, {**typical, "estimate": known["estimate"].median()}]


def _share(group: str, events: int, n: int, fixed: dict) -> dict:
    """How many of n analyses are so."""
    record = {**fixed, "group": group, "measure": "proportion", "n": n, "events": events}
    return {**record, "estimate": events / n} if n else not_estimable("no analysis gave an estimate", **record)


def _analyses(
    setting: Setting, form: Form, effect: Effect, rows: pd.DataFrame, terms: pd.DataFrame, covariates: pd.DataFrame
) -> Iterator[dict]:
    """Yield one analysis per covariate set and fit; the first column of `terms` is the effect wanted."""
    matrices = {NONE: terms}
    if covariates.shape[1]:
        matrices[DECLARED] = pd.concat([terms, covariates.reindex(rows.index)], axis=1)
    shared = {**scope(setting.data), **_named(effect, form)}
    choices = {**setting.choices, COUNTED: form if isinstance(form, str) else f"landmark day {form:g}"}
    for adjusted, matrix in matrices.items():
        model = _model(rows, matrix)
        made = {**choices, COVARIATES: adjusted, FITTED: LIKELIHOOD}
        method = _method(form, exposed=terms.columns[0] == EXPOSED)
        yield {**shared, **_written(model, effect, made), **_likelihood(model), "method": method}
        if form != IN_TIME:
            made = {**made, FITTED: PENALISED}
            yield {**shared, **_written(model, effect, made), **_penalised(model), "method": FIRTH}


def _named(effect: Effect, form: Form) -> dict:
    """The columns that say what an analysis is of."""
    columns = {"group": effect.group, "measure": "hazard_ratio", "comparison": effect.comparison}
    columns |= {"variable": effect.variable, "variable_label": effect.label, "analysis": SPECIFICATION}
    if isinstance(form, str):
        return columns | {"level": LEVELS[form]} if effect.variable else columns
    columns["time_months"] = form / DAYS_PER_MONTH
    return columns | {"level": f"by day {form:g}"} if effect.variable else columns


def _written(model: "_Model", effect: Effect, choices: Mapping[str, str]) -> dict:
    """The columns of one analysis that come from its patients and its choices."""
    words = "; ".join(f"{name}: {level}" for name, level in choices.items())
    columns = {"term": f"{effect.label} [{words}]", "n": model.rows.index.nunique()}
    events, terms = int(model.rows["event"].sum()), model.matrix.shape[1]
    columns |= {"events": events, "model_terms": terms}
    columns["status"] = FEW_EVENTS if events < FEW_EVENTS_PER_TERM * terms else ""
    return {**columns, **choices, SHARE: model.matrix.iloc[:, 0].groupby(level=0).max().mean()}


@dataclass(frozen=True)
class _Model:
    """Start-stop rows without a missing covariate, their matrix (effect wanted first), and whether all is regular."""

    rows: pd.DataFrame
    matrix: pd.DataFrame
    regular: bool

    @property
    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """The matrix divided by its columns' standard deviations, centred, and these."""
        values = self.matrix.to_numpy(float)
        scales = values.std(axis=0)
        return (values - values.mean(axis=0)) / scales, scales


def _model(rows: pd.DataFrame, matrix: pd.DataFrame) -> _Model:
    """Drop rows with a missing value; regular means events, and no column constant or implied where it matters."""
    known = matrix.notna().all(axis=1).to_numpy()
    rows, matrix = rows[known], matrix[known].astype(float)
    died = rows["event"].to_numpy() == 1
    if not died.any():
        return _Model(rows, matrix, regular=False)
    values, stop = matrix.to_numpy(), rows["stop"].to_numpy()
    decisive = values[stop >= stop[died].min()]
    independent = np.linalg.matrix_rank(np.column_stack([np.ones(len(values)), values])) == values.shape[1] + 1
    return _Model(rows, matrix, regular=bool(independent and (np.ptp(decisive, axis=0) > 0).all()))


def _likelihood(model: _Model) -> dict:
    """Return the hazard ratio of the first column by maximum partial likelihood, with Wald limits and P."""
    if model.regular:
        fit = fit_cox(
            *(model.rows[name].to_numpy(float) for name in ("start", "stop", "event")), model.matrix.to_numpy()
        )
        if fit.converged:
            return wald(fit.coefficients[0], np.sqrt(fit.covariance[0, 0]))
    rows, matrix = model.rows.reset_index(drop=True), model.matrix.reset_index(drop=True)
    used = usable(Design(matrix), matrix.index).terms
    rest = matrix[[name for name in used if name != matrix.columns[0]]]
    row = hazard_ratios(rows.assign(exposed=matrix.iloc[:, 0].astype(int)), NOTHING, rest).iloc[0]
    return {**row[NUMBERS], "note": row["note"].replace("exposed", matrix.columns[0])}


def _penalised(model: _Model) -> dict:
    """Return the same by Firth's penalised likelihood, with profile limits (rows that are fixed in time)."""
    if model.regular:
        matrix, scales = model.arrays
        outcome = (model.rows["event"].to_numpy(bool), model.rows["stop"].to_numpy(float))
        records, _ = quietly(lambda: firth_effects(FirthCoxPH, matrix, outcome, {"": 0}, scales))
        if records is not None:
            return records[""]
    times = model.rows.rename(columns={"stop": "time_months"})[["time_months", "event"]]
    row = cox_firth(times, Design(model.matrix), only=model.matrix.columns[0]).iloc[0]
    return {**row[NUMBERS], "note": row["note"]}


def _method(form: Form, *, exposed: bool) -> str:
    """Name the model: what is said of an exposure's bias belongs to the effect of the exposure alone."""
    if form == IN_TIME or exposed:
        return METHODS.get(form, LANDMARK)
    return EFRON if isinstance(form, str) else LANDMARK


def _curve(records: list[dict]) -> Estimates:
    """Put the analyses under each other, the choices and the treated share in columns beside the estimates'."""
    rows = estimates({name: value for name, value in record.items() if name in COLUMNS} for record in records)
    beside = [name for name in dict.fromkeys(name for record in records for name in record) if name not in COLUMNS]
    return rows.assign(**{name: [record.get(name) for record in records] for name in beside})
