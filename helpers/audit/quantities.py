"""The unpublished quantities of the ensemble: what each column means, and how far the cohorts agree on it."""

from dataclasses import dataclass

import pandas as pd

from helpers.frames import About, Frame
from helpers.stats.estimates import estimates
from helpers.stats.levels import ALPHA
from helpers.stats.ties import below
from helpers.study import POPULATION_LABELS

SAME = {"proportion": 0.03, "months": 1.0}  # cohorts that differ by less agree for every practical purpose
COMPATIBLE = {name: f"compatible_{name}" for name in ("lowest", "low", "median", "high", "highest", "significant")}
LATER = "consolidation"  # read in patients in remission, who alone can have it
IMPOSED = "significance claimed in the publication and imposed here; size not determined"
READINGS = {True: "determined by what was published", False: "not determined by what was published"}
METHOD = "Range over cohorts that match every published figure"
COLUMNS = [
    "key", "label", "endpoint", "population", "variable", "measure", "kind", "cohorts", "estimable", "lowest", "low",
    "median", "high", "highest", "significant", "favourable", "imposed", "determined", "reading",
]  # fmt: skip


@dataclass(frozen=True)
class Quantity:
    """One unpublished quantity. kind: ratio (1 = no effect), proportion, months or p (a test alone).

    `imposed`: the generator required P < 0.05, because the publication claims it. `endpoint`, `variable` and
    `population` are those of the estimates table.
    """

    key: str
    label: str
    kind: str
    endpoint: str
    variable: str = ""
    imposed: bool = False

    @property
    def column(self) -> str:
        """The column of the summary that holds its values."""
        return f"{self.key}_p" if self.kind == "p" else self.key

    @property
    def place(self) -> dict[str, str]:
        """Where the quantity of one cohort stands in the estimates table, by column."""
        in_remission = self.endpoint in ("lfs", "relapse") or self.variable == LATER
        measure = {"ratio": "hazard_ratio", "proportion": "survival", "months": "median", "p": "p_value"}[self.kind]
        return {
            "endpoint": self.endpoint,
            "population": POPULATION_LABELS["in_cr" if in_remission else "all"],
            "variable": self.variable,
            "measure": "odds_ratio" if (self.kind, self.endpoint) == ("ratio", "cr") else measure,
        }


QUANTITIES = (
    Quantity("genetics_lfs", "High-risk genetics, HR for LFS", "ratio", "lfs", "high_risk_genetics", True),
    Quantity(
        "lymphodepletion_lfs", "Decitabine in lymphodepletion, HR for LFS", "ratio", "lfs", "lymphodepletion", True
    ),
    Quantity("consolidation_lfs_fixed", "Consolidation, HR for LFS: ever against never", "ratio", "lfs", LATER, True),
    Quantity("consolidation_lfs_time", "Consolidation, HR for LFS: time-dependent", "ratio", "lfs", LATER),
    Quantity("consolidation_lfs_landmark", "Consolidation, HR for LFS: landmark at day 90", "ratio", "lfs", LATER),
    Quantity("consolidation_os_fixed", "Consolidation, HR for OS: ever against never", "ratio", "os", LATER),
    Quantity("consolidation_os_time", "Consolidation, HR for OS: time-dependent", "ratio", "os", LATER),
    Quantity("tandem_os", "Tandem against the others, HR for OS", "ratio", "os"),
    Quantity("tandem_lfs", "Tandem against the others, HR for LFS", "ratio", "lfs"),
    Quantity("prior_transplant_cr", "Prior transplant, adjusted OR of remission", "ratio", "cr", "prior_transplant"),
    Quantity(
        "extramedullary_cr", "Extramedullary disease, adjusted OR of remission", "ratio", "cr", "extramedullary_disease"
    ),
    Quantity("os_arms", "Overall survival across the arms, log-rank", "p", "os"),
    Quantity("lfs_arms", "Leukaemia-free survival across the arms, log-rank", "p", "lfs"),
    Quantity("relapse_arms", "Relapse across the arms, Gray", "p", "relapse"),
    Quantity("severe_crs", "Severe CRS, tandem against the others, Fisher", "p", "severe_crs"),
    Quantity("os_12", "Overall survival at 12 months", "proportion", "os"),
    Quantity("os_24_low", "Overall survival at 24 months, lower limit", "proportion", "os"),
    Quantity("os_24_high", "Overall survival at 24 months, upper limit", "proportion", "os"),
    Quantity("lfs_12", "Leukaemia-free survival at 12 months", "proportion", "lfs"),
    Quantity("lfs_24_low", "Leukaemia-free survival at 24 months, lower limit", "proportion", "lfs"),
    Quantity("lfs_24_high", "Leukaemia-free survival at 24 months, upper limit", "proportion", "lfs"),
    Quantity("os_median", "Median overall survival", "months", "os"),
    Quantity("lfs_median", "Median leukaemia-free survival", "months", "lfs"),
)


