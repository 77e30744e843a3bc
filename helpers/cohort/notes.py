"""What an analyst should know about a cohort although it is no fault; each becomes a row of the quality table."""

from __future__ import annotations

import pandas as pd

from helpers.cohort.findings import Findings
from helpers.cohort.outcomes import REMISSION
from helpers.cohort.rules import TOLERANCE
from helpers.study import Study


def note_patients(study: Study, patients: pd.DataFrame, findings: Findings) -> None:
    """Record how many patients each note touches."""
    if "response" in patients:
        missing = patients["response"].isna()
        findings.note("no response recorded; counted as a failure", "response", len(missing), missing.sum())
    if {"response", "response_day"} <= {*patients}:
        remission = patients["response"].isin(REMISSION)
        undated = remission & patients["response_day"].isna()
        name = "remission without a day; left out of endpoints that start at remission"
        findings.note(name, "response_day", remission.sum(), undated.sum())
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
            findings.note(name, endpoint.day_column, len(patients), differs.sum())
