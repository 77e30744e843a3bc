"""Counts that only the published study asks for, as rows of the estimates table."""

import pandas as pd

from helpers.cohort.dictionary import dictionary
from helpers.cohort.outcomes import RESPONSES
from helpers.stats.estimates import estimates
from helpers.study import Study

PERIOD = "Calendar months of the first and the last infusion"


def accrual(patients: pd.DataFrame) -> pd.DataFrame:
    """One row: how many patients have an infusion date, and the months of the first and last one in the note.

    Empty when the cohort records no infusion date (a released report carries none).
    """
    dates = (
        pd.to_datetime(patients["infusion_date"]).dropna() if "infusion_date" in patients else pd.Series(dtype=float)
    )
    if dates.empty:
        return estimates([])
    period = f"{dates.min().strftime('%B %Y')} to {dates.max().strftime('%B %Y')}"
    fields = {"endpoint": "accrual", "population": "all patients", "group": "All", "measure": "count"}
    return estimates([fields | {"estimate": len(dates), "n": len(patients), "method": PERIOD, "note": period}])


def exposure_counts(patients: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Patients in remission with each kind of exposure, one row per day column that declares it.

    term reads "Consolidation: transplant"; n is the number in remission. Empty when the cohort records no
    response or none of the columns.
    """
    if "response" not in patients:
        return estimates([])
    remission = patients[patients["response"].isin(RESPONSES)]
    columns = [(exposure, column) for exposure in study.exposures for column in exposure.columns if column in patients]
    fields = {"endpoint": "cohort", "population": "patients in CR", "group": "All", "measure": "count"}
    fields |= {"n": len(remission), "method": "Count"}
    return estimates(
        fields | {"term": exposure_term(exposure.label, column), "estimate": int(remission[column].notna().sum())}
        for exposure, column in columns
    )


def exposure_term(label: str, column: str) -> str:
    """The term of one kind of exposure: its label and what the column's day is the day of."""
    names = {item.name: item.label for item in dictionary()}
    kind = names.get(column, column).removeprefix("Day of ").removeprefix("First day of ")
    return f"{label}: {kind}"
