"""What one reconstructed cohort says about everything that was not published.

Uses the numerical cores of ``helpers.stats`` rather than its tables, for speed; a test holds the two together.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import fisher_exact, norm

from helpers.cohort.outcomes import SEVERE_GRADE
from helpers.stats.models.design import Design
from helpers.stats.models.logistic_regression import logistic_data
from helpers.stats.models.partial_likelihood import fit_cox
from helpers.stats.survival.curves import median_survival, survival_at
from helpers.stats.survival.gray import gray
from helpers.stats.survival.log_rank import logrank
from helpers.study import DAYS_PER_MONTH
from helpers.study.response import COMPLETE

LANDMARK_DAY = 90
BEFORE_ALL = -1.0
# Beyond e6 (a ratio of 400) in two dozen patients an estimate is separation that has not quite run away.
LARGEST_LOG_RATIO = 6.0

Fit = tuple[np.ndarray, np.ndarray]  # log ratios and their standard errors


@dataclass(frozen=True)
class Times:
    """Days and events of one endpoint (event True = happened), with the arm of each patient."""

    day: np.ndarray
    event: np.ndarray
    arm: np.ndarray

    @property
    def frame(self) -> pd.DataFrame:
        """The same as a survival_data frame (all events from one cause)."""
        arm = pd.Categorical(self.arm, ["single", "tandem", "sequential"], ordered=True)
        cause = np.where(self.event, "relapse", "censored")
        months = self.day / DAYS_PER_MONTH
        return pd.DataFrame({"time_months": months, "event": self.event.astype(int), "cause": cause, "arm": arm})

    @property
    def tandem(self) -> np.ndarray:
        """Tandem (1) against the other arms (0), a matrix of one column."""
        return (self.arm == "tandem").astype(float)[:, None]


def summarise(patients: pd.DataFrame) -> dict[str, float]:
    """The unpublished quantities of a cohort by the keys of ensemble_columns.csv; NaN = not estimable.

    An effect has its estimate under the key and its P under key_p.
    """
    in_cr = patients["response"].isin(COMPLETE).to_numpy()
    arm, end = patients["arm"].to_numpy(), patients["last_contact_day"].to_numpy(float)
    relapse = patients["relapse_day"].to_numpy(float, na_value=np.nan)
    overall = Times(end, patients["death_day"].notna().to_numpy(), arm)
    # Nobody in these cohorts dies in remission, so relapse is the only event of LFS.
    lfs = Times(np.fmin(relapse, end)[in_cr], ~np.isnan(relapse[in_cr]), arm[in_cr])
    severe_crs = pd.crosstab(arm == "tandem", patients["crs_grade"] >= SEVERE_GRADE)
    return {
        **_consolidation(patients[in_cr], lfs, Times(end[in_cr], overall.event[in_cr], arm[in_cr])),
        **_effect("tandem_os", cox(overall, overall.tandem)),
        **_effect("tandem_lfs", cox(lfs, lfs.tandem)),
        **_curves("os", overall),
        **_curves("lfs", lfs),
        "os_arms_p": float(logrank(overall.frame, "arm")["p"].iloc[0]),
        "lfs_arms_p": float(logrank(lfs.frame, "arm")["p"].iloc[0]),
        "relapse_arms_p": float(gray(lfs.frame, "arm", "relapse")["p"].iloc[0]),
        "severe_crs_p": float(fisher_exact(severe_crs).pvalue),
        **_response(patients),
    }


def _consolidation(remission: pd.DataFrame, lfs: Times, overall: Times) -> dict[str, float]:
    """Consolidation for LFS and OS, by each way of counting it, with genetics and lymphodepletion."""
    days = remission[["transplant_day", "dac_consolidation_day"]]
    day = days.min(axis=1).to_numpy(float, na_value=np.inf)
    genetics, dac = remission["high_risk_genetics"] == "yes", remission["lymphodepletion"] == "dac_fc"
    others = np.column_stack([genetics, dac]).astype(float)
    ever = np.column_stack([np.isfinite(day), others])
    late = lfs.day > LANDMARK_DAY
    landmark = Times(lfs.day[late], lfs.event[late], lfs.arm[late])
    fixed = cox(lfs, ever)
    return {
        **_effect("genetics_lfs", fixed, 1),
        **_effect("lymphodepletion_lfs", fixed, 2),
        **_effect("consolidation_lfs_fixed", fixed),
        **_effect("consolidation_lfs_time", time_dependent_cox(lfs, day, others)),
        **_effect("consolidation_lfs_landmark", cox(landmark, np.column_stack([day <= LANDMARK_DAY, others])[late])),
        **_effect("consolidation_os_fixed", cox(overall, ever)),
        **_effect("consolidation_os_time", time_dependent_cox(overall, day, others)),
    }


def cox(times: Times, matrix: np.ndarray, start: np.ndarray | None = None) -> Fit:
    """Cox fit of rows at risk in (start, day], without a start from before day 0; NaN when a term has no estimate."""
    none = np.full(matrix.shape[1], np.nan)
    if not times.event.any() or (np.ptp(matrix, axis=0) == 0).any():
        return none, none
    start = np.full(len(times.day), BEFORE_ALL) if start is None else start
    fit = fit_cox(start, times.day, times.event.astype(int), matrix)
    if not fit.converged or np.abs(fit.coefficients).max() > LARGEST_LOG_RATIO:
        return none, none
    return fit.coefficients, fit.errors


def time_dependent_cox(times: Times, day: np.ndarray, others: np.ndarray) -> Fit:
    """The same with a first covariate that is switched on at its day (infinite = never)."""
    exposed = day < times.day
    start = np.concatenate([np.full(len(day), BEFORE_ALL), day[exposed]])
    stop = np.concatenate([np.where(exposed, day, times.day), times.day[exposed]])
    event = np.concatenate([times.event & ~exposed, times.event[exposed]])
    switched = np.concatenate([np.zeros(len(day)), np.ones(exposed.sum())])
    matrix = np.column_stack([switched, np.concatenate([others, others[exposed]])])
    return cox(Times(stop, event, np.concatenate([times.arm, times.arm[exposed]])), matrix, start)


def _effect(key: str, fit: Fit, place: int = 0) -> dict[str, float]:
    """Ratio and Wald P of one term."""
    beta, se = fit[0][place], fit[1][place]
    return {key: float(np.exp(beta)), f"{key}_p": float(2 * norm.sf(abs(beta / se)))}


def _curves(key: str, times: Times) -> dict[str, float]:
    """Survival at one year, the interval at two years, and the median."""
    year, two = survival_at(times.frame, [12, 24]).to_dict("records")
    median = median_survival(times.frame)["estimate"].iloc[0]
    values = {"12": year["estimate"], "24_low": two["ci_low"], "24_high": two["ci_high"], "median": median}
    return {f"{key}_{name}": float(value) for name, value in values.items()}


def _response(patients: pd.DataFrame) -> dict[str, float]:
    """The two other factors of the logistic model for remission, adjusted as published."""
    matrix = pd.DataFrame({
        "tandem": patients["arm"] == "tandem",
        "prior_transplant": patients["prior_transplant"] == "yes",
        "extramedullary": patients["extramedullary_disease"] == "yes",
    }).astype(float)  # fmt: skip
    data = logistic_data(patients["response"].isin(COMPLETE), Design(matrix))
    effects = (data.fit.coefficients[1:] / data.scales, data.fit.errors[1:] / data.scales)
    return {**_effect("prior_transplant_cr", effects, 1), **_effect("extramedullary_cr", effects, 2)}
