"""Which analyses of a cohort are reasonable: every way to set up an endpoint, and the effects looked at under each.

- Endpoint: overall and leukaemia-free survival. The effect of an exposure on overall survival is read in the patients
  of leukaemia-free survival, because only they could be exposed.
- Clock: from time zero; for patients in remission also from the day of remission.
- Follow-up: to the end; also until transplant where transplants were recorded and happened. An exposure that is
  partly transplant is then what remains of it, and one that is transplant alone is not analysed so.
- Exposure, covariates and fit: see `helpers.stats.planning.specification`.
"""

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from helpers.cohort.load import Cohort
from helpers.cohort.views import recorded_of
from helpers.frames import about
from helpers.stats.estimates import estimates
from helpers.stats.exposure.exposed import censor_at, exposed_in_time, exposure_months
from helpers.stats.models.design import contrast_covariate, design_matrix
from helpers.stats.models.logistic_regression import logistic, logistic_firth, logistic_profile
from helpers.stats.planning.specification import (
    COVARIATES,
    FITTED,
    NONE,
    SET_UP,
    SPECIFICATION,
    Setting,
    exposure_curve,
    group_curve,
)
from helpers.study import DAYS_PER_MONTH, Covariate, Exposure

TRANSPLANT = "transplant_day"
TO_THE_END, UNTIL_TRANSPLANT = "to the end", "until transplant"
REMISSION = "remission"
FITS = {"maximum likelihood, Wald": logistic, "maximum likelihood, profile": logistic_profile, "Firth": logistic_firth}


def contrast_on_response(cohort: Cohort) -> pd.DataFrame:
    """The contrast's odds ratio of remission: no covariate, each declared one alone, all; three fits of each."""
    remission, study = cohort.outcome("cr"), cohort.study
    if study.contrast is None or remission.empty:
        return estimates([])
    declared = study.covariates_for("response")
    sets: dict[str, tuple[Covariate, ...]] = {NONE: ()}
    if len(declared) > 1:
        sets |= {f"{covariate.label} alone": (covariate,) for covariate in declared}
    if declared:
        sets["all declared"] = declared
    rows = []
    for adjusted, covariates in sets.items():
        design = design_matrix(cohort.patients, [contrast_covariate(study.contrast), *covariates])
        for fit, model in FITS.items():
            term = f"{study.comparison} [{COVARIATES}: {adjusted}; {FITTED}: {fit}]"
            columns = {"term": term, "group": study.comparison, "analysis": SPECIFICATION}
            columns |= {COVARIATES: adjusted, FITTED: fit}
            rows.append(model(remission, design).head(1).assign(**columns))
    return pd.concat(rows, ignore_index=True)


def contrast_on_survival(cohort: Cohort) -> pd.DataFrame:
    """The contrast's hazard ratio under every analysis; the first recorded exposure is the one taken into account."""
    study = cohort.study
    if study.contrast is None:
        return estimates([])
    codes = {study.contrast.treated_label: 1.0, study.contrast.control_label: 0.0}
    treated = cohort.patients["contrast"].map(codes).astype(float)
    first = cohort.exposures[0] if cohort.exposures else Exposure("", "", ())
    ways = settings(cohort, first, everybody=True)
    covariates = design_matrix(cohort.patients, study.covariates_for("survival")).matrix
    return group_curve(ways, treated, covariates, label=study.comparison, landmark_days=study.landmark_days)


def exposures_on_survival(cohort: Cohort) -> pd.DataFrame:
    """The hazard ratios of every recorded exposure under every analysis, one curve after the other."""
    curves = [exposure_on_survival(cohort, exposure) for exposure in cohort.exposures]
    return pd.concat(curves, ignore_index=True) if curves else estimates([])


def exposure_on_survival(cohort: Cohort, exposure: Exposure) -> pd.DataFrame:
    """An exposure's hazard ratio under every analysis."""
    study = cohort.study
    exposed = [setting for setting in settings(cohort, exposure) if setting.exposure.notna().any()]
    covariates = design_matrix(cohort.patients, study.covariates_for("survival")).matrix
    return exposure_curve(exposed, covariates, exposure, landmark_days=study.landmark_days)


def settings(cohort: Cohort, exposure: Exposure, *, everybody: bool = False) -> list[Setting]:
    """Every way to set up the endpoints for an exposure; `everybody` reads overall survival in its own population."""
    only_transplant = recorded_of(cohort, *exposure.columns) == [TRANSPLANT] and not everybody
    ways = []
    for key, clock, data in _clocks(cohort, everybody):
        for end, followed in _followed(cohort, data):
            if not (end == UNTIL_TRANSPLANT and only_transplant):
                choices = dict(zip(SET_UP, (cohort.study.endpoints[key].label, clock, end), strict=True))
                ways.append(Setting(choices, followed, exposure_months(data, exposure)))
    return ways


def _clocks(cohort: Cohort, everybody: bool) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Endpoint, clock and data: from time zero, and from remission for those in whom it can start there."""
    lfs, os = cohort.endpoint("lfs", "infusion"), cohort.endpoint("os")
    in_remission = cohort.study.endpoints["lfs"].population == "in_cr" and cohort.recorded("response_day")
    if lfs.shape[1] and os.shape[1] and not everybody:
        os = os.loc[lfs.index]
        os.about = replace(about(os), population=about(lfs).population)
    for key, data in (("os", os), ("lfs", lfs)):
        if data.shape[1]:
            yield key, cohort.study.time_zero, data
        if data.shape[1] and in_remission and not (key == "os" and everybody):
            later = data["time_months"] - cohort.patients["response_day"].loc[data.index] / DAYS_PER_MONTH
            shifted = data.assign(time_months=later)[later.notna()]
            shifted.about = replace(data.about, origin=REMISSION)
            yield key, REMISSION, shifted


def _followed(cohort: Cohort, data: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Data followed to the end, and, if anybody had a transplant before it, until transplant."""
    yield TO_THE_END, data
    transplant = Exposure("transplant", "Transplant", tuple(recorded_of(cohort, TRANSPLANT)))
    if exposed_in_time(data, transplant).any():
        ended = censor_at(data, transplant)
        ended.about = data.about  # the follow-up is a choice of the analysis, not another endpoint
        yield UNTIL_TRANSPLANT, ended
