"""A cohort as the notebooks ask for it: what is not recorded comes back empty, so that no notebook needs branches."""

import pandas as pd

from helpers.cohort.dictionary import dictionary
from helpers.cohort.endpoints import NotRecorded, survival_data
from helpers.cohort.load import Cohort

BASELINE = (
    "age_years",
    "sex",
    "prior_transplant",
    "prior_lines",
    "months_since_first_infusion",
    "first_target",
    "extramedullary_disease",
    "bm_blasts_pct",
    "high_risk_genetics",
    "lymphodepletion",
    "cell_dose_e6_per_kg",
)


def endpoint_data(cohort: Cohort, key: str, origin: str | None = None) -> pd.DataFrame:
    """As `survival_data`, but a frame without rows and columns when the cohort does not record the endpoint."""
    try:
        return survival_data(cohort, key, origin)
    except NotRecorded:
        return pd.DataFrame()


def first_recorded(cohort: Cohort, *keys: str) -> str:
    """The first of the endpoints that the cohort records; the last one when it records none."""
    return next((key for key in keys if endpoint_data(cohort, key).shape[1]), keys[-1])


def exposure_columns(cohort: Cohort) -> dict[str, list[str]]:
    """Label and recorded day columns of every exposure that study.toml declares and the cohort records."""
    found = {item.label: [name for name in item.columns if cohort.recorded(name)] for item in cohort.study.exposures}
    return {label: columns for label, columns in found.items() if columns}


def origin_days(cohort: Cohort, key: str) -> pd.Series | None:
    """The day since time zero on which an endpoint's clock starts, or None when that is time zero itself."""
    return cohort.patients.get("response_day") if cohort.study.endpoints[key].origin == "remission" else None


def baseline_labels(cohort: Cohort) -> dict[str, str]:
    """Column and printed label, with its unit, of every characteristic before time zero that the cohort records.

    First the canonical columns, then the covariates that study.toml declares beside them.
    """
    labels = {column.name: _with_unit(column.label, column.unit) for column in dictionary()}
    known = {name: labels[name] for name in BASELINE}
    declared = {c.column: c.label for c in cohort.study.covariates if c.column not in known}
    return {name: label for name, label in (known | declared).items() if cohort.recorded(name)}


def _with_unit(label: str, unit: str) -> str:
    return f"{label}, {unit}" if unit else label
