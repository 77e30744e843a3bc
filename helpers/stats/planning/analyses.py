"""Which analyses of a cohort are reasonable: each way to set up an endpoint, and the effects looked at under each.

- Endpoint: one curve each. The effect of an exposure on overall survival is read in the patients of leukaemia-free
  survival, because only they could be exposed.
- Clock: that of the endpoint; for the comparison in patients in remission also from the day of remission.
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
        sets["all declared factors"] = declared
    rows = []
    for adjusted, covariates in sets.items():
        design = design_matrix(cohort.patients, [contrast_covariate(study.contrast), *covariates])
        for fit, model in FITS.items():
            term = f"{study.comparison} [{COVARIATES}: {adjusted}; {FITTED}: {fit}]"
            columns = {"term": term, "group": study.comparison, "analysis": SPECIFICATION}
            columns |= {"variable_label": study.contrast.label}
            columns |= {COVARIATES: adjusted, FITTED: fit}
            rows.append(model(remission, design).head(1).assign(**columns))
    return pd.concat(rows, ignore_index=True)


def contrast_on_survival(cohort: Cohort, data: pd.DataFrame) -> pd.DataFrame:
    """The contrast's hazard ratio for an endpoint under each analysis; `data` is the endpoint's.

    The first recorded exposure is the one taken into account. Empty without a contrast or for an empty endpoint.
    """
    study = cohort.study
    if study.contrast is None or not data.shape[1]:
        return estimates([])
    codes = {study.contrast.treated_label: 1.0, study.contrast.control_label: 0.0}
    treated = cohort.patients["contrast"].map(codes).astype(float)
    first = cohort.exposures[0] if cohort.exposures else Exposure("", "", ())
    ways = [way for clock, timed in _clocks(cohort, data) for way in settings(cohort, timed, first, clock)]
    covariates = design_matrix(cohort.patients, study.covariates_for("survival")).matrix
    rows = group_curve(ways, treated, covariates, label=study.contrast.label, beside=first.label)
    return rows.assign(group=study.comparison)


def exposures_on_survival(cohort: Cohort, data: pd.DataFrame) -> pd.DataFrame:
    """The hazard ratios of each recorded exposure for an endpoint under each analysis, one curve after the other."""
    if not data.shape[1] or not cohort.exposures:
        return estimates([])
    data = _who_could_be_exposed(cohort, data)
    return pd.concat([exposure_on_survival(cohort, data, exposure) for exposure in cohort.exposures], ignore_index=True)


def exposure_on_survival(cohort: Cohort, data: pd.DataFrame, exposure: Exposure) -> pd.DataFrame:
    """An exposure's hazard ratio for an endpoint under each analysis."""
    study = cohort.study
    alone = recorded_of(cohort, *exposure.columns) == [TRANSPLANT]
    clock = study.response.noun if about(data).origin == REMISSION else study.time_zero
    ways = [way for way in settings(cohort, data, exposure, clock) if way.exposure.notna().any()]
    ways = [way for way in ways if not (alone and way.choices["Follow-up"] == UNTIL_TRANSPLANT)]
    covariates = design_matrix(cohort.patients, study.covariates_for("survival")).matrix
    return exposure_curve(ways, covariates, exposure, landmark_days=study.landmark_days)


def settings(cohort: Cohort, data: pd.DataFrame, exposure: Exposure, clock: str) -> list[Setting]:
    """Each way to follow an endpoint: to the end, and until transplant."""
    label = about(data).label
    return [
        Setting(dict(zip(SET_UP, (label, clock, end), strict=True)), followed, exposure_months(data, exposure))
        for end, followed in _followed(cohort, data)
    ]


def _who_could_be_exposed(cohort: Cohort, data: pd.DataFrame) -> pd.DataFrame:
    """Overall survival in the patients of leukaemia-free survival, where the cohort records it."""
    lfs = cohort.endpoint("lfs")
    if about(data).key != "os" or not lfs.shape[1]:
        return data
    part = data.loc[data.index.isin(lfs.index)]
    part.about = replace(about(data), population=about(lfs).population)
    return part


def _clocks(cohort: Cohort, data: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Clock and data: as the study declares, and from remission where all are in it and time began earlier."""
    now = about(data)
    state = cohort.study.response.noun
    yield (state if now.origin == REMISSION else cohort.study.time_zero), data
    in_remission = cohort.study.endpoints[now.key].population == "in_cr" and cohort.recorded("response_day")
    if in_remission and now.origin != REMISSION:
        later = data["time_months"] - cohort.patients["response_day"].loc[data.index] / DAYS_PER_MONTH
        shifted = data.assign(time_months=later)[later.notna()]
        shifted.about = replace(now, origin=REMISSION)
        yield state, shifted


def _followed(cohort: Cohort, data: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Data followed to the end, and, if anybody had a transplant before it, until transplant."""
    yield TO_THE_END, data
    transplant = Exposure("transplant", "Transplant", tuple(recorded_of(cohort, TRANSPLANT)))
    if exposed_in_time(data, transplant).any():
        ended = censor_at(data, transplant)
        ended.about = data.about  # the follow-up is a choice of the analysis, not another endpoint
        yield UNTIL_TRANSPLANT, ended
