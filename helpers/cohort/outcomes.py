"""Yes-or-no outcomes of a cohort, each with its rule for patients without a value."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from helpers.study import Response
from helpers.study.response import COMPLETE, FAILED, PARTIAL

FULL_RECOVERY = {"anc_e9_per_l": 1.0, "platelets_e9_per_l": 100.0}  # the least that a CR has
SEVERE_GRADE = 3


@dataclass(frozen=True)
class OutcomeRow:
    """An outcome: the reader's label, the columns it needs, and its rule, which leaves out whom it is not known of.

    The columns may be "remission" and "mrd_negative", which follow from the response. {0} in a label stands for the
    study's name of the outcome, {1} for its word of the state.
    """

    label: str
    columns: tuple[str, ...]
    rule: Callable[..., pd.Series]


PARTS = {"cr": "cr_with_recovery", "nr": "no_response"}  # outcomes that are not called by the word of the response
OUTCOMES = {
    "cr": OutcomeRow("{0}", ("remission",), lambda remission: remission),
    "mrd_negative_cr": OutcomeRow(
        "MRD-negative {1}", ("remission", "mrd_negative"), lambda remission, negative: remission & negative
    ),
    **{
        PARTS.get(word, word): OutcomeRow(label, ("response",), lambda response, word=word: response == word)
        for word, label in (COMPLETE | PARTIAL | FAILED).items()
    },
    "not_assessed": OutcomeRow(
        "Response not evaluable or not recorded",
        ("response",),
        lambda response: response.isna() | (response == "not_evaluable"),
    ),
    "crs": OutcomeRow("CRS", ("crs_grade",), lambda grade: grade.dropna() >= 1),
    "severe_crs": OutcomeRow("Severe CRS", ("crs_grade",), lambda grade: grade.dropna() >= SEVERE_GRADE),
    "icans": OutcomeRow("ICANS", ("icans_grade",), lambda grade: grade.dropna() >= 1),
    "severe_icans": OutcomeRow("Severe ICANS", ("icans_grade",), lambda grade: grade.dropna() >= SEVERE_GRADE),
    "tocilizumab": OutcomeRow("Tocilizumab", ("tocilizumab",), lambda cells: cells.dropna() == "yes"),
    "corticosteroids": OutcomeRow("Corticosteroids", ("corticosteroids",), lambda cells: cells.dropna() == "yes"),
}


def in_remission(patients: pd.DataFrame, response: Response) -> pd.Series:
    """Whether each patient's best response counts as remission; nobody's where none is recorded."""
    return patients["response"].isin(response.counted) if "response" in patients else pd.Series(False, patients.index)


def outcome_label(name: str, response: Response) -> str:
    """What the reader calls an outcome, in the study's words."""
    return OUTCOMES[name].label.format(response.name, response.noun)


def outcome(patients: pd.DataFrame, name: str, response: Response) -> pd.Series:
    """Whether each patient had the outcome: a boolean Series on the index of `patients`.

    cr: a response that the study counts as remission; mrd_negative_cr: the same without measurable residual disease.
    For both, every patient counts: a patient who was not evaluable, has no response recorded or died early is a
    failure. crs, severe_crs, icans, severe_icans: maximum ASTCT grade 1 or more, 3 or more; a patient without a grade
    is left out (grade 0 is recorded as 0). A cohort that does not record the columns gives an empty Series.
    """
    row = OUTCOMES[name]
    columns = [_cells(patients, column, response) for column in row.columns]
    if any(cells.isna().all() for cells in columns):
        return pd.Series(dtype=bool, name=name)
    return row.rule(*columns).astype(bool).rename(name)


def _cells(patients: pd.DataFrame, column: str, response: Response) -> pd.Series:
    """A column, or one that follows from the response; missing for everybody where it is not recorded."""
    nothing = pd.Series(float("nan"), patients.index)
    responses = patients.get("response", nothing)
    if column == "remission":
        return responses.isin(response.counted) if responses.notna().any() else nothing
    if column == "mrd_negative":
        negative, mrd = responses == "mrd_negative", patients.get("mrd", nothing)
        return negative | (mrd == "negative") if negative.any() or mrd.notna().any() else nothing
    return patients.get(column, nothing)
