"""The unpublished quantities of the ensemble: what each column means, and how far the cohorts agree on it."""

from dataclasses import dataclass

import pandas as pd

ALPHA = 0.05
# Two cohorts that differ by less agree for every practical purpose.
SAME_PROPORTION, SAME_MONTHS = 0.03, 1.0
COLUMNS = [
    "key", "label", "kind", "estimable", "lowest", "low", "median", "high", "highest",
    "significant", "favourable", "imposed", "determined", "reading",
]  # fmt: skip


@dataclass(frozen=True)
class Quantity:
    """One unpublished quantity. kind: ratio (1 = no effect), proportion, months or p (a test alone).

    ``imposed``: the generator required P < 0.05, because the publication claims it.
    """

    key: str
    label: str
    kind: str
    imposed: bool = False


QUANTITIES = (
    Quantity("genetics_lfs", "High-risk genetics, hazard ratio for LFS", "ratio", True),
    Quantity("lymphodepletion_lfs", "Decitabine in lymphodepletion, hazard ratio for LFS", "ratio", True),
    Quantity("consolidation_lfs_fixed", "Consolidation, hazard ratio for LFS: ever against never", "ratio", True),
    Quantity("consolidation_lfs_time", "Consolidation, hazard ratio for LFS: time-dependent", "ratio"),
    Quantity("consolidation_lfs_landmark", "Consolidation, hazard ratio for LFS: landmark at day 90", "ratio"),
    Quantity("consolidation_os_fixed", "Consolidation, hazard ratio for OS: ever against never", "ratio"),
    Quantity("consolidation_os_time", "Consolidation, hazard ratio for OS: time-dependent", "ratio"),
    Quantity("tandem_os", "Tandem against the others, hazard ratio for OS", "ratio"),
    Quantity("tandem_lfs", "Tandem against the others, hazard ratio for LFS", "ratio"),
    Quantity("prior_transplant_cr", "Prior transplant, adjusted odds ratio of remission", "ratio"),
    Quantity("extramedullary_cr", "Extramedullary disease, adjusted odds ratio of remission", "ratio"),
    Quantity("os_arms", "Overall survival across the arms, log-rank", "p"),
    Quantity("lfs_arms", "Leukaemia-free survival across the arms, log-rank", "p"),
    Quantity("relapse_arms", "Relapse across the arms, Gray", "p"),
    Quantity("severe_crs", "Severe CRS, tandem against the others, Fisher", "p"),
    Quantity("os_12", "Overall survival at 12 months", "proportion"),
    Quantity("os_24_low", "Overall survival at 24 months, lower limit", "proportion"),
    Quantity("os_24_high", "Overall survival at 24 months, upper limit", "proportion"),
    Quantity("lfs_12", "Leukaemia-free survival at 12 months", "proportion"),
    Quantity("lfs_24_low", "Leukaemia-free survival at 24 months, lower limit", "proportion"),
    Quantity("lfs_24_high", "Leukaemia-free survival at 24 months, upper limit", "proportion"),
    Quantity("os_median", "Median overall survival", "months"),
    Quantity("lfs_median", "Median leukaemia-free survival", "months"),
)


def ranges(summary: pd.DataFrame) -> pd.DataFrame:
    """One row per unpublished quantity: its range over the cohorts and whether they agree on it.

    ``low``, ``median``, ``high`` are the 5th, 50th and 95th percentile of the estimate (of P for a test alone),
    ``lowest`` and ``highest`` the extremes. ``significant`` is the share of estimable cohorts with P < 0.05,
    ``favourable`` the share of ratios below 1. ``determined`` is true when all cohorts give the same conclusion:
    for ratios and tests the same side of P = 0.05 (and of 1, where below it); for proportions and months nearly the
    same value; never for an effect whose significance was imposed. ``reading`` says so in words. Shares are over the
    ensemble and are no probabilities.
    """
    return pd.DataFrame([_range(quantity, summary) for quantity in QUANTITIES], columns=COLUMNS)


def _range(quantity: Quantity, summary: pd.DataFrame) -> dict:
    """The row of one quantity."""
    p = summary[f"{quantity.key}_p"] if quantity.kind in ("ratio", "p") else None
    values = (p if quantity.kind == "p" else summary[quantity.key]).dropna()
    spread = dict(
        zip(("lowest", "low", "median", "high", "highest"), values.quantile([0, 0.05, 0.5, 0.95, 1]), strict=True)
    )
    significant = float("nan") if p is None else float((p[values.index] < ALPHA).mean())
    favourable = float((values < 1).mean()) if quantity.kind == "ratio" else float("nan")
    row = {"key": quantity.key, "label": quantity.label, "kind": quantity.kind, "imposed": quantity.imposed}
    row |= {"estimable": len(values) / len(summary), **spread, "significant": significant, "favourable": favourable}
    determined = not quantity.imposed and _determined(quantity.kind, row)
    return row | {"determined": determined, "reading": _reading(quantity, determined)}


def _determined(kind: str, row: dict) -> bool:
    """Whether every cohort leads to the same conclusion."""
    if row["estimable"] < 1:
        return False
    if kind in ("proportion", "months"):
        return bool(row["highest"] - row["lowest"] <= (SAME_PROPORTION if kind == "proportion" else SAME_MONTHS))
    one_direction = kind == "p" or row["favourable"] in (0.0, 1.0)
    return bool(row["significant"] == 0.0 or (row["significant"] == 1.0 and one_direction))


def _reading(quantity: Quantity, determined: bool) -> str:
    """The conclusion in words."""
    if quantity.imposed:
        return "significance claimed in the publication and imposed here; size not determined"
    return "determined by what was published" if determined else "not determined by what was published"
