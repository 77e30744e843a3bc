"""Who the patients are: counts, quartiles and missing values by group, and standardised mean differences."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pandas as pd
from scipy import stats

from helpers.stats.estimates import Estimates, compared, estimates, if_recorded, not_estimable, scope
from helpers.stats.models.design import levels
from helpers.stats.proportions.by_group import ALL, several
from helpers.stats.proportions.tables_rxc import table_tests
from helpers.stats.ties import SAME, above, cleared

QUANTILES = {"minimum": 0.0, "lower_quartile": 0.25, "median": 0.5, "upper_quartile": 0.75, "maximum": 1.0}
RANK_SUM, KRUSKAL = "Wilcoxon rank-sum", "Kruskal-Wallis"
EXACT_BELOW = 50
ALPHA = 0.05


def describe(data: pd.DataFrame, labels: Mapping[str, str], by: str = "arm", *, pooled: bool = False) -> Estimates:
    """Return the description of columns as estimates, for each group of `by` (if several) and for everybody ("All").

    pooled: whether a side of the declared comparison that puts several arms together is a group too.

    labels: column -> printed label, in the order of the table. A numeric column gives its five quartile numbers
    (linear interpolation, R's type 7); any other column the proportion at each level that any patient has, among
    patients with a value (`level`). Missing values are rows of their own (measure "missing", the count) and never in
    a denominator. Columns that the patients lack are left out. `variable` is the column.
    """
    groups = [(str(level), data[by] == level) for level in data[by].cat.categories if several(data[by])]
    groups += _pooled(data) if pooled else []
    groups.append((ALL, pd.Series(True, data.index)))
    members = {group: inside.to_numpy() for group, inside in groups}
    fixed = {**scope(data), "method": "Description"}
    return estimates(
        fixed | _about(column, label) | row
        for column, label in labels.items()
        if column in data
        for row in _described(data[column], members, label)
    )


def _pooled(data: pd.DataFrame) -> list[tuple[str, pd.Series]]:
    """The sides of the declared comparison that put several arms together, and who is on them."""
    sides = data["contrast"].cat.categories if "contrast" in data else []
    members = [(str(side), data["contrast"] == side) for side in sides]
    return [(side, inside) for side, inside in members if data.loc[inside, "arm"].nunique() > 1]


def _about(column: str, label: str) -> dict:
    """The columns that say which characteristic a row is about."""
    return {"variable": column, "variable_label": label, "term": label}


def _described(column: pd.Series, groups: Mapping[str, np.ndarray], label: str) -> Iterator[dict]:
    """The rows of one column, group by group: quartiles, or the proportion at each level; then missing values."""
    known = column.notna().to_numpy()
    of_group = _quartiles(column) if pd.api.types.is_numeric_dtype(column) else _shares(column, label)
    for group, members in groups.items():
        inside, total = members & known, int(members.sum())
        n = int(inside.sum())
        rows = of_group(inside)
        rows = rows if n else [not_estimable("no patient has a value", **row) for row in rows]
        yield from ({"group": group, "n": n, **row} for row in rows)
        yield {"group": group, "measure": "missing", "estimate": total - n, "n": total}


def _quartiles(column: pd.Series) -> Callable[[np.ndarray], list[dict]]:
    """How to describe a column of numbers among given patients."""
    values = column.to_numpy(float)

    def of_group(inside: np.ndarray) -> list[dict]:
        numbers = np.quantile(values[inside], list(QUANTILES.values())) if inside.any() else [np.nan] * len(QUANTILES)
        return [{"measure": name, "estimate": number} for name, number in zip(QUANTILES, numbers, strict=True)]

    return of_group


def _shares(column: pd.Series, label: str) -> Callable[[np.ndarray], list[dict]]:
    """How to describe a column of words among given patients."""
    codes, names = coded(column)

    def of_group(inside: np.ndarray) -> list[dict]:
        counts = np.bincount(codes[inside], minlength=len(names)).tolist()
        shares = [{"estimate": count / (sum(counts) or np.nan), "events": count} for count in counts]
        about = [{"measure": "proportion", "level": name, "term": f"{label}: {name}"} for name in names]
        return [row | share for row, share in zip(about, shares, strict=True)]

    return of_group


def coded(column: pd.Series) -> tuple[np.ndarray, list[str]]:
    """The number of each value's level, -1 where missing, and the levels that anybody has, in their order."""
    codes, distinct = pd.factorize(column)
    names = levels(pd.Series(distinct))
    places = np.array([names.index(str(value)) for value in distinct] + [-1])
    return places[codes], names


def missing(patients: pd.DataFrame, labels: Mapping[str, str]) -> Estimates:
    """Return how many patients (of n) lack a value of each column, one row per column (`variable`)."""
    fields = {"endpoint": "missing_values", "endpoint_label": "Missing values", "population": "all patients"}
    fields |= {"group": ALL, "measure": "missing", "method": "Count"}
    return estimates(
        {**fields, **_about(column, label), "estimate": int(patients[column].isna().sum()), "n": len(patients)}
        for column, label in labels.items()
    )


def homogeneity(data: pd.DataFrame, labels: Mapping[str, str], by: str = "arm") -> Estimates:
    """Return a P value per column that its distribution is the same in all groups of `by`, with the test's name.

    Numbers: Wilcoxon's rank-sum test in two groups (exact up to 50 patients without ties, else with the continuity
    correction, as R's wilcox.test), Kruskal-Wallis in more. Words: the exact test of the whole table. Patients without
    a value are left out. It is given on request only.
    """
    if not several(data[by]):
        return estimates([])
    fixed = {**scope(data), **compared(data, by), "measure": "p_value"}
    return estimates(
        {**fixed, **_about(column, label), **_homogeneity(data[column], data[by])}
        for column, label in labels.items()
        if column in data
    )


def _homogeneity(values: pd.Series, groups: pd.Series) -> dict:
    """The test of one column."""
    if not pd.api.types.is_numeric_dtype(values):
        return table_tests(values, groups)[0]
    samples = [values[groups == level].dropna() for level in groups.cat.categories]
    samples = [sample for sample in samples if len(sample)]
    base = {"n": sum(map(len, samples)), "method": RANK_SUM if len(samples) < 3 else KRUSKAL}
    if len(samples) < 2 or pd.concat(samples).nunique() < 2:
        return not_estimable("fewer than two groups or values", **base)
    if len(samples) == 2:
        return base | {"p": rank_sum_p(*samples)}
    result = stats.kruskal(*samples)
    return base | {"p": float(result.pvalue), "statistic": float(result.statistic), "df": len(samples) - 1}


def rank_sum_p(one: pd.Series, two: pd.Series) -> float:
    """Return the P of Wilcoxon's rank-sum test, exact where R's wilcox.test is."""
    together = pd.concat([one, two])
    exact = max(len(one), len(two)) < EXACT_BELOW and not together.duplicated().any()
    return float(stats.mannwhitneyu(one, two, method="exact" if exact else "asymptotic").pvalue)


@if_recorded
def balance(data: pd.DataFrame, labels: Mapping[str, str], by: str) -> Estimates:
    """Return the standardised mean difference of each column (`variable`) between the two groups of `by`.

    by: a two-level categorical; the first level is the control. Numeric columns: difference of means over the root
    of the mean of the two variances. Other columns: the Mahalanobis distance between the vectors of level shares,
    which has no sign (Yang and Dalton 2012, SAS Global Forum 335). Patients without a value are left out per column.

    std_error is that of groups that do not differ, the root of 1/n1 + 1/n2; the square of estimate over std_error is
    then about chi-square, with df degrees of freedom: one for a number, one less than the levels otherwise.
    """
    control, treated = ((data[by] == level).to_numpy() for level in data[by].cat.categories)
    fixed = {**scope(data), **compared(data, by), "measure": "smd", "method": "Standardised mean difference"}
    return estimates(
        {**fixed, **_about(column, label), **_difference(data[column], treated, control)}
        for column, label in labels.items()
    )


def _difference(column: pd.Series, treated: np.ndarray, control: np.ndarray) -> dict:
    """The difference of one column between two groups of patients, or why it has none."""
    known, numeric = column.notna().to_numpy(), pd.api.types.is_numeric_dtype(column)
    sizes = [int((group & known).sum()) for group in (treated, control)]
    if min(sizes) < 2:
        return not_estimable("fewer than two patients with a value in a group", n=sum(sizes))
    if numeric:
        value, df = _numeric_smd(*(column[group & known] for group in (treated, control))), 1
    else:
        value, df = _category_smd(*_level_shares(column, [group & known for group in (treated, control)]))
    if np.isnan(value):
        return not_estimable("no variation within the groups", n=sum(sizes))
    return {"estimate": value, "n": sum(sizes), "std_error": np.sqrt(1 / sizes[0] + 1 / sizes[1]), "df": df}


def beyond_chance(smd: pd.DataFrame) -> pd.Series:
    """Return which differences are larger than in 95 of 100 pairs of groups that do not differ (boolean, per row)."""
    limits = smd["std_error"] * np.sqrt(stats.chi2.ppf(1 - ALPHA, smd["df"]))
    return pd.Series(above(smd["estimate"].abs() / limits, 1.0), smd.index)


def _numeric_smd(treated: pd.Series, control: pd.Series) -> float:
    """Difference of means over the root of the mean variance."""
    size = max(treated.abs().max(), control.abs().max())
    gap = float(cleared(treated.mean() - control.mean(), size))
    spread = float(cleared(np.sqrt((treated.var() + control.var()) / 2), size))
    return gap / spread if spread > 0 else (0.0 if gap == 0 else np.nan)


def _level_shares(column: pd.Series, groups: list[np.ndarray]) -> list[np.ndarray]:
    """The share of each level in each of two groups, levels in the order of the alphabet; those of nobody left out."""
    codes, names = coded(column)
    counts = np.array([np.bincount(codes[group], minlength=len(names)) for group in groups])[
        :, np.argsort(names, kind="stable")
    ]
    return list(counts[:, counts.any(axis=0)] / counts.sum(axis=1, keepdims=True))


def _category_smd(treated: np.ndarray, control: np.ndarray) -> tuple[float, int]:
    """Mahalanobis distance between the shares of all levels but the first, and how many these are (at least one)."""
    shares = treated[1:], control[1:]
    gap, df = shares[0] - shares[1], max(len(shares[0]), 1)
    if not gap.any():
        return 0.0, df
    covariance = sum(np.diag(share) - np.outer(share, share) for share in shares) / 2
    squared = float(gap @ np.linalg.pinv(covariance, rcond=SAME, hermitian=True) @ gap)
    return (float(np.sqrt(squared)) if squared > 0 else np.nan), df
