"""A cohort as the notebooks ask for it: what is not recorded comes back empty, so that no notebook needs branches."""

from dataclasses import replace

import pandas as pd

from helpers.cohort.dictionary import dictionary, label_of
from helpers.cohort.endpoints import EndpointData, about_endpoint
from helpers.cohort.load import Cohort
from helpers.cohort.outcomes import RESPONSE_PARTS, RESPONSE_ROWS, outcome
from helpers.frames import About, Patients, patients_about
from helpers.study import DAYS_PER_MONTH, POPULATION_LABELS, Exposure, Study

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

# An empty cell of these is a missing value; an empty day of an event means that there was none.
EXPECTED = (*BASELINE, "response", "mrd", "crs_grade", "icans_grade", "tocilizumab", "corticosteroids")


def patients_as(cohort: Cohort, key: str, label: str) -> Patients:
    """All patients, as what a description (`key`, with the reader's `label`) is about."""
    study = cohort.study
    population = POPULATION_LABELS["all"]
    about = About(key, label, population, comparison=study.comparison, styles=study.styles)
    return patients_about(cohort.patients, about)


def baseline_data(cohort: Cohort) -> Patients:
    """The patients with their characteristics before time zero."""
    return patients_as(cohort, "baseline", "Characteristics before time zero")


def response_outcomes(cohort: Cohort) -> list[EndpointData]:
    """The outcomes that are the rows of the response table, labelled as there; the last four divide all patients."""
    return [_relabelled(cohort.outcome(name), label) for name, label in RESPONSE_ROWS.items()]


def response_levels(cohort: Cohort) -> Patients:
    """The patients with `best_response`, their part of the response table as an ordered categorical.

    Missing for everybody when the cohort records no response.
    """
    labels = {name: RESPONSE_ROWS[name] for name in RESPONSE_PARTS}
    levels = pd.Series(pd.Categorical([None] * len(cohort.patients), [*labels.values()], ordered=True))
    levels.index = cohort.patients.index
    for name, label in labels.items():
        reached = outcome(cohort.patients, name)
        levels[reached.index[reached]] = label
    return patients_as(cohort, "response", "Best response").assign(best_response=levels)


def _relabelled(data: EndpointData, label: str) -> EndpointData:
    """The same outcome under another label."""
    data.about = replace(data.about, label=label)
    return data


def events_of(data: pd.DataFrame) -> pd.Series:
    """The events (0/1) of an endpoint's data by patient; an empty Series when the endpoint is not recorded."""
    return data.get("event", pd.Series(dtype=float))


def longest(data: pd.DataFrame) -> float:
    """The longest time in months of an endpoint's data; 0 when there is none."""
    return float(data["time_months"].max()) if len(data) else 0.0


def recorded_of(cohort: Cohort, *columns: str) -> list[str]:
    """Those of the columns that the cohort records."""
    return [column for column in columns if cohort.recorded(column)]


def first_recorded(cohort: Cohort, *keys: str) -> str:
    """The first of the endpoints that the cohort records; the last one when it records none."""
    return next((key for key in keys if cohort.endpoint(key).shape[1]), keys[-1])


def exposure_columns(cohort: Cohort) -> dict[str, list[str]]:
    """Label and recorded day columns of every exposure that study.toml declares and the cohort records."""
    found = {item.label: recorded_of(cohort, *item.columns) for item in cohort.study.exposures}
    return {label: columns for label, columns in found.items() if columns}


def origin_days(cohort: Cohort, key: str) -> pd.Series | None:
    """The day since time zero on which an endpoint's clock starts, or None when that is time zero itself."""
    return cohort.patients.get("response_day") if cohort.study.endpoints[key].origin == "remission" else None


def baseline_labels(cohort: Cohort) -> dict[str, str]:
    """Column and printed label, with its unit, of every characteristic before time zero that the cohort records.

    First the canonical columns, then the covariates that study.toml declares beside them.
    """
    return _labels(cohort, BASELINE)


def expected_labels(cohort: Cohort) -> dict[str, str]:
    """As `baseline_labels`, with response and toxicity: every column in which an empty cell is a missing value."""
    return _labels(cohort, EXPECTED)


def _labels(cohort: Cohort, names: tuple[str, ...]) -> dict[str, str]:
    """Labels of the recorded ones among canonical columns and covariates."""
    units = {column.name: column.unit if column.unit != "grade" else "" for column in dictionary()}
    known = {name: _with_unit(label_of(name), units[name]) for name in names}
    declared = {c.column: c.label for c in cohort.study.covariates if c.column not in known}
    return {name: label for name, label in (known | declared).items() if cohort.recorded(name)}


def course(cohort: Cohort) -> Patients:
    """The patients with the days of what happened to each.

    Where only a recorded endpoint says when the disease came back, the day of relapse is taken from it. In a study of
    patients who are in remission at time zero everybody has been in remission since day 0.
    """
    patients = patients_about(cohort.patients, about_endpoint(cohort.study, "os"))
    if cohort.study.endpoints["lfs"].population == "all":
        patients = patients.assign(response="cr", response_day=0)
    if "relapse_day" in patients:
        return patients
    data = cohort.endpoint(first_recorded(cohort, "lfs", "efs"))
    if "cause" not in data:
        return patients
    relapsed = data["time_months"].where(data["cause"] == "relapse") * DAYS_PER_MONTH
    return patients.assign(relapse_day=relapsed.reindex(patients.index))


def counts_by_arm(cohort: Cohort) -> pd.DataFrame:
    """The blood counts with the arm of their patient; without rows and columns when there are none."""
    if cohort.blood_counts is None:
        return pd.DataFrame()
    arms = cohort.patients.set_index("patient_id")["arm"]
    return cohort.blood_counts.assign(arm=cohort.blood_counts["patient_id"].map(arms))


def exposure_kinds(study: Study) -> dict[str, str]:
    """Term and day column of every kind of exposure: "Consolidation: transplant"; the label where there is one kind."""
    return {exposure_term(exposure, column): column for exposure in study.exposures for column in exposure.columns}


def exposure_term(exposure: Exposure, column: str) -> str:
    """The term of one kind of exposure: its label, and what the column's day is the day of if there are several."""
    return exposure.label if len(exposure.columns) == 1 else f"{exposure.label}: {_kind(column)}"


def exposure_marks(study: Study) -> dict[str, str]:
    """Short label and day column of every kind of exposure, as marks of a patient's course."""
    pairs = [(exposure, column) for exposure in study.exposures for column in exposure.columns]
    short = [_kind(column) if len(exposure.columns) > 1 else exposure.label for exposure, column in pairs]
    return {label[:1].upper() + label[1:]: column for label, (_, column) in zip(short, pairs, strict=True)}


def _kind(column: str) -> str:
    """What a column's day is the day of."""
    return label_of(column).removeprefix("Day of ").removeprefix("First day of ")


def _with_unit(label: str, unit: str) -> str:
    return f"{label}, {unit}" if unit else label
