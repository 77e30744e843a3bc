"""Whether an outcome goes together with a factor: exact methods for small cohorts, and no word on causes."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from helpers.frames import About, patients_about
from helpers.stats.cohort.baseline import RANK_SUM, rank_sum_p
from helpers.stats.estimates import estimates, if_recorded, stack
from helpers.stats.proportions.by_group import proportions, several
from helpers.stats.proportions.effects import CONDITIONAL, odds_ratio
from helpers.stats.proportions.tables_rxc import compare_arms
from helpers.stats.ties import written


def clinical(patients: pd.DataFrame, reached: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Return severe CRS by disease burden and by arm, and remission by CRS: the associations that clinicians ask for.

    reached: the yes/no outcomes severe_crs, crs and cr (an empty one is not recorded: its rows are left out). Marrow
    blasts are split at the median of all patients, and compared as numbers too.
    """
    severe, remission = reached["severe_crs"], reached["cr"]
    empty = pd.Series(np.nan, patients.index)
    blasts, disease = (patients.get(name, empty) for name in ("bm_blasts_pct", "extramedullary_disease"))
    of_severe = {"endpoint": "severe_crs", "population": "all patients"}
    of_cr = {"endpoint": "cr", "population": "all patients"}
    return stack(
        association(severe, _halves(blasts), term="Severe CRS by marrow blasts, split at the median", **of_severe),
        rank_association(severe, blasts, term="Severe CRS by marrow blasts, as a number", **of_severe),
        association(
            severe, _named(disease, "extramedullary disease"), term="Severe CRS by extramedullary disease", **of_severe
        ),
        association(severe, patients["arm"], term="Severe CRS by arm", **of_severe),
        association(remission, _named(reached["crs"], "CRS"), term="Complete remission by CRS", **of_cr),
        association(remission, _named(severe, "severe CRS"), term="Complete remission by severe CRS", **of_cr),
    )


def _halves(values: pd.Series) -> pd.Series:
    """Numbers as two levels, up to their median and above it; missing where there is no number."""
    if values.isna().all():
        return pd.Series(np.nan, values.index)
    middle = values.median()
    names = [f"{written(middle, '.3g')}% or less", f"more than {written(middle, '.3g')}%"]
    words = pd.Series(np.where(values <= middle, *names), values.index).where(values.notna())
    return pd.Series(pd.Categorical(words, names, ordered=True), values.index)


def _named(flags: pd.Series, what: str) -> pd.Series:
    """A yes/no column as "no CRS" and "CRS"."""
    names = [f"no {what}", what]
    words = flags.map({False: names[0], True: names[1], "no": names[0], "yes": names[1]})
    return pd.Series(pd.Categorical(words, names, ordered=True), flags.index)


@if_recorded
def association(outcome: pd.Series, factor: pd.Series, *, endpoint: str, population: str, term: str) -> pd.DataFrame:
    """Return the proportion with the outcome at each level of a factor, and one exact comparison of the levels.

    Rows: the proportions (group is the level); with two levels the conditional odds ratio, second level against first,
    with its exact interval and the two-sided Fisher P; with more the exact test of the whole table. group of the
    comparison is "Comparison". term names the pair. Patients without outcome or factor are left out. Empty when
    either is not recorded, or the factor has one level.
    """
    factor = factor.reindex(outcome.index)
    if factor.isna().all():
        return estimates([])
    if not isinstance(factor.dtype, pd.CategoricalDtype):
        factor = factor.astype("category")
    factor = factor.cat.remove_unused_categories()
    if not several(factor):
        return estimates([])
    about = About(endpoint, "", population)
    data = patients_about(pd.DataFrame({"event": outcome, "factor": factor})[factor.notna()], about)
    if len(factor.cat.categories) == 2:
        test = odds_ratio(data, "factor")
        test = test[test["method"] == CONDITIONAL]
    else:
        test = compare_arms(data, "factor").iloc[:1]
    return stack(proportions(data, "factor"), test.assign(group="Comparison")).assign(term=term)


@if_recorded
def rank_association(
    outcome: pd.Series, values: pd.Series, *, endpoint: str, population: str, term: str
) -> pd.DataFrame:
    """Return Wilcoxon's rank-sum test of a number between patients with and without the outcome (one row).

    Empty when nobody has a value, or all patients or none have the outcome.
    """
    values = values.reindex(outcome.index).dropna()
    samples = [values[outcome[values.index].astype(bool) == state] for state in (True, False)]
    if not all(map(len, samples)):
        return estimates([])
    row = {"endpoint": endpoint, "population": population, "group": "Comparison", "term": term, "measure": "p_value"}
    row |= {"p": rank_sum_p(*samples), "n": len(values), "events": len(samples[0]), "method": RANK_SUM}
    return estimates([row])
