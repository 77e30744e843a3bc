"""Regression with competing risks: the cause-specific hazard and the subdistribution hazard, to be read together."""

import numpy as np
import pandas as pd

from helpers.stats.estimates import if_recorded, not_estimable
from helpers.stats.models.cox_regression import (
    CoxData,
    cox_data,
    cox_fields,
    efron_effects,
    monotone_note,
    report_cox,
    uninformative,
)
from helpers.stats.models.design import Design
from helpers.stats.models.effects import wald
from helpers.stats.models.monotone import monotone_directions
from helpers.stats.models.subdistribution import fit_fine_gray
from helpers.stats.survival.incidence import cause_codes, checked_causes

CAUSE_SPECIFIC = "Cause-specific Cox, Efron ties"
FINE_GRAY = "Fine-Gray, robust standard error"


@if_recorded
def cause_specific(
    data: pd.DataFrame, cause: str, design: Design, *, endpoint: str, population: str, group: str = "All"
) -> pd.DataFrame:
    """Return the hazard ratio of every term for one cause, the other causes censored when they occur.

    It describes the rate among those still free of any event. `data` is a survival_data frame with `cause`.
    """
    own = data.assign(event=(cause_codes(checked_causes(data), cause) == 1).astype(int))
    return report_cox(
        cox_data(own, design), design, efron_effects, cox_fields(endpoint, population, group, CAUSE_SPECIFIC)
    )


@if_recorded
def fine_gray(
    data: pd.DataFrame, cause: str, design: Design, *, endpoint: str, population: str, group: str = "All"
) -> pd.DataFrame:
    """Return the subdistribution hazard ratio of every term for one cause, with robust Wald limits and P.

    It describes the cumulative incidence: patients with a competing event stay in the risk set (Fine and Gray 1999).
    Ties are Breslow's and one censoring curve serves all patients, as in R's crr. Separated terms are not estimable.
    """
    own = data.assign(event=(cause_codes(checked_causes(data), cause) == 1).astype(int))
    used = cox_data(own, design)
    fixed = cox_fields(endpoint, population, group, FINE_GRAY) | {"measure": "subdistribution_hazard_ratio"}
    return report_cox(used, design, lambda part: _fine_gray_effects(part, data.loc[part.index], cause), fixed)


def _fine_gray_effects(used: CoxData, rows: pd.DataFrame, cause: str) -> dict[str, dict]:
    """Return the record of every term."""
    codes = cause_codes(rows, cause)
    staying = np.where(codes == 2, np.inf, used.time)  # after a competing event a patient stays at risk
    directions = monotone_directions(used.matrix, staying, codes == 1)
    records = {t: not_estimable(monotone_note(s)) for t, s in zip(used.terms, directions, strict=True) if s}
    records |= {t: not_estimable("another term is separated") for t in used.terms if records and t not in records}
    records |= {term: not_estimable("all patients at risk are alike in it") for term in uninformative(used, staying)}
    kept = [j for j, term in enumerate(used.terms) if term not in records]
    if kept:
        fit = fit_fine_gray(rows, cause, used.matrix[:, kept])
        if not fit.converged:
            raise ArithmeticError("the Fine-Gray model did not converge")
        errors = np.sqrt(np.diag(fit.covariance)) / used.scales[kept]
        values = zip(kept, fit.coefficients / used.scales[kept], errors, strict=True)
        records |= {used.terms[j]: wald(coefficient, error) for j, coefficient, error in values}
    return records
