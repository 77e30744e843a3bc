"""A cohort as the notebooks ask for it: what is not recorded comes back empty, so that no notebook needs branches."""

from dataclasses import replace

import pandas as pd

from helpers.cohort.dictionary import dictionary, short_label
from helpers.cohort.endpoints import EndpointData, about_endpoint, about_patients
from helpers.cohort.load import Cohort
from helpers.cohort.outcomes import PARTS, in_remission, outcome
from helpers.frames import Patients, patients_about
from helpers.study import DAYS_PER_MONTH, Study
from helpers.study.response import COMPLETE, FAILED, PARTIAL


def patients_as(cohort: Cohort, key: str, label: str) -> Patients:
    """All patients, as what a description (`key`, with the reader's `label`) is about."""
    return patients_about(cohort.patients, about_patients(cohort.study, key, label))


def baseline_data(cohort: Cohort) -> Patients:
    """The patients with their characteristics before time zero."""
    return patients_as(cohort, "baseline", "Characteristics before time zero")


def response_outcomes(cohort: Cohort) -> list[EndpointData]:
    """The outcomes that are the rows of the response table, labelled as there; those but two divide all patients."""
    outcomes = [cohort.outcome(name) for name in _response_rows(cohort)]
    for data in outcomes:
        data.about = replace(data.about, label=_response_rows(cohort)[data.about.key])
    return outcomes


def response_levels(cohort: Cohort) -> Patients:
    """The patients with `best_response`, their part of the response table as an ordered categorical.

    Missing for everybody when the cohort records no response.
    """
    levels = pd.Series(index=cohort.patients.index, dtype=object)
    parts = dict(list(_response_rows(cohort).items())[2:])
    for name, label in parts.items():
        reached = outcome(cohort.patients, name, cohort.study.response)
        levels[reached.index[reached]] = label
    order = pd.CategoricalDtype([*parts.values()], ordered=True)
    return patients_as(cohort, "response", "Best response").assign(best_response=levels.astype(order))


def _response_rows(cohort: Cohort) -> dict[str, str]:
    """The rows of the response table: those in remission, MRD-negative ones, and then the parts of all patients.

    The usual parts have a row, of the others those that the study counts or that occur: many cohorts do not tell CRh
    from CRi.
    """
    response, occurring = cohort.study.response, responses(cohort)
    shown = {*(response.remission or ("cr", "cri")), *occurring} | (set() if occurring & {*FAILED} else {"nr"})
    state = "complete remission" if response.complete else response.noun
    rows = {"cr": response.title(occurring), "mrd_negative_cr": f"MRD-negative {state}"}
    labels = COMPLETE | PARTIAL | FAILED
    rows |= {PARTS.get(word, word): label for word, label in labels.items() if word in shown}
    return rows | {"not_assessed": "Not evaluable or not recorded"}


def responses(cohort: Cohort) -> set[str]:
    """The words of the response that occur."""
    return {*cohort.patients["response"].dropna().unique()} if cohort.recorded("response") else set()


def recorded_of(cohort: Cohort, *columns: str) -> list[str]:
    """Those of the columns that the cohort records."""
    return [column for column in columns if cohort.recorded(column)]


def comparisons(study: Study) -> list[str]:
    """The columns whose groups are compared: the declared comparison, and all arms unless they are its two sides.

    None for a study of one arm.
    """
    declared = ["contrast"] if study.contrast else []
    sides = (study.contrast.treated, study.contrast.control) if study.contrast else ()
    same = len(study.arms) == 2 and [len(side) for side in sides] == [1, 1]
    return declared + ([] if same or len(study.arms) < 2 else ["arm"])


def drawn_by(study: Study) -> str:
    """The column whose groups are drawn: the declared comparison, or the arms where it leaves one of them out."""
    sides = {*study.contrast.treated, *study.contrast.control} if study.contrast else set()
    return "contrast" if sides >= {arm.key for arm in study.arms} else "arm"


def first_recorded(cohort: Cohort, *keys: str) -> str:
    """The first of the endpoints that the cohort records; the last one when it records none."""
    return next((key for key in keys if cohort.endpoint(key).shape[1]), keys[-1])


def baseline_labels(cohort: Cohort) -> dict[str, str]:
    """Column and printed label, with its unit, of every characteristic before time zero that the cohort records.

    First the canonical columns, then the covariates that study.toml declares beside them.
    """
    return _labels(cohort, "baseline")


def described_labels(cohort: Cohort) -> dict[str, str]:
    """As `baseline_labels`, with the product: what was given is described, but no difference between arms."""
    return _labels(cohort, "product", "baseline")


def expected_labels(cohort: Cohort) -> dict[str, str]:
    """As `baseline_labels`, with response and toxicity: every column in which an empty cell is a missing value."""
    return _labels(cohort, "baseline", "outcome")


def _labels(cohort: Cohort, *roles: str) -> dict[str, str]:
    """Labels of the recorded ones among the canonical columns of some roles and the covariates."""
    columns = [column for column in dictionary() if column.role in roles]
    known = {c.name: f"{c.label}, {c.unit}" if c.unit not in ("", "grade") else c.label for c in columns}
    declared = {c.column: c.label for c in cohort.study.covariates if c.column not in known}
    return {name: label for name, label in (known | declared).items() if cohort.recorded(name)}


def course(cohort: Cohort) -> Patients:
    """The patients with the days of what happened to each, and `remission_day`, where it is known who was in remission.

    Where only a recorded endpoint says when the disease came back, the day of relapse is taken from it. In a study of
    patients who are in remission at time zero everybody has been so since day 0, else from the day of response on.
    """
    patients = patients_about(cohort.patients, about_endpoint(cohort.study, "os"))
    if cohort.study.response.at_time_zero:
        patients = patients.assign(in_remission=True, remission_day=0)
    elif cohort.recorded("response"):
        reached = in_remission(patients, cohort.study.response)
        days = patients["response_day"] if cohort.recorded("response_day") else pd.Series(float("nan"), patients.index)
        patients = patients.assign(in_remission=reached, remission_day=days.where(reached))
    if "relapse_day" in patients:
        return patients
    data = cohort.endpoint(first_recorded(cohort, "lfs", "efs"))
    if "cause" not in data:
        return patients
    relapsed = data["time_months"].where(data["cause"] == "relapse") * DAYS_PER_MONTH
    return patients.assign(relapse_day=relapsed.reindex(patients.index))


def exposure_kinds(study: Study) -> dict[str, str]:
    """Short label and day column of every kind of treatment after time zero: "Transplant"; complications are none."""
    given = {column for exposure in study.treatments for column in exposure.columns}
    return {label: column for label, column in exposure_marks(study).items() if column in given}


def exposure_marks(study: Study) -> dict[str, str]:
    """Short label and day column of every kind of exposure, as marks of a patient's course."""
    marks = {}
    for exposure in study.exposures:
        for column in exposure.columns:
            label = short_label(column) if len(exposure.columns) > 1 else exposure.label
            marks[label[:1].upper() + label[1:]] = column
    return marks
