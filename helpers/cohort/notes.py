"""Notes on a cohort's data: what is no fault but should be known, and of how many patients it is true."""

import pandas as pd

from helpers.cohort.findings import Findings
from helpers.cohort.outcomes import FULL_RECOVERY, in_remission
from helpers.cohort.rules import TOLERANCE
from helpers.study import Study

MARROW_RELAPSE_PCT = 5.0  # blasts; fewer, and no leukaemia elsewhere, is morphological remission
NEAR_DAYS = 7  # a sample further from the response says nothing about it


def note_patients(study: Study, patients: pd.DataFrame, findings: Findings) -> None:
    """Record the notes that the table of patients alone decides."""
    _note_responses(study, patients, findings)
    _note_remission_before(study, patients, findings)
    known = patients["relapse_known"] != "no" if "relapse_known" in patients else pd.Series(True, patients.index)
    if not known.all():
        name = "relapse not known; left out of all endpoints but overall survival"
        findings.note(name, "relapse_known", len(known), (~known).sum())
    if {"relapse_day", "death_day"} <= {*patients}:
        both = patients["relapse_day"].notna() & patients["death_day"].notna()
        tied = both & ((patients["relapse_day"] - patients["death_day"]).abs() <= TOLERANCE)
        name = "relapse and death on the same day; counted as relapse"
        findings.note(name, "relapse_day, death_day", both.sum(), tied.sum())
    days = patients.filter(["relapse_day", "death_day", "last_contact_day"])
    for endpoint in study.endpoints.values():
        if endpoint.recorded and "relapse_day" in days:
            differs = (days.min(axis=1) - patients[endpoint.day_column]).abs() > TOLERANCE
            name = f"{endpoint.label} as recorded ends on another day than the first of its events"
            findings.note(name, endpoint.day_column, known.sum(), (differs & known).sum())


def _note_responses(study: Study, patients: pd.DataFrame, findings: Findings) -> None:
    """Patients without a response, and remissions without a day."""
    if "response" in patients:
        missing = patients["response"].isna()
        findings.note("no response recorded; counted as a failure", "response", len(missing), missing.sum())
    if {"response", "response_day"} <= {*patients}:
        remission = in_remission(patients, study.response)
        undated = remission & patients["response_day"].isna()
        noun = study.response.noun
        name = f"{noun} without a day; left out of endpoints that start at {noun}"
        findings.note(name, "response_day", remission.sum(), undated.sum())


def _note_remission_before(study: Study, patients: pd.DataFrame, findings: Findings) -> None:
    """Patients in remission before treatment, of whom a remission afterwards says little."""
    columns = ["bm_blasts_pct", "extramedullary_disease"]
    if not {*columns} <= {*patients} or study.response.at_time_zero:
        return
    known = patients[columns].notna().all(axis=1)
    few = (patients["bm_blasts_pct"] < MARROW_RELAPSE_PCT) & (patients["extramedullary_disease"] == "no")
    name = f"in morphological remission before {study.time_zero}: blasts below 5%, no extramedullary disease"
    findings.note(name, ", ".join(columns), known.sum(), (known & few).sum())


def note_counts(patients: pd.DataFrame, counts: pd.DataFrame, findings: Findings) -> None:
    """Record how many patients have a CR with counts too low for it in the sample nearest the response.

    Asked of those with a sample with both counts within 7 days of the response; of two equally near the earlier.
    """
    columns = [*FULL_RECOVERY]
    if not {"response", "response_day"} <= {*patients} or not {"day", *columns} <= {*counts}:
        return
    days = patients[patients["response"] == "cr"].set_index("patient_id")["response_day"]
    samples = counts.dropna(subset=["day", *columns]).sort_values("day", kind="stable")
    distance = (samples["day"] - samples["patient_id"].map(days)).abs()
    near = distance[distance <= NEAR_DAYS + TOLERANCE].sort_values(kind="stable")
    nearest = samples.loc[near.index].drop_duplicates("patient_id")
    low = (nearest[columns] < pd.Series(FULL_RECOVERY)).any(axis=1)
    name = "CR with counts below CR on the day"
    findings.note(name, ", ".join(["response", *columns]), len(nearest), low.sum())
