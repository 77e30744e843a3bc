"""What a reconstructed cohort must look like beyond the published figures to be worth showing."""

import numpy as np
import pandas as pd

from helpers.synthetic.placement import HAZARD_RATIOS
from helpers.synthetic.summary import Times, cox, time_dependent_cox

DAYS_IN_YEAR = 365
# One-year survival after a first CAR-T infusion for B-ALL is about 50% in adults (median 12.9 months, Park 2018,
# N Engl J Med 378:449) and 76% in children (Maude 2018, N Engl J Med 378:439). A second infusion after relapse
# should not do better, nor much worse than CD22 CAR-T after CD19 failure (median 13.4 months, Shah 2020,
# J Clin Oncol 38:1938).
OS_AT_ONE_YEAR = (0.35, 0.70)
# In the same series half of the remissions or fewer last a year, and relapses go on in the second year; with 30.5%
# free of leukaemia at two years, one year can neither equal that nor lie far above one half.
LFS_AT_ONE_YEAR = (0.35, 0.65)


def is_plausible(patients: pd.DataFrame) -> bool:
    """Whether one-year survival and two hazard ratios not published are within reported ranges.

    The ratios are that of tandem for OS and of time-dependent consolidation for LFS; a separated one fails.
    ``patients`` has end_day, died, arm, in_cr, relapse_day and the days of consolidation (0 = none).
    """
    remission = patients[patients["in_cr"]]
    relapse, end = remission["relapse_day"].to_numpy(), remission["end_day"].to_numpy()
    overall = Times(patients["end_day"].to_numpy(), patients["died"].to_numpy(), patients["arm"].to_numpy())
    lfs = Times(np.where(relapse > 0, relapse, end), relapse > 0, remission["arm"].to_numpy())
    day = remission[["transplant_day", "dac_consolidation_day"]].to_numpy().max(axis=1)
    others = remission[["high_risk_genetics", "dac_fc"]].to_numpy(dtype=float)
    tandem, _ = cox(overall, overall.tandem)
    consolidation, _ = time_dependent_cox(lfs, np.where(day > 0, day, np.inf), others)
    checks = (
        (_at_one_year(overall), OS_AT_ONE_YEAR),
        (_at_one_year(lfs), LFS_AT_ONE_YEAR),
        (np.exp(tandem[0]), HAZARD_RATIOS),
        (np.exp(consolidation[0]), HAZARD_RATIOS),
    )
    return all(low <= value <= high for value, (low, high) in checks)


def _at_one_year(times: Times) -> float:
    """Kaplan-Meier survival at one year, for distinct days."""
    order = np.argsort(times.day, kind="stable")
    happened = times.event[order] & (times.day[order] <= DAYS_IN_YEAR)
    return float(np.prod(1 - happened / np.arange(len(happened), 0, -1)))
