"""How far the compatible cohorts agree on each unpublished quantity."""

from collections.abc import Mapping

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
NEEDED = [*ABOUT, "value", "p", "significant"]
COLUMNS = [
    *ABOUT, "cohorts", "estimable", "lowest", "low", "median", "high", "highest", "significant", "favourable",
    "touched", "determined", "reading",
]  # fmt: skip


def ranges(values: pd.DataFrame) -> Frame:
    """One row per unpublished quantity of `ensemble_values`: its range over the `cohorts` and whether they agree.

    `low`, `median`, `high` are the 5th, 50th and 95th percentile of the estimate (of P for a test alone), `lowest` and
    `highest` the extremes. `estimable` is the share of cohorts with an estimate; `significant` the share of those with
    P < 0.05, `favourable` of ratios below 1: no probabilities. `touched` names the bounds of the generator to which the
    range comes within 5%: "", "10", "0.1 and 10". `determined`: all cohorts give the same side of P = 0.05 (and of 1,
    where below it), or nearly the same survival or months; never for an effect whose significance was imposed.
    `reading` says so in words. Without cohorts there are no rows.
    """
    keys, columns = pd.factorize(values["key"])[0], {name: values[name].to_numpy() for name in NEEDED}
    groups = [np.flatnonzero(keys == key) for key in range(keys.max(initial=-1) + 1)]
    parts = [{name: column[rows] for name, column in columns.items()} for rows in groups]
    table = Frame([_range(part) for part in parts], columns=COLUMNS)
    table.about = About(label=f"{len(table)} unpublished quantities over compatible cohorts")
    return table


def range_estimates(ranges: pd.DataFrame) -> Estimates:
    """The same ranges as estimates rows, six a quantity; `n` cohorts, `events` those with an estimate.

    The limits are no confidence intervals, so they stand in rows of their own. Without cohorts there are no rows.
    """
    records = []
    for _, row in ranges.iterrows():
        fixed = row[["endpoint", "endpoint_label", "population", "variable", "variable_label"]].to_dict()
        fixed |= {"group": "All", "term": row["label"], "level": row["way"]}
        fixed |= {"n": row["cohorts"], "events": round(row["estimable"] * row["cohorts"])}
        fixed |= {"analysis": "ensemble", "method": METHOD, "note": row["reading"]}
        known = {name: measure for name, measure in COMPATIBLE.items() if pd.notna(row[name])}
        records += [{**fixed, "measure": measure, "estimate": row[name]} for name, measure in known.items()]
    return estimates(records)


def _range(rows: Mapping[str, np.ndarray]) -> dict:
    """The row of one quantity, from its columns."""
    known = pd.notna(rows["value"])
    values, significant = (rows[name][known].astype(float) for name in ("value", "significant"))
    quantiles = np.quantile(values, [0, 0.05, 0.5, 0.95, 1]) if known.any() else [np.nan] * 5
    row = dict(zip(("lowest", "low", "median", "high", "highest"), quantiles, strict=True))
    row |= {name: rows[name][0] for name in ABOUT} | {"cohorts": len(known), "estimable": known.mean()}
    if pd.notna(rows["p"][known]).any():
        row["significant"] = float(significant.mean())
    if row["measure"] in RATIOS:
        row["favourable"] = float(below(values, 1).mean()) if known.any() else np.nan
    row["touched"] = " and ".join(_touched(row))
    row["determined"] = not row["imposed"] and _determined(row)
    row["reading"] = IMPOSED if row["imposed"] else READINGS[row["determined"]]
    return row


def _touched(row: dict) -> list[str]:
    """The bounds of the generator at which the range ends; comparisons with an empty bound are false."""
    low, high = row["bound_low"], row["bound_high"]
    ends = ((low, row["lowest"] < (1 + NEAR) * low), (high, row["highest"] > (1 - NEAR) * high))
    return [f"{100 * bound:g}%" if row["measure"] == "survival" else f"{bound:g}" for bound, touched in ends if touched]


def _determined(row: dict) -> bool:
    """Whether every cohort leads to the same conclusion."""
    if row["estimable"] < 1:
        return False
    if row["measure"] in SAME:
        return bool(row["highest"] - row["lowest"] <= SAME[row["measure"]])
    one_direction = row["measure"] not in RATIOS or row["favourable"] in (0.0, 1.0)
    return bool(row["significant"] == 0.0 or (row["significant"] == 1.0 and one_direction))
