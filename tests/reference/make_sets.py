"""Write the small difficult data sets that R and the tests both read (run by hand; the CSV files are kept)."""

from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parent / "sets"
COLUMNS = ["id", "days", "cause", "arm", "stratum", "exposure_day"]


def tied() -> pd.DataFrame:
    """Sixty patients seen every 30 days only: events, censorings, exposures of all arms fall on the same days."""
    rng = np.random.default_rng(20)
    size = 60
    days = 30 * rng.integers(1, 22, size)
    cause = rng.choice(["censored", "relapse", "death without relapse"], size, p=[0.3, 0.45, 0.25])
    exposure = np.where(rng.random(size) < 0.5, 30 * rng.integers(1, 10, size), np.nan)
    return _frame(days, cause, rng.choice(list("ABC"), size), rng.choice(["x", "y"], size), exposure)


def censored() -> pd.DataFrame:
    """Forty patients, four in five of them censored."""
    rng = np.random.default_rng(21)
    size = 40
    days = rng.integers(20, 900, size)
    cause = rng.choice(["censored", "relapse", "death without relapse"], size, p=[0.8, 0.12, 0.08])
    exposure = np.where(rng.random(size) < 0.4, rng.integers(10, 300, size), np.nan)
    return _frame(days, cause, rng.choice(list("AB"), size), rng.choice(["x", "y"], size), exposure)


def quiet_arm() -> pd.DataFrame:
    """Thirty patients; arm B has no event, arm C a single patient."""
    rng = np.random.default_rng(22)
    size = 30
    arm = np.array(["A"] * 17 + ["B"] * 12 + ["C"])
    cause = rng.choice(["censored", "relapse", "death without relapse"], size, p=[0.3, 0.4, 0.3])
    cause[arm == "B"] = "censored"
    exposure = np.where(rng.random(size) < 0.4, rng.integers(10, 200, size), np.nan)
    return _frame(rng.integers(20, 900, size), cause, arm, rng.choice(["x", "y"], size), exposure)


def half() -> pd.DataFrame:
    """Arms of 2, 4, ... 60 patients without censoring, and one that stays at 50%: survival is 0.5 exactly."""
    rng = np.random.default_rng(23)
    sizes = range(2, 62, 2)
    parts = [pd.DataFrame({"arm": f"n{size:02d}", "days": 10 + rng.permutation(900)[:size]}) for size in sizes]
    frame = pd.concat(parts, ignore_index=True).assign(cause="relapse")
    flat = pd.DataFrame({"arm": "stays", "days": [50, 100, 300, 400], "cause": ["relapse"] * 2 + ["censored"] * 2})
    frame = pd.concat([frame, flat], ignore_index=True)
    return _frame(frame["days"], frame["cause"], frame["arm"], "x", np.nan)


def separated() -> pd.DataFrame:
    """Thirty-two patients for logistic models: everybody with a = 1 has the outcome, b and z are noise."""
    rng = np.random.default_rng(30)
    a = (np.arange(32) < 9).astype(int)
    b, z = rng.integers(0, 2, 32), rng.normal(0, 1, 32).round(2)
    y = np.where(a == 1, 1, (rng.random(32) < 0.45).astype(int))
    return pd.DataFrame({"y": y, "a": a, "b": b, "z": z})


def _frame(days, cause, arm, stratum, exposure) -> pd.DataFrame:
    """Put the columns together."""
    frame = pd.DataFrame({"days": days, "cause": cause, "arm": arm}).assign(stratum=stratum, exposure_day=exposure)
    return frame.assign(id=range(1, len(frame) + 1))[COLUMNS].astype({"exposure_day": "Int64"})


if __name__ == "__main__":
    for make in (tied, censored, quiet_arm, half, separated):
        make().to_csv(FOLDER / f"{make.__name__}.csv", index=False, lineterminator="\n")
