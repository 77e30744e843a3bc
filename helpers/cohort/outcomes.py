"""Yes-or-no outcomes of a cohort, each with its rule for patients without a value."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

REMISSION = ("cr", "crh", "cri")  # best responses that count as remission, by the recovery of the counts
FULL_RECOVERY = {"anc_e9_per_l": 1.0, "platelets_e9_per_l": 100.0}  # the least that a CR has
SEVERE_GRADE = 3


@dataclass(frozen=True)
class OutcomeRow:
    """An outcome: the reader's label, the columns it needs, and its rule, which leaves out whom it is not known of."""

    label: str
    columns: tuple[str, ...]
    rule: Callable[..., pd.Series]


OUTCOMES = {
    "cr": OutcomeRow("Complete remission", ("response",), lambda response: response.isin(REMISSION)),
    "mrd_negative_cr": OutcomeRow(
        "MRD-negative remission",
        ("response", "mrd"),
        lambda response, mrd: response.isin(REMISSION) & (mrd == "negative"),
    ),
    "cr_with_recovery": OutcomeRow("CR", ("response",), lambda response: response == "cr"),
    "crh": OutcomeRow("CRh", ("response",), lambda response: response == "crh"),
    "cri": OutcomeRow("CRi", ("response",), lambda response: response == "cri"),
    "no_response": OutcomeRow("No response", ("response",), lambda response: response == "nr"),
    "not_assessed": OutcomeRow(
        "Response not evaluable or not recorded", ("response",), lambda response: ~response.isin((*REMISSION, "nr"))
    ),
    "crs": OutcomeRow("CRS", ("crs_grade",), lambda grade: grade.dropna() >= 1),
    "severe_crs": OutcomeRow("Severe CRS", ("crs_grade",), lambda grade: grade.dropna() >= SEVERE_GRADE),
    "icans": OutcomeRow("ICANS", ("icans_grade",), lambda grade: grade.dropna() >= 1),
    "severe_icans": OutcomeRow("Severe ICANS", ("icans_grade",), lambda grade: grade.dropna() >= SEVERE_GRADE),
    "tocilizumab": OutcomeRow("Tocilizumab", ("tocilizumab",), lambda cells: cells.dropna() == "yes"),
    "corticosteroids": OutcomeRow("Corticosteroids", ("corticosteroids",), lambda cells: cells.dropna() == "yes"),
}
# Rows of the response table; the last five divide all patients among them.
RESPONSE_ROWS = {
    "cr": "Complete remission (CR, CRh or CRi)",
    "mrd_negative_cr": "MRD-negative complete remission",
    "cr_with_recovery": "CR",
    "crh": "CRh",
    "cri": "CRi",
    "no_response": "No response",
    "not_assessed": "Not evaluable or not recorded",
}
RESPONSE_PARTS = ("cr_with_recovery", "crh", "cri", "no_response", "not_assessed")


def outcome(patients: pd.DataFrame, name: str) -> pd.Series:
    """Whether each patient had the outcome: a boolean Series on the index of `patients`.

    cr: CR, CRh or CRi; mrd_negative_cr: the same without measurable residual disease. For both, every patient
    counts: a patient who was not evaluable, has no response recorded or died early is a failure.
    crs, severe_crs, icans, severe_icans: maximum ASTCT grade 1 or more, 3 or more; a patient without a grade is left
    out (grade 0 is recorded as 0). A cohort that does not record the columns gives an empty Series.
    """
    row = OUTCOMES[name]
    if any(column not in patients or patients[column].isna().all() for column in row.columns):
        return pd.Series(dtype=bool, name=name)
    return row.rule(*(patients[column] for column in row.columns)).astype(bool).rename(name)
