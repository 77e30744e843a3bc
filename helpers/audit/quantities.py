"""How far the compatible cohorts agree on each unpublished quantity."""

import numpy as np
import pandas as pd

from helpers.audit.ensemble import BOUNDS, DESCRIBED
from helpers.frames import About, Frame
from helpers.stats.estimates import Estimates, estimates
from helpers.stats.ties import below

SAME = {"survival": 0.03, "median": 1.0}  # cohorts that differ by less agree for every practical purpose
RATIOS = ("hazard_ratio", "odds_ratio")
NEAR = 0.05  # a range that comes so near to a bound, as a share of it, touches it
COMPATIBLE = {name: f"compatible_{name}" for name in ("lowest", "low", "median", "high", "highest", "significant")}
IMPOSED = "significance claimed in the publication and imposed here; size not determined"
READINGS = {True: "determined by what was published", False: "not determined by what was published"}
METHOD = "Range over cohorts that match every published figure"
ABOUT = [*DESCRIBED, "imposed", *BOUNDS, "shown_first"]
COLUMNS = [
    *ABOUT, "cohorts", "estimable", "lowest", "low", "median", "high", "highest", "significant", "favourable",
    "touches", "determined", "reading",
]  # fmt: skip


def ranges(values: pd.DataFrame) -> Frame:
    """One row per unpublished quantity of `ensemble_values`: its range over the `cohorts` and whether they agree.

    `low`, `median`, `high` are the 5th, 50th and 95th percentile of the estimate (of P for a test alone), `lowest` and
    `highest` the extremes. `estimable` is the share of cohorts with an estimate; `significant` the share of those with
    P < 0.05, `favourable` of ratios below 1: no probabilities. `touches`: the range comes within 5% of a bound that the
    generator set. `determined`: all cohorts give the same side of P = 0.05 (and of 1, where below it), or nearly the
    same survival or months; never for an effect whose significance was imposed. `reading` says so in words. Without
    cohorts there are no rows.
    """
    table = Frame([_range(rows) for _, rows in values.groupby("key", sort=False)], columns=COLUMNS)
    table.about = About(label=f"{len(table)} unpublished quantities over compatible cohorts")
    return table


def range_estimates(ranges: pd.DataFrame) -> Estimates:
    """The same ranges as estimates rows, six a quantity; `n` cohorts, `events` those with an estimate.

    The limits are no confidence intervals, so they stand in rows of their own. Without cohorts there are no rows.
    """
    records = []
    for _, row in ranges.iterrows():
        fixed = row[["endpoint", "population", "variable"]].to_dict() | {"group": "All", "term": row["label"]}
        fixed |= {"n": row["cohorts"], "events": round(row["estimable"] * row["cohorts"])}
        fixed |= {"level": row["key"], "analysis": "ensemble", "method": METHOD, "note": row["reading"]}
        known = {name: measure for name, measure in COMPATIBLE.items() if pd.notna(row[name])}
        records += [{**fixed, "measure": measure, "estimate": row[name]} for name, measure in known.items()]
    return estimates(records)


def _range(rows: pd.DataFrame) -> dict:
    """The row of one quantity."""
    known = rows[rows["value"].notna()]
    quantiles = known["value"].quantile([0, 0.05, 0.5, 0.95, 1])
    row = dict(zip(("lowest", "low", "median", "high", "highest"), quantiles, strict=True))
    row |= rows.iloc[0][ABOUT].to_dict() | {"cohorts": len(rows), "estimable": len(known) / len(rows)}
    if known["p"].notna().any():
        row["significant"] = float(known["significant"].mean())
    if row["measure"] in RATIOS:
        row["favourable"] = float(below(known["value"], 1).mean())
    row["touches"] = _touches(row)
    row["determined"] = not row["imposed"] and _determined(row)
    row["reading"] = IMPOSED if row["imposed"] else READINGS[row["determined"]]
    return row


def _touches(row: dict) -> bool:
    """Whether the range ends at a bound of the generator; comparisons with an empty bound are false."""
    low, high = (1 + NEAR) * np.float64(row["bound_low"]), (1 - NEAR) * np.float64(row["bound_high"])
    return bool(row["lowest"] < low or row["highest"] > high)


def _determined(row: dict) -> bool:
    """Whether every cohort leads to the same conclusion."""
    if row["estimable"] < 1:
        return False
    if row["measure"] in SAME:
        return bool(row["highest"] - row["lowest"] <= SAME[row["measure"]])
    one_direction = row["measure"] not in RATIOS or row["favourable"] in (0.0, 1.0)
    return bool(row["significant"] == 0.0 or (row["significant"] == 1.0 and one_direction))