def ranges(summary: pd.DataFrame) -> Frame:
    """One row per unpublished quantity: its range over the `cohorts` and whether they agree on it.

    `low`, `median`, `high` are the 5th, 50th and 95th percentile of the estimate (of P for a test alone), `lowest` and
    `highest` the extremes. `significant` is the share of estimable cohorts with P < 0.05, `favourable` of ratios below
    1: no probabilities. `determined`: all cohorts give the same side of P = 0.05 (and of 1, where below it), or nearly
    the same proportion or months; never for an effect whose significance was imposed. `reading` says so in words.
    Without cohorts there are no rows.
    """
    recorded = [quantity for quantity in QUANTITIES if len(summary) and quantity.column in summary]
    table = Frame([_range(quantity, summary) for quantity in recorded], columns=COLUMNS)
    table.about = About(label=f"{len(table)} unpublished quantities over compatible cohorts")
    return table


def range_estimates(ranges: pd.DataFrame) -> pd.DataFrame:
    """The same ranges as estimates rows, six a quantity; `n` cohorts, `events` those with an estimate.

    The limits are no confidence intervals, so they stand in rows of their own. Without cohorts there are no rows.
    """
    records = []
    for _, row in ranges.iterrows():
        fixed = row[["endpoint", "population", "variable"]].to_dict() | {"group": "All", "term": row["label"]}
        fixed |= {"n": row["cohorts"], "events": round(row["estimable"] * row["cohorts"])}
        fixed |= {"analysis": "ensemble", "method": METHOD, "note": row["reading"]}
        known = {name: measure for name, measure in COMPATIBLE.items() if pd.notna(row[name])}
        records += [{**fixed, "measure": measure, "estimate": row[name]} for name, measure in known.items()]
    return estimates(records)


def _range(quantity: Quantity, summary: pd.DataFrame) -> dict:
    """The row of one quantity."""
    values = summary[quantity.column].dropna()
    quantiles = values.quantile([0, 0.05, 0.5, 0.95, 1])
    row = dict(zip(("lowest", "low", "median", "high", "highest"), quantiles, strict=True)) | quantity.place
    row |= {"key": quantity.key, "label": quantity.label, "kind": quantity.kind, "imposed": quantity.imposed}
    row |= {"cohorts": len(summary), "estimable": len(values) / len(summary)}
    if quantity.kind in ("ratio", "p"):
        row["significant"] = float(below(summary.loc[values.index, f"{quantity.key}_p"], ALPHA).mean())
    if quantity.kind == "ratio":
        row["favourable"] = float(below(values, 1).mean())
    row["determined"] = not quantity.imposed and _determined(row)
    row["reading"] = IMPOSED if quantity.imposed else READINGS[row["determined"]]
    return row


def _determined(row: dict) -> bool:
    """Whether every cohort leads to the same conclusion."""
    if row["estimable"] < 1:
        return False
    if row["kind"] in SAME:
        return bool(row["highest"] - row["lowest"] <= SAME[row["kind"]])
    one_direction = row["kind"] == "p" or row["favourable"] in (0.0, 1.0)
    return bool(row["significant"] == 0.0 or (row["significant"] == 1.0 and one_direction))
