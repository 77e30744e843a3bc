"""An independent recomputation of every published figure from a cohort folder.

Shares no code with the generator (nor with ``helpers.stats``): it reads the files and uses lifelines,
statsmodels and scipy directly, or counts. A cohort passes when every row of the result is ok.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
from lifelines import CoxPHFitter, KaplanMeierFitter
from scipy.stats import fisher_exact
from statsmodels.duration.survfunc import CumIncidenceRight

from tests.synthetic.clinical_rules import broken_rules

MONTH = 30.4375
# Nothing happens between these days, so every convention for "24 months" must give the same figures.
TWO_YEARS_IN_DAYS = [715, 720, 730, 730.5, 731, 744, 745]
Row = tuple[str, str, str]


def read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """The tables of a cohort folder."""
    names = ("patients", "adverse_events", "blood_counts")
    return {name: pd.read_csv(folder / f"{name}.csv", dtype={"patient_id": str}) for name in names}


def check_cohort(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row per published figure and clinical rule: quantity, published, recomputed, ok.

    Figures are compared as printed, so 0.237 and 0.2368 are both "23.7%".
    """
    patients = tables["patients"].assign(in_cr=tables["patients"]["response"].isin(["cr", "crh", "cri"]))
    remission = patients[patients["in_cr"]]
    rows = [*_recruitment(patients), *_remission(patients), *_logistic(patients), *_course(patients, remission)]
    rows += [*_follow_up(patients), *_two_years(patients, remission), *_cox(remission)]
    rows += [(f"rule: {rule}", "0 rows", f"{count} rows") for rule, count in broken_rules(tables).items()]
    frame = pd.DataFrame(rows, columns=["quantity", "published", "recomputed"])
    return frame.assign(ok=frame["published"] == frame["recomputed"])


def _recruitment(patients: pd.DataFrame) -> list[Row]:
    arm, dates = patients["arm"], pd.to_datetime(patients["infusion_date"])
    return [
        ("patients", "35", str(len(patients))),
        ("patients, single", "18", str((arm == "single").sum())),
        ("patients, tandem", "14", str((arm == "tandem").sum())),
        ("patients, sequential", "3", str((arm == "sequential").sum())),
        ("first infusion", "August 2018", dates.min().strftime("%B %Y")),
        ("last infusion", "October 2022", dates.max().strftime("%B %Y")),
    ]


def _remission(patients: pd.DataFrame) -> list[Row]:
    """Remissions by arm, and the tests of tandem against the others that print the published P."""
    rows = []
    for arm, text in (("single", "10/18 (55.6%)"), ("tandem", "12/14 (85.7%)"), ("sequential", "1/3 (33.3%)")):
        in_cr = patients.loc[patients["arm"] == arm, "in_cr"]
        rows.append((f"CR, {arm}", text, f"{in_cr.sum()}/{len(in_cr)} ({100 * in_cr.mean():.1f}%)"))
    table = pd.crosstab(patients["arm"] == "tandem", patients["in_cr"])
    table = table.reindex(index=[True, False], columns=[True, False], fill_value=0)
    one_sided = fisher_exact(table, alternative="greater").pvalue
    return [*rows, ("CR, tandem vs the others, one-sided Fisher P", "0.045", f"{one_sided:.3f}")]


def _logistic(patients: pd.DataFrame) -> list[Row]:
    """Wald odds ratio of NOT reaching CR with tandem, adjusted for the two binary covariates."""
    terms = pd.DataFrame({
        "tandem": patients["arm"] == "tandem",
        "transplant": patients["prior_transplant"] == "yes",
        "extramedullary": patients["extramedullary_disease"] == "yes",
    }).astype(float)  # fmt: skip
    try:
        fit = sm.Logit((~patients["in_cr"]).astype(float), sm.add_constant(terms)).fit(disp=0)
        low, high = np.exp(fit.conf_int().loc["tandem"])
        text = f"{np.exp(fit.params['tandem']):.3f} ({low:.3f}-{high:.3f})"
    except (np.linalg.LinAlgError, ValueError):
        text = "not estimable"
    return [("no CR, tandem, adjusted Wald odds ratio", "0.128 (0.017-0.974)", text)]


