"""Which of our estimates belongs to a published figure."""

import pandas as pd

from helpers.cohort.views import exposure_term
from helpers.study import Study

SAME_MONTHS = 1e-9


def matching(published: pd.Series, estimates: pd.DataFrame, study: Study, **instead: str) -> pd.DataFrame:
    """The estimates with the published figure's endpoint, population, group, term, time and measure.

    ``instead`` replaces columns of the published row (``measure="odds_ratio"``). Rows without an estimate or P
    are left out. For model terms the group does not matter, and the term is recognised by its label.
    """
    wanted = published.to_dict() | instead
    keep = (estimates["endpoint"] == wanted["endpoint"]) & (estimates["population"] == wanted["population"])
    keep &= (estimates["measure"] == wanted["measure"]) & ~is_analysis(estimates)
    keep &= estimates["estimate"].notna() | estimates["p"].notna()
    if wanted["time_months"]:
        keep &= (estimates["time_months"] - float(wanted["time_months"])).abs() < SAME_MONTHS
    if wanted["term"]:
        starts, rest = term_labels(wanted["term"], study)
        keep &= estimates["term"].map(lambda term: term.startswith(starts) and rest in term).astype(bool)
    else:
        keep &= estimates["group"].isin(group_labels(wanted["group"], study))
        keep &= estimates["term"].isin(["", "Infused", "Grade 3 or more"])
    return estimates[keep]


def is_analysis(estimates: pd.DataFrame) -> pd.Series:
    """Tell the rows of a specification curve, whose terms end in their choices, from estimates reported as such."""
    return estimates["term"].str.contains(" [", regex=False) & estimates["term"].str.endswith("]")


def group_labels(group: str, study: Study) -> list[str]:
    """How the estimates name a published group."""
    if group == "contrast":
        return [study.contrast.label, study.comparison] if study.contrast else []
    return [arm.label for arm in study.arms if arm.key == group] or [group]


def term_labels(term: str, study: Study) -> tuple[str, str]:
    """What the term of a published effect starts with in our models, and what else it contains."""
    if term == "contrast":
        return ("", f"{study.contrast.treated_label} vs ") if study.contrast else ("?", "?")
    for exposure in study.exposures:
        if term == exposure.key:
            return f"{exposure.label}:", ""
        if term in exposure.columns:
            return exposure_term(exposure, term), ""
    labels = [covariate.label for covariate in study.covariates if covariate.column == term]
    return (f"{labels[0]}:", "") if labels else ("?", "?")
