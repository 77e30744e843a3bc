"""How far the survival of two groups lies apart at given times."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import chi2

from helpers.frames import about
from helpers.stats.estimates import FEW_AT_RISK, compared, estimates, if_recorded, not_estimable, scope
from helpers.stats.survival.curves import read_survival
from helpers.stats.survival.life_table import life_tables

DIFFERENCE = "Difference of Kaplan-Meier, square-and-add limits, log-log test"


@if_recorded
def survival_difference(data: pd.DataFrame, months: Sequence[float], by: str) -> pd.DataFrame:
    """Return the difference in survival (-1 to 1) at each time, each later category of `by` minus the first, with P.

    With the column of the comparison: treated minus control. The limits add the squares of the distances of each
    group's own limits from its estimate (Zou and Donner 2008, Stat Med 27:1693; Newcombe's way), so they stay within
    -1 to 1. The test compares log(-log) survival at that time alone (Klein and others 2007, Stat Med 26:4505); where a
    group is at 0 or 1 it has no P, and the note says so. Not estimable where a group was not followed so long.
    """
    least = about(data).min_at_risk
    (reference, control), *others = [(label, read_survival(t, months, least)) for label, t in life_tables(data, by)]
    fields = {**scope(data), **compared(data, by), "measure": "survival_difference", "method": DIFFERENCE}
    return estimates(
        fields
        | {"time_months": month, "term": f"{label} minus {reference}", "level": label, "reference": reference}
        | _difference(treated, untreated)
        for label, read in others
        for month, treated, untreated in zip(months, read, control, strict=True)
    )


def latest(differences: pd.DataFrame) -> pd.DataFrame:
    """Return the difference at the latest time with enough patients at risk, one row per endpoint and comparison.

    Where no time has enough, the row of the latest time.
    """
    few = (differences["status"] == FEW_AT_RISK) | differences["estimate"].isna()
    ordered = differences.assign(few=few).sort_values(["few", "time_months"], ascending=[True, False], kind="stable")
    kept = ordered.drop_duplicates(["endpoint", "group", "term"]).index
    return differences.loc[differences.index.isin(kept)]


def _difference(treated: dict, control: dict) -> dict:
    """Return the record of one difference."""
    counts = {name: treated[name] + control[name] for name in ("n", "events")}
    for side in (treated, control):
        if np.isnan(side["estimate"]):
            return {**not_estimable("", **counts), "note": side["note"]}
    low = np.hypot(treated["estimate"] - treated["ci_low"], control["ci_high"] - control["estimate"])
    high = np.hypot(treated["ci_high"] - treated["estimate"], control["estimate"] - control["ci_low"])
    size = treated["estimate"] - control["estimate"]
    few = FEW_AT_RISK in (treated["status"], control["status"])
    record = {**counts, "estimate": size, "ci_low": size - low, "ci_high": size + high}
    return {**record, "status": FEW_AT_RISK if few else "", **_test(treated, control)}


def _test(treated: dict, control: dict) -> dict:
    """Return chi-square and P of two values on the log(-log) scale, by the delta method; none at 0 and 1."""
    survival, errors = (np.array([treated[name], control[name]]) for name in ("estimate", "std_error"))
    if np.isnan(errors).any():
        return {"note": "no test: in a group nobody or everybody had the event by this time"}
    log = np.log(survival)
    statistic = float(np.diff(np.log(-log))[0] ** 2 / ((errors / (survival * log)) ** 2).sum())
    return {"statistic": statistic, "df": 1, "p": float(chi2.sf(statistic, 1))}
