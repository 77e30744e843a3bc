"""Which analyses of a cohort are reasonable: every way to set up an endpoint, and the effects looked at under each.

- Endpoint: overall and leukaemia-free survival. The effect of an exposure on overall survival is read in the patients
  of leukaemia-free survival, because only they could be exposed.
- Clock: from time zero; for patients in remission also from the day of remission.
- Follow-up: to the end; also until transplant where transplants were recorded and happened. An exposure that is
  partly transplant is then what remains of it, and one that is transplant alone is not analysed so.
- Exposure, covariates and fit: see ``helpers.stats.planning.specification``.
"""

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from helpers.cohort.load import Cohort
from helpers.cohort.outcomes import outcome
from helpers.cohort.views import recorded_of
from helpers.stats.estimates import estimates
from helpers.stats.exposure.exposed import censor_at, exposed_in_time, exposure_months
from helpers.stats.models.design import Design, contrast_covariate, design_matrix
from helpers.stats.models.logistic_regression import logistic, logistic_firth, logistic_profile
from helpers.stats.planning.specification import (
    COUNTED,
    COVARIATES,
    FITTED,
    Setting,
    exposure_curve,
    group_curve,
)
from helpers.study import DAYS_PER_MONTH, POPULATION_LABELS, Exposure

TRANSPLANT = "transplant_day"
TO_THE_END, UNTIL_TRANSPLANT = "to the end", "until transplant"
REMISSION = "remission"
CHOICES = ("Endpoint", "Clock", "Follow-up")
ALL_CHOICES = (*CHOICES, COUNTED, COVARIATES, FITTED)
FITS = {"maximum likelihood, Wald": logistic, "maximum likelihood, profile": logistic_profile, "Firth": logistic_firth}


def contrast_on_response(cohort: Cohort) -> pd.DataFrame:
    """The contrast's odds ratio of remission: no covariate, each declared one alone, all; three fits of each."""
    reached, study = outcome(cohort.patients, "cr"), cohort.study
    if study.contrast is None or reached.empty:
        return estimates([])
    declared = study.covariates_for("response")
    sets = {"none": ()} | {f"{c.label} alone": (c,) for c in declared if len(declared) > 1}
    sets |= {"all declared": declared} if declared else {}
    scope, parts = {"endpoint": "cr", "population": POPULATION_LABELS["all"], "group": study.comparison}, []
    for words, chosen in sets.items():
        design = design_matrix(cohort.patients, [contrast_covariate(study.contrast), *chosen])
        for fit, model in FITS.items():
            made = {COVARIATES: words, FITTED: fit}
            term = f"{study.comparison} [{'; '.join(f'{name}: {level}' for name, level in made.items())}]"
            parts.append(model(reached, design, **scope).head(1).assign(term=term, **made))
    return pd.concat(parts, ignore_index=True)


def contrast_on_survival(cohort: Cohort) -> pd.DataFrame:
    """The contrast's hazard ratio under every analysis; the first declared exposure is the one taken into account."""
    contrast, study = cohort.study.contrast, cohort.study
    if contrast is None:
        return estimates([])
    treated = cohort.patients["contrast"].map({contrast.treated_label: 1.0, contrast.control_label: 0.0}).astype(float)
    first = study.exposures[0] if study.exposures else Exposure("", "", ())
    return group_curve(
        settings(cohort, first, everybody=True),
        treated,
        _covariates(cohort).matrix,
        label=study.comparison,
        landmark_days=study.landmark_days,
    )


def exposure_on_survival(cohort: Cohort, exposure: Exposure) -> pd.DataFrame:
    """An exposure's hazard ratio under every analysis."""
    found = [s for s in settings(cohort, exposure) if s.exposure.notna().any()]
    words = {"label": exposure.label, "landmark_days": cohort.study.landmark_days}
    return exposure_curve(found, _covariates(cohort).matrix, **words)


def settings(cohort: Cohort, exposure: Exposure, *, everybody: bool = False) -> list[Setting]:
    """Every way to set up the endpoints for an exposure; ``everybody`` reads overall survival in its own population."""
    found = []
    for key, clock, data in _clocks(cohort, everybody):
        scope = cohort.study.scope(key if everybody else "lfs") | {"endpoint": key}
        for words, followed in _followed(cohort, data):
            columns = recorded_of(cohort, *exposure.columns)
            if words == UNTIL_TRANSPLANT and columns == [TRANSPLANT] and not everybody:
                continue
            months = exposure_months(data, replace(exposure, columns=tuple(columns)))
            choices = dict(zip(CHOICES, (cohort.study.endpoints[key].label, clock, words), strict=True))
            found.append(Setting(choices, followed, months, scope))
    return found


def _clocks(cohort: Cohort, everybody: bool) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Endpoint, clock and data: from time zero, and from remission for those in whom it can start there."""
    lfs, os = cohort.endpoint("lfs", "infusion"), cohort.endpoint("os")
    in_remission = cohort.study.endpoints["lfs"].population == "in_cr" and cohort.recorded("response_day")
    if lfs.shape[1] and not everybody:
        os = os.loc[lfs.index] if os.shape[1] else os
    for key, data in (("os", os), ("lfs", lfs)):
        if data.shape[1] == 0:
            continue
        yield key, cohort.study.time_zero, data
        if in_remission and not (key == "os" and everybody):
            later = data["time_months"] - cohort.patients["response_day"].loc[data.index] / DAYS_PER_MONTH
            shifted = data.assign(time_months=later)[later.notna()]
            shifted.about = replace(data.about, origin=REMISSION)
            yield key, REMISSION, shifted


def _followed(cohort: Cohort, data: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Data followed to the end, and, if anybody had a transplant before it, until transplant."""
    yield TO_THE_END, data
    transplant = Exposure("transplant", "Transplant", tuple(recorded_of(cohort, TRANSPLANT)))
    if exposed_in_time(data, transplant).any():
        yield UNTIL_TRANSPLANT, censor_at(data, transplant)


def _covariates(cohort: Cohort) -> Design:
    """The declared survival covariates."""
    return design_matrix(cohort.patients, cohort.study.covariates_for("survival"))
