"""Whether an outcome goes together with a factor: exact methods for small cohorts, and no word on causes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from helpers.cohort.load import Cohort
from helpers.frames import about
from helpers.stats.cohort.baseline import RANK_SUM, rank_sum_p
from helpers.stats.estimates import Estimates, estimates, filter_rows, if_recorded, scope, stack
from helpers.stats.proportions.by_group import proportions, several
from helpers.stats.proportions.effects import CONDITIONAL, odds_ratio
from helpers.stats.proportions.tables_rxc import compare_arms
from helpers.stats.ties import written

COMPARISON = "Comparison"


def clinical_associations(cohort: Cohort) -> Estimates:
    """Return severe CRS by disease burden and by arm, and remission by CRS: the associations that clinicians ask for.

    Marrow blasts are split at the median of all patients, and compared as numbers too. What the cohort does not
    record has no rows.
    """
    patients = cohort.patients
    severe, crs, remission = (cohort.outcome(name) for name in ("severe_crs", "crs", "cr"))
    empty = pd.Series(np.nan, patients.index)
    blasts, disease = (patients.get(name, empty).rename(name) for name in ("bm_blasts_pct", "extramedullary_disease"))
    had_crs, had_severe = (data.get("event", empty).reindex(patients.index) for data in (crs, severe))
    disease = _levels(disease, {"no": "no extramedullary disease", "yes": "extramedullary disease"})
    had_crs = _levels(had_crs.rename("crs"), {0: "no CRS", 1: "CRS"})
    had_severe = _levels(had_severe.rename("severe_crs"), {0: "no severe CRS", 1: "severe CRS"})
    return stack(
        association(severe, _halves(blasts), "marrow blasts, split at the median"),
        rank_association(severe, blasts, "marrow blasts, as a number"),
        association(severe, disease, "extramedullary disease"),
        association(severe, patients["arm"], "arm"),
        association(remission, had_crs, "CRS"),
        association(remission, had_severe, "severe CRS"),
    )


def _halves(values: pd.Series) -> pd.Series:
    """Numbers as two levels, up to their median and above it; missing where there is no number."""
    if values.isna().all():
        return values
    middle = values.median()
    names = {True: f"{written(middle, '.3g')}% or less", False: f"more than {written(middle, '.3g')}%"}
    return _levels((values <= middle).where(values.notna()), names)


def _levels(values: pd.Series, names: Mapping[Any, str]) -> pd.Series:
    """The values under other names, in the order of `names`."""
    return values.map(names).astype(pd.CategoricalDtype(list(names.values()), ordered=True))


@if_recorded
def association(data: pd.DataFrame, factor: pd.Series, label: str) -> Estimates:
    """Return the proportion with the outcome at each level of a factor, and one exact comparison of the levels.

    data: one row per patient with `event`; factor: a level per patient, whose name is the row's variable and `label`
    what readers call it. Rows: the proportions (group and `level` are the level); then, in the group "Comparison", with
    two levels the conditional odds ratio, second against first, with exact interval and two-sided Fisher P; with more
    the exact test of the table. Patients without outcome or factor are left out. Empty when either is not recorded, or
    the factor has one level.
    """
    levels = factor.reindex(data.index).astype("category").cat.remove_unused_categories()
    if not several(levels):
        return estimates([])
    known = data.assign(level=levels)[levels.notna()]
    shares = proportions(known, "level")
    shares["level"] = shares["group"]
    if len(levels.cat.categories) == 2:
        reference, level = (str(name) for name in levels.cat.categories)
        compared = filter_rows(odds_ratio(known, "level"), method=CONDITIONAL).assign(level=level, reference=reference)
    else:
        compared = compare_arms(known, "level").iloc[:1]
    compared = compared.assign(group=COMPARISON, comparison="level")
    return stack(shares, compared).assign(**_about(data, factor, label))


@if_recorded
def rank_association(data: pd.DataFrame, values: pd.Series, label: str) -> Estimates:
    """Return Wilcoxon's rank-sum test of a number between patients with and without the outcome (one row).

    Arguments as for `association`. Empty when nobody has a value, or all patients or none have the outcome.
    """
    values = values.reindex(data.index).dropna()
    event = data["event"][values.index]
    having, lacking = values[event == 1], values[event == 0]
    if having.empty or lacking.empty:
        return estimates([])
    row = {"group": COMPARISON, "measure": "p_value", "p": rank_sum_p(having, lacking), "method": RANK_SUM}
    counts = {"n": len(values), "events": len(having), "comparison": "step"}
    return estimates([scope(data) | _about(data, values, label) | row | counts])


def _about(data: pd.DataFrame, factor: pd.Series, label: str) -> dict[str, str]:
    """The columns that say which outcome goes with which factor."""
    return {"term": f"{about(data).label} by {label}", "variable": str(factor.name), "variable_label": label}
