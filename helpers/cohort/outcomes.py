"""Yes-or-no outcomes of a cohort, each with its rule for patients without a value."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

REMISSION = ("cr", "cri")  # best responses that count as remission
SEVERE_GRADE = 3


def _at_least(column: str, grade: int) -> Callable[[pd.DataFrame], pd.Series]:
    """Patients whose grade is known, and whether it reaches `grade`."""
    return lambda patients: patients[column].dropna() >= grade


def _remission(patients: pd.DataFrame) -> pd.Series:
    return patients["response"].isin(REMISSION)


def _mrd_negative_remission(patients: pd.DataFrame) -> pd.Series:
    return _remission(patients) & (patients["mrd"] == "negative")


def _response_is(*words: str) -> Callable[[pd.DataFrame], pd.Series]:
    """Patients with one of these responses."""
    return lambda patients: patients["response"].isin(words)


def _not_assessed(patients: pd.DataFrame) -> pd.Series:
    return ~patients["response"].isin((*REMISSION, "nr"))


def _given(column: str) -> Callable[[pd.DataFrame], pd.Series]:
    """Patients of whom it is known, and whether it was given."""
    return lambda patients: patients[column].dropna() == "yes"


@dataclass(frozen=True)
class OutcomeRow:
    """An outcome: the reader's label, the columns it needs, and the rule."""

    label: str
    columns: tuple[str, ...]
    rule: Callable[[pd.DataFrame], pd.Series]


OUTCOMES = {
    "cr": OutcomeRow("Complete remission", ("response",), _remission),
    "mrd_negative_cr": OutcomeRow("MRD-negative remission", ("response", "mrd"), _mrd_negative_remission),
    "cr_with_recovery": OutcomeRow("CR", ("response",), _response_is("cr")),
    "cri": OutcomeRow("CRi", ("response",), _response_is("cri")),
    "no_response": OutcomeRow("No response", ("response",), _response_is("nr")),
    "not_assessed": OutcomeRow("Response not evaluable or not recorded", ("response",), _not_assessed),
    "crs": OutcomeRow("CRS", ("crs_grade",), _at_least("crs_grade", 1)),
    "severe_crs": OutcomeRow("Severe CRS", ("crs_grade",), _at_least("crs_grade", SEVERE_GRADE)),
    "icans": OutcomeRow("ICANS", ("icans_grade",), _at_least("icans_grade", 1)),
    "severe_icans": OutcomeRow("Severe ICANS", ("icans_grade",), _at_least("icans_grade", SEVERE_GRADE)),
    "tocilizumab": OutcomeRow("Tocilizumab", ("tocilizumab",), _given("tocilizumab")),
    "corticosteroids": OutcomeRow("Corticosteroids", ("corticosteroids",), _given("corticosteroids")),
}
# Rows of the response table; the last four divide all patients among them.
RESPONSE_ROWS = {
    "cr": "CR or CRi",
    "mrd_negative_cr": "CR or CRi, MRD negative",
    "cr_with_recovery": "CR",
    "cri": "CRi",
    "no_response": "No response",
    "not_assessed": "Not evaluable or not recorded",
}
MEDICATION_ROWS = {"tocilizumab": "Tocilizumab", "corticosteroids": "Corticosteroids"}
RESPONSE_PARTS = ("cr_with_recovery", "cri", "no_response", "not_assessed")


def outcome(patients: pd.DataFrame, name: str) -> pd.Series:
    """Whether each patient had the outcome: a boolean Series on the index of `patients`.

    cr: CR or CRi; mrd_negative_cr: CR or CRi without measurable residual disease. For both, everybody infused
    counts: a patient who was not evaluable, has no response recorded or died early is a failure.
    crs, severe_crs, icans, severe_icans: maximum ASTCT grade 1 or more, 3 or more; a patient without a grade is left
    out (grade 0 is recorded as 0). A cohort that does not record the columns gives an empty Series.
    """
    row = OUTCOMES[name]
    if any(column not in patients or patients[column].isna().all() for column in row.columns):
        return pd.Series(dtype=bool, name=name)
    return row.rule(patients).astype(bool).rename(name)
