"""The data sets of tests/reference/models.R as the functions take them, and what R said about them."""

import json
from functools import cache

import numpy as np
import pandas as pd
from survival_reference import REFERENCE, r_set

from helpers.stats.models.design import Design, design_matrix
from helpers.study import DAYS_PER_MONTH, PROJECT_ROOT, Covariate

BOTH = ("response", "survival")
WORDS = {"endpoint": "lfs", "population": "all patients"}
KLEIN_TERMS = [
    Covariate("group", "Group", "categorical", "ALL", BOTH, ""),
    Covariate("male", "Male", "binary", "no", BOTH, ""),
    Covariate("age", "Age", "continuous", "", BOTH, "10 years"),
    Covariate("mtx", "MTX", "binary", "no", BOTH, ""),
]


@cache
def r_models() -> dict:
    """Return everything models.R computed."""
    return json.loads((REFERENCE / "models.json").read_text(encoding="utf-8"))


def klein_patients() -> pd.DataFrame:
    """Return the 137 transplant patients with words for codes."""
    raw = pd.read_csv(PROJECT_ROOT / "data" / "klein_bmt" / "patients.csv")
    words = raw["group"].map({1: "ALL", 2: "low", 3: "high"})
    yes = {0: "no", 1: "yes"}
    return pd.DataFrame(
        {
            "group": pd.Categorical(words, ["ALL", "low", "high"], ordered=True),
            "male": raw["z3"].map(yes),
            "age": raw["z1"],
            "mtx": raw["z10"].map(yes),
            "hospital": raw["z9"].astype(str),
            "relapsed": raw["d2"] == 1,
        }
    )


def klein_design() -> Design:
    """Return the design that models.R uses: group (two terms), male, age per 10 years, MTX."""
    return design_matrix(klein_patients(), KLEIN_TERMS)


def small_set(name: str) -> tuple[pd.DataFrame, Design]:
    """Return one of the small sets with the design arm (an indicator per arm but A) and stratum y."""
    if name == "klein":
        return r_set("klein_lfs"), klein_design()
    if name == "second_cart":
        return _second_cart()
    data = r_set(name)
    arm = Covariate("arm", "Arm", "categorical", "A", BOTH, "")
    stratum = Covariate("stratum", "Stratum", "binary", "x", BOTH, "")
    return data, design_matrix(data, [arm, stratum])


def _second_cart() -> tuple[pd.DataFrame, Design]:
    """Return the patients in remission of the synthetic cohort as models.R reads them."""
    raw = pd.read_csv(PROJECT_ROOT / "data" / "second_cart" / "patients.csv")
    raw = raw[raw["response"].isin(["cr", "crh", "cri"])].reset_index(drop=True)
    days = raw[["relapse_day", "death_day", "last_contact_day"]].min(axis=1)
    cause = np.select(
        [raw["relapse_day"].notna(), raw["death_day"].notna()], ["relapse", "death without relapse"], "censored"
    )
    data = pd.DataFrame(
        {"time_months": days / DAYS_PER_MONTH, "cause": cause, "event": (cause != "censored").astype(int)}
    )
    words = raw.assign(arm=np.where(raw["arm"] == "tandem", "tandem", "others"))
    terms = [
        Covariate("arm", "Arm", "binary", "others", BOTH, ""),
        Covariate("high_risk_genetics", "High-risk genetics", "binary", "no", BOTH, ""),
        Covariate("lymphodepletion", "Lymphodepletion", "binary", "fc", BOTH, ""),
    ]
    return data, design_matrix(words, terms)


def table_data(treated_yes: int, treated_no: int, control_yes: int, control_no: int) -> pd.DataFrame:
    """Return the event and the side of the comparison of each patient of a 2x2 table."""
    sizes = [treated_yes, treated_no, control_yes, control_no]
    sides = np.repeat(["tandem", "tandem", "others", "others"], sizes)
    sides = pd.Categorical(sides, ["others", "tandem"], ordered=True)
    return pd.DataFrame({"event": np.repeat([1, 0, 1, 0], sizes), "contrast": sides})


def logs(frame: pd.DataFrame) -> np.ndarray:
    """Return the log ratios of estimate rows."""
    return np.log(frame["estimate"].to_numpy())


def errors(frame: pd.DataFrame) -> np.ndarray:
    """Return the standard errors behind Wald limits."""
    return np.log(frame["ci_high"] / frame["ci_low"]).to_numpy() / (2 * 1.959963984540054)
