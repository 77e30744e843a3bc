"""The data sets of tests/reference/survival.R as the functions take them, and what R said about each."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.cohort import load_cohort
from helpers.stats.exposure import exposure_months
from helpers.study import DAYS_PER_MONTH, PROJECT_ROOT, Exposure

REFERENCE = Path(__file__).parents[1] / "reference"
HORIZONS = (6, 12, 24)
SMALL = ("tied", "censored", "quiet_arm")
KLEIN = ("klein_lfs", "klein_os")
SECOND_CART = ("second_cart_os", "second_cart_lfs")
SETS = (*SMALL, *KLEIN, *SECOND_CART)
COMPETING = (*SMALL, "klein_lfs")


@cache
def r_values(name: str) -> dict:
    """Return what R computed on one data set."""
    return json.loads((REFERENCE / "survival.json").read_text(encoding="utf-8"))[name]


def r_set(name: str) -> pd.DataFrame:
    """Return one data set in the shape of survival_data, with arm, stratum and exposure in months."""
    if name in SECOND_CART:
        return _second_cart(name)
    frame = _klein(name) if name in KLEIN else pd.read_csv(REFERENCE / "sets" / f"{name}.csv")
    arms = pd.Categorical(frame["arm"], categories=sorted(frame["arm"].unique()), ordered=True)
    days = frame[["days", "exposure_day"]].astype(float)
    return frame.assign(
        arm=arms,
        time_months=days["days"] / DAYS_PER_MONTH,
        event=(frame["cause"] != "censored").astype(int),
        exposure=days["exposure_day"] / DAYS_PER_MONTH,
    )


def _klein(name: str) -> pd.DataFrame:
    """Read the transplant patients as survival.R does."""
    raw = pd.read_csv(PROJECT_ROOT / "data" / "klein_bmt" / "patients.csv")
    died, relapsed = raw["d1"] == 1, raw["d2"] == 1
    lfs = np.select([relapsed, died], ["relapse", "death without relapse"], "censored")
    ours = name == "klein_lfs"
    return pd.DataFrame(
        {
            "days": raw["t2"] if ours else raw["t1"],
            "cause": lfs if ours else np.where(died, "death", "censored"),
            "arm": "group " + raw["group"].astype(str),
            "stratum": raw["z9"],
            "exposure_day": raw["tc"].where(raw["dc"] == 1),
        }
    )


@cache
def _second_cart(name: str) -> pd.DataFrame:
    """Read the synthetic study through the cohort's own endpoints; R derives them on its own."""
    cohort = load_cohort(PROJECT_ROOT / "data" / "second_cart")
    data = cohort.endpoint(name.removeprefix("second_cart_"))
    keys = {arm.label: arm.key for arm in cohort.study.arms}
    arms = pd.Categorical(data["arm"].map(keys), categories=sorted(keys.values()), ordered=True)
    consolidation = Exposure("consolidation", "Consolidation", ("transplant_day", "dac_consolidation_day"))
    exposure = exposure_months(data, consolidation)
    return data.assign(arm=arms, stratum=data["high_risk_genetics"], exposure=exposure)


def numbers(values: list) -> np.ndarray:
    """Return R's numbers with NA as NaN."""
    return np.array(
        [np.nan if value is None else value for value in np.atleast_1d(np.array(values, dtype=object))], float
    )
