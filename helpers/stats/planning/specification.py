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

from helpers.stats.estimates import estimates, not_estimable
from helpers.stats.exposure.effects import EVER_NEVER, TIME_DEPENDENT, hazard_ratios
from helpers.stats.exposure.exposed import BEFORE_ALL, exposed_in_time, start_stop
from helpers.stats.exposure.landmarks import METHOD as LANDMARK
from helpers.stats.exposure.landmarks import landmark_data
from helpers.stats.models.cox_regression import EFRON, FIRTH, cox_firth
from helpers.stats.models.design import Design, usable
from helpers.stats.models.effects import quietly, wald
from helpers.stats.models.firth import firth_effects
from helpers.stats.models.partial_likelihood import fit_cox
from helpers.stats.survival.life_table import checked
from helpers.stats.ties import below
from helpers.study import DAYS_PER_MONTH

ALPHA = 0.05
LEFT_OUT, EVER, IN_TIME = "left out", "ever or never", "time-dependent"
NONE, DECLARED = "none", "declared"
LIKELIHOOD, PENALISED = "maximum likelihood", "Firth"
METHODS = {LEFT_OUT: EFRON, EVER: EVER_NEVER, IN_TIME: TIME_DEPENDENT}
COUNTED, COVARIATES, FITTED = "Exposure", "Covariates", "Fit"
EXPOSED, SHARE, TERMS, BESIDE = "exposed", "share", "terms", "beside"
NUMBERS = ["estimate", "ci_low", "ci_high", "p"]
NOTHING = {"method": EFRON, "term": ""}  # only the numbers of the row are used
OVER = "Count over analyses"
ALL, FAVOUR, SIGNIFICANT = "All analyses", "Ratio below 1", "P below 0.05"
ESTIMABLE, TYPICAL = "Estimable", "Median ratio"
Form = str | float  # how an exposure is counted: LEFT_OUT, EVER, IN_TIME or a landmark day


@dataclass(frozen=True)
class Setting:
    """One way to set up an endpoint: its choices as printed, the data, and the exposure in months on the same clock.

    `data` is a survival_data frame, `exposure` has NaN for patients never exposed; `scope` holds endpoint and
    population.
    """

    choices: Mapping[str, str]
    data: pd.DataFrame
    exposure: pd.Series
    scope: Mapping[str, str]


def exposure_curve(
    settings: Iterable[Setting], covariates: pd.DataFrame, *, label: str, landmark_days: Sequence[float]
) -> pd.DataFrame:
    """Return the effect of an exposure after time 0 under every analysis: one estimates row each, and its choices.

    The column `share` is the part of the patients that was ever exposed (or treated), `terms` the model's size.

    `covariates` is a numeric matrix by patient (no columns: nothing to adjust for). Landmark days count from the
    clock of each setting. Patients with a missing covariate are left out where it is used.
    """
    records = []
    for form, setting in product((EVER, IN_TIME, *landmark_days), list(settings)):
        rows = exposure_rows(setting.data, setting.exposure, form)
        records += _fits(rows, rows[["exposed"]], covariates, (setting, form, label, "All"))
    return _curve(records)


def group_curve(
    settings: Iterable[Setting],
    treated: pd.Series,
    covariates: pd.DataFrame,
    *,
    label: str,
    landmark_days: Sequence[float],
) -> pd.DataFrame:
    """Return the effect of a group (treated 1, control 0, NaN in neither) under every analysis, as `exposure_curve`.

    The exposure after time 0 is left out of the model or enters it beside the group, in each of its forms. A form in
    which nobody is exposed is passed over: it is the model without the exposure.
    """
    records = []
    for form, setting in product((LEFT_OUT, EVER, IN_TIME, *landmark_days), list(settings)):
        rows = exposure_rows(setting.data, setting.exposure, form)
        if form != LEFT_OUT and rows["exposed"].nunique() < 2:
            continue
        first = treated.reindex(rows.index).to_frame("treated")
        matrix = first if form == LEFT_OUT else pd.concat([first, rows[["exposed"]]], axis=1)
        records += _fits(rows, matrix, covariates, (setting, form, label, label))
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


def summarise(curve: pd.DataFrame, choices: Sequence[str]) -> pd.DataFrame:
    """Return, over all analyses and for every level of every choice, how many there are and what they say.

    Rows: estimable (of all), ratio below 1 and P below 0.05 (of the estimable), and the median ratio. `group` says
    which; `term` is the level ("Covariates: none"). The analyses share their patients: these are counts, not tests.
    """
    if curve.empty:
        return estimates([])
    levels = [(f"{choice}: {level}", rows) for choice in choices for level, rows in curve.groupby(choice, sort=False)]
    first = curve.iloc[0]
    fixed = {name: first[name] for name in ("endpoint", "population") if curve[name].nunique() == 1}
    return estimates(row for term, rows in [(ALL, curve), *levels] for row in _counts(rows, fixed | {"term": term}))