def _course(patients: pd.DataFrame, remission: pd.DataFrame) -> list[Row]:
    severe = patients[patients["crs_grade"] >= 3]
    transplanted, treated = remission["transplant_day"].notna(), remission["dac_consolidation_day"].notna()
    return [
        ("severe CRS", "5", str(len(severe))),
        ("severe CRS, single", "2", str((severe["arm"] == "single").sum())),
        ("severe CRS, tandem", "2", str((severe["arm"] == "tandem").sum())),
        ("severe CRS, sequential", "1", str((severe["arm"] == "sequential").sum())),
        ("severe CRS, single CD22", "0", str((severe["car_target"] == "cd22").sum())),
        ("allo-HSCT in CR", "4 of 23", f"{transplanted.sum()} of {len(remission)}"),
        ("DAC consolidation in CR", "3 of 23", f"{treated.sum()} of {len(remission)}"),
        ("both kinds of consolidation", "0", str((transplanted & treated).sum())),
    ]


def _follow_up(patients: pd.DataFrame) -> list[Row]:
    months = patients["last_contact_day"] / MONTH
    reverse = KaplanMeierFitter().fit(months, patients["death_day"].isna())
    return [
        ("follow-up, reverse Kaplan-Meier median", "25.5", f"{reverse.median_survival_time_:.1f}"),
        ("follow-up, shortest", "1.1", f"{months.min():.1f}"),
        ("follow-up, longest", "33.5", f"{months.max():.1f}"),
    ]


def _two_years(patients: pd.DataFrame, remission: pd.DataFrame) -> list[Row]:
    """OS, LFS and Aalen-Johansen incidence of relapse at 24 months, by every convention for a month's length."""
    ended = remission["relapse_day"].fillna(remission["last_contact_day"])
    relapsed = remission["relapse_day"].notna()
    died = ~relapsed & remission["death_day"].notna()
    overall = KaplanMeierFitter().fit(patients["last_contact_day"], patients["death_day"].notna())
    free = KaplanMeierFitter().fit(ended, relapsed | died)
    incidence = CumIncidenceRight(ended, np.where(relapsed, 1, np.where(died, 2, 0)))
    relapse = incidence.cinc[0][np.searchsorted(incidence.times, TWO_YEARS_IN_DAYS, side="right") - 1]
    return [
        ("OS at 24 months", "23.7%", _one(overall.survival_function_at_times(TWO_YEARS_IN_DAYS))),
        ("LFS at 24 months", "30.5%", _one(free.survival_function_at_times(TWO_YEARS_IN_DAYS))),
        ("incidence of relapse at 24 months", "69.5%", _one(relapse)),
        ("deaths in remission before 24 months", "0", str((died & (ended <= TWO_YEARS_IN_DAYS[-1])).sum())),
    ]


def _one(values: Iterable[float]) -> str:
    """The percentage if all conventions print the same one, else all of them."""
    return " or ".join(sorted({f"{100 * value:.1f}%" for value in values}))


def _cox(remission: pd.DataFrame) -> list[Row]:
    """The three factors of the published Cox model for LFS, consolidation as ever/never."""
    data = pd.DataFrame({
        "high-risk genetics": remission["high_risk_genetics"] == "yes",
        "DAC-FC lymphodepletion": remission["lymphodepletion"] == "dac_fc",
        "consolidation": remission[["transplant_day", "dac_consolidation_day"]].notna().any(axis=1),
        "time": remission["relapse_day"].fillna(remission["last_contact_day"]),
        "event": remission["relapse_day"].notna() | remission["death_day"].notna(),
    }).astype(float)  # fmt: skip
    fit = CoxPHFitter().fit(data, "time", "event").summary
    expected = {"high-risk genetics": "worse", "DAC-FC lymphodepletion": "better", "consolidation": "better"}
    rows = []
    for term, published in expected.items():
        direction = "worse" if fit.loc[term, "coef"] > 0 else "better"
        sign = "P<0.05" if fit.loc[term, "p"] < 0.05 else "P>=0.05"
        rows.append((f"LFS, multivariable Cox, {term}", f"{published}, P<0.05", f"{direction}, {sign}"))
    return rows
