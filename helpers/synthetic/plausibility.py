"""What a reconstructed cohort must look like beyond the published figures to be worth showing."""

import numpy as np
import pandas as pd

from helpers.synthetic.batch_cox import CoxFits, fit_cox, risk_sets

DAYS_IN_YEAR = 365
# One-year survival after a first CAR-T infusion for B-ALL is about 50% in adults (median 12.9 months, Park 2018,
# N Engl J Med 378:449) and 76% in children (Maude 2018, N Engl J Med 378:439). A second infusion after relapse
# should not do better, nor much worse than CD22 CAR-T after CD19 failure (median 13.4 months, Shah 2020,
# J Clin Oncol 38:1938).
OS_AT_ONE_YEAR = (0.35, 0.70)
# In the same series half of the remissions or fewer last a year, and relapses go on in the second year; with 30.5%
# free of leukaemia at two years, one year can neither equal that nor lie far above one half.
LFS_AT_ONE_YEAR = (0.35, 0.65)
# Hazard ratios beyond these are signs of separation in 35 patients, not effects.
HAZARD_RATIOS = (0.1, 10.0)


def is_plausible(patients: pd.DataFrame) -> bool:
    """Whether one-year survival and the hazard ratios not published are within reported ranges.

    ``patients`` has end_day, died, arm, in_cr, relapse_day and the days of consolidation (0 = none).
    """
    remission = patients[patients["in_cr"]]
    relapse, end = remission["relapse_day"].to_numpy(), remission["end_day"].to_numpy()
    overall = at_one_year(patients["end_day"].to_numpy(), patients["died"].to_numpy())
    free = at_one_year(np.where(relapse > 0, relapse, end), relapse > 0)
    return (
        _within(overall, OS_AT_ONE_YEAR)
        and _within(free, LFS_AT_ONE_YEAR)
        and all(_within(ratio, HAZARD_RATIOS) for ratio in _hazard_ratios(patients))
    )


def _within(value: float, bounds: tuple[float, float]) -> bool:
    """Whether the value lies within the bounds (a missing one does not)."""
    return bounds[0] <= value <= bounds[1]


def at_one_year(day: np.ndarray, event: np.ndarray) -> float:
    """Kaplan-Meier survival at one year, for distinct days."""
    order = np.argsort(day, kind="stable")
    happened = event[order] & (day[order] <= DAYS_IN_YEAR)
    return float(np.prod(1 - happened / np.arange(len(day), 0, -1)))


def _hazard_ratios(patients: pd.DataFrame) -> list[float]:
    """Tandem for OS, and consolidation as time-dependent for LFS (NaN, which fails, when separated)."""
    tandem = (patients["arm"] == "tandem").to_numpy(dtype=float)
    crude = fit_cox(risk_sets(patients["end_day"].to_numpy(), patients["died"].to_numpy()), tandem[None, :, None])
    remission = patients[patients["in_cr"]]
    return [float(crude.hazard_ratio[0, 0]), float(time_dependent(remission).hazard_ratio[0, -1])]


def time_dependent(remission: pd.DataFrame) -> CoxFits:
    """Cox fit for LFS with genetics, lymphodepletion and consolidation counted from the day it happens."""
    relapse, end = remission["relapse_day"].to_numpy(), remission["end_day"].to_numpy()
    stop, event = np.where(relapse > 0, relapse, end), relapse > 0
    day = remission[["transplant_day", "dac_consolidation_day"]].to_numpy().max(axis=1)
    fixed = remission[["high_risk_genetics", "dac_fc"]].to_numpy(dtype=float)
    exposed = day > 0
    start = np.concatenate([np.full(len(stop), -1.0), day[exposed]])
    until = np.concatenate([np.where(exposed, day, stop), stop[exposed]])
    happened = np.concatenate([event & ~exposed, event[exposed]])
    rows = np.concatenate([np.c_[fixed, np.zeros(len(stop))], np.c_[fixed[exposed], np.ones(exposed.sum())]])
    return fit_cox(risk_sets(until, happened, start), rows[None])