def _counts(rows: pd.DataFrame, fixed: dict) -> Iterator[dict]:
    """Yield the four records of some analyses."""
    known = rows[rows["estimate"].notna()]
    fixed = {**fixed, "method": OVER}
    counted = {
        ESTIMABLE: (len(known), len(rows)),
        FAVOUR: (below(known["estimate"], 1).sum(), len(known)),
        SIGNIFICANT: (below(known["p"], ALPHA).sum(), len(known)),
    }
    for group, (events, n) in counted.items():
        record = {**fixed, "group": group, "measure": "proportion", "n": n, "events": events}
        yield {**record, "estimate": events / n} if n else not_estimable("no analysis gave an estimate", **record)
    typical = {
        **fixed,
        "group": TYPICAL,
        "measure": known["measure"].iloc[0] if len(known) else "hazard_ratio",
        "n": len(known),
    }
    yield {**typical, "estimate": known["estimate"].median()} if len(known) else not_estimable("no analysis", **typical)


def _fits(rows: pd.DataFrame, own: pd.DataFrame, covariates: pd.DataFrame, about: tuple) -> Iterator[dict]:
    """Yield one analysis per covariate set and fit; the first column of `own` is the effect wanted."""
    setting, form, label, group = about
    choices = dict(setting.choices) | {COUNTED: form if isinstance(form, str) else f"landmark day {form:g}"}
    fixed = {**setting.scope, "group": group, "measure": "hazard_ratio"}
    fixed["time_months"] = None if isinstance(form, str) else form / DAYS_PER_MONTH
    full = pd.concat([own, covariates.reindex(rows.index)], axis=1)
    for adjusted, matrix in [(NONE, own), (DECLARED, full)][: 1 + (covariates.shape[1] > 0)]:
        model = _model(rows, matrix)
        share = model.matrix.iloc[:, 0].groupby(level=0).max().mean()
        counted = {"n": model.rows.index.nunique(), "events": int(model.rows["event"].sum())}
        for fit, effect in [(LIKELIHOOD, _likelihood), (PENALISED, _penalised)][: 1 + (form != IN_TIME)]:
            made = choices | {COVARIATES: adjusted, FITTED: fit}
            beside = made | {SHARE: share, TERMS: model.matrix.shape[1]}
            method = FIRTH if fit == PENALISED else _method(form, own)
            yield {**fixed, **counted, **effect(model), "method": method, "term": _term(label, made), BESIDE: beside}


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
    rest = usable(Design(matrix, {}), matrix.index).matrix.drop(columns=matrix.columns[0], errors="ignore")
    row = hazard_ratios(rows.assign(exposed=matrix.iloc[:, 0].astype(int)), NOTHING, rest).iloc[0]
    return {**row[NUMBERS], "note": row["note"].replace("exposed", matrix.columns[0])}


def _penalised(model: _Model) -> dict:
    """Return the same by Firth's penalised likelihood, with profile limits (rows that are fixed in time)."""
    if model.regular:
        matrix, scales = model.arrays
        outcome = (model.rows["event"].to_numpy(bool), model.rows["stop"].to_numpy(float))
        found, _ = quietly(lambda: firth_effects(FirthCoxPH, matrix, outcome, {"": 0}, scales))
        if found is not None:
            return found[""]
    times = model.rows.rename(columns={"stop": "time_months"})[["time_months", "event"]]
    row = cox_firth(times, Design(model.matrix, {}), only=model.matrix.columns[0], endpoint="", population="").iloc[0]
    return {**row[NUMBERS], "note": row["note"]}


def _method(form: Form, own: pd.DataFrame) -> str:
    """Name the model: what is said of an exposure's bias belongs to the effect of the exposure alone."""
    if form == IN_TIME or own.columns[0] == EXPOSED:
        return METHODS.get(form, LANDMARK)
    return EFRON if isinstance(form, str) else LANDMARK


def _term(label: str, choices: Mapping[str, str]) -> str:
    """Return the effect and every choice in words: the row's identity in the table."""
    return f"{label} [{'; '.join(f'{name}: {level}' for name, level in choices.items())}]"


def _curve(records: list[dict]) -> pd.DataFrame:
    """Put the analyses under each other, the choices and the treated share in columns of their own."""
    beside = pd.DataFrame([record.pop(BESIDE) for record in records])
    return pd.concat([estimates(records), beside], axis=1)
