"""Who the patients are: counts, quartiles and missing values by group, and standardised mean differences."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from helpers.stats.estimates import estimates, if_recorded, not_estimable
from helpers.stats.models.design import levels
from helpers.stats.proportions.shares import several
from helpers.stats.proportions.tables_rxc import compare_arms
from helpers.stats.ties import SAME, cleared

QUANTILES = {"minimum": 0.0, "lower_quartile": 0.25, "median": 0.5, "upper_quartile": 0.75, "maximum": 1.0}
RANK_SUM, KRUSKAL = "Wilcoxon rank-sum", "Kruskal-Wallis"
EXACT_BELOW = 50


def describe(patients: pd.DataFrame, labels: Mapping[str, str], by: str, *, endpoint: str = "baseline") -> pd.DataFrame:
    """Return the description of columns as estimates, for each group of `by` (if several) and for everybody ("All").

    labels: column -> printed label, in the order of the table. A numeric column gives its five quartile numbers
    (linear interpolation, R's type 7); any other column the proportion at each level that any patient has, among
    patients with a value. Missing values are rows of their own (measure "missing", the count) and never in a
    denominator. Columns that the patients lack are left out.
    """
    groups = [(str(level), patients[by] == level) for level in patients[by].cat.categories if several(patients[by])]
    groups.append(("All", pd.Series(True, patients.index)))
    rows = [
        {"endpoint": endpoint, "population": "all patients", "group": group, "method": "Description"} | row
        for column, label in labels.items()
        if column in patients
        for group, members in groups
        for row in _described(patients[column], members, label)
    ]
    return estimates(rows)


def _described(column: pd.Series, members: pd.Series, label: str) -> list[dict]:
    """The rows of one column in one group."""
    values = column[members]
    present = values.dropna()
    numeric = pd.api.types.is_numeric_dtype(column)
    rows = _quartiles(present, label) if numeric else _levels(present, levels(column), label)
    return [*rows, {"term": label, "measure": "missing", "estimate": len(values) - len(present), "n": len(values)}]


def _quartiles(present: pd.Series, label: str) -> list[dict]:
    """The five quartile numbers of a numeric column."""
    base = {"term": label, "n": len(present)}
    if present.empty:
        return [not_estimable("no patient has a value", **base, measure=name) for name in QUANTILES]
    return [base | {"measure": name, "estimate": float(present.quantile(q))} for name, q in QUANTILES.items()]


def _levels(present: pd.Series, names: list[str], label: str) -> list[dict]:
    """The share of each level of a column of words."""
    return [_share(int((present.astype(str) == name).sum()), len(present), f"{label}: {name}") for name in names]


def _share(events: int, n: int, term: str) -> dict:
    base = {"term": term, "measure": "proportion", "n": n, "events": events}
    return base | {"estimate": events / n} if n else not_estimable("no patient has a value", **base)


def missing(patients: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """Return how many patients (of n) lack a value of each column, one row per column."""
    fields = {"endpoint": "missing_values", "population": "all patients", "group": "All", "measure": "missing"}
    fields |= {"n": len(patients), "method": "Count"}
    counts = {label: int(patients[column].isna().sum()) for column, label in labels.items()}
    return estimates(fields | {"term": label, "estimate": count} for label, count in counts.items())


def homogeneity(patients: pd.DataFrame, labels: Mapping[str, str], by: str) -> pd.DataFrame:
    """Return a P value per column that its distribution is the same in all groups of `by`, with the test's name.

    Numbers: Wilcoxon's rank-sum test in two groups (exact up to 50 patients without ties, else with the continuity
    correction, as R's wilcox.test), Kruskal-Wallis in more. Words: the exact test of the whole table. Patients without
    a value are left out. Of arms that were not randomised such a P answers no question; it is given on request only.
    """
    fields = {"endpoint": "baseline", "population": "all patients", "group": "Arms", "measure": "p_value"}
    if not several(patients[by]):
        return estimates([])
    return estimates(
        fields | {"term": label} | _homogeneity(patients[column], patients[by])
        for column, label in labels.items()
        if column in patients
    )


def _homogeneity(values: pd.Series, groups: pd.Series) -> dict:
    """The test of one column."""
    if not pd.api.types.is_numeric_dtype(values):
        row = compare_arms(values.astype(object), groups, endpoint="", population="").iloc[0]
        return {name: row[name] for name in ("p", "n", "method", "note")}
    samples = [values[groups == level].dropna() for level in groups.cat.categories]
    samples = [sample for sample in samples if len(sample)]
    base = {"n": sum(map(len, samples)), "method": RANK_SUM if len(samples) < 3 else KRUSKAL}
    if len(samples) < 2 or pd.concat(samples).nunique() < 2:
        return not_estimable("fewer than two groups or values", **base)
    return base | {"p": rank_sum_p(*samples) if len(samples) == 2 else float(stats.kruskal(*samples).pvalue)}


def rank_sum_p(one: pd.Series, two: pd.Series) -> float:
    """Return the P of Wilcoxon's rank-sum test, exact where R's wilcox.test is."""
    together = pd.concat([one, two])
    exact = max(len(one), len(two)) < EXACT_BELOW and not together.duplicated().any()
    return float(stats.mannwhitneyu(one, two, method="exact" if exact else "asymptotic").pvalue)


@if_recorded
def balance(patients: pd.DataFrame, labels: Mapping[str, str], by: str, *, group: str) -> pd.DataFrame:
    """Return the standardised mean difference of each column between the two groups of `by`.

    by: a two-level categorical; the first level is the control. Numeric columns: difference of means over the root
    of the mean of the two variances. Other columns: the Mahalanobis distance between the vectors of level shares,
    which has no sign (Yang and Dalton 2012, SAS Global Forum 335). Patients without a value are left out per column.
    """
    control, treated = (patients[patients[by] == level] for level in patients[by].cat.categories)
    fields = {"endpoint": "baseline", "population": "all patients", "group": group, "measure": "smd"}
    method = {"method": "Standardised mean difference"}
    rows = [fields | method | _difference(treated[name], control[name], label) for name, label in labels.items()]
    return estimates(rows)


def _difference(treated: pd.Series, control: pd.Series, label: str) -> dict:
    one, two = treated.dropna(), control.dropna()
    base = {"term": label, "n": len(one) + len(two)}
    if len(one) < 2 or len(two) < 2:
        return not_estimable("fewer than two patients with a value in a group", **base)
    numeric = pd.api.types.is_numeric_dtype(treated)
    value = _numeric_smd(one, two) if numeric else _category_smd(one.astype(str), two.astype(str))
    if np.isnan(value):
        return not_estimable("no variation within the groups", **base)
    return base | {"estimate": value}


def _numeric_smd(one: pd.Series, two: pd.Series) -> float:
    size = max(one.abs().max(), two.abs().max())
    gap, spread = (cleared(x, size) for x in (one.mean() - two.mean(), np.sqrt((one.var() + two.var()) / 2)))
    return float(gap / spread) if spread > 0 else (0.0 if gap == 0 else np.nan)


def _category_smd(one: pd.Series, two: pd.Series) -> float:
    levels = sorted(set(one) | set(two))[1:]
    shares = [np.array([(part == level).mean() for level in levels]) for part in (one, two)]
    gap = shares[0] - shares[1]
    if not gap.any():
        return 0.0
    covariance = sum(np.diag(share) - np.outer(share, share) for share in shares) / 2
    squared = float(gap @ np.linalg.pinv(covariance, rcond=SAME, hermitian=True) @ gap)
    return float(np.sqrt(squared)) if squared > 0 else np.nan
