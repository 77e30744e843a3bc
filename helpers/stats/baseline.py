"""Who the patients are: counts, quartiles and missing values by group, and standardised mean differences."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from helpers.stats.estimates import combine, estimates, not_estimable

QUANTILES = {"minimum": 0.0, "lower_quartile": 0.25, "median": 0.5, "upper_quartile": 0.75, "maximum": 1.0}


def describe(patients: pd.DataFrame, labels: Mapping[str, str], by: str) -> pd.DataFrame:
    """Return the baseline description as estimates, for each group of `by` and for everybody ("All").

    labels: column -> printed label, in the order of the table. A numeric column gives its five quartile numbers
    (linear interpolation, R's type 7); any other column the proportion at each level among patients with a value.
    Missing values are rows of their own (measure "missing", the count) and never in a denominator.
    """
    groups = [(str(level), patients[patients[by] == level]) for level in patients[by].cat.categories]
    frames = [
        _describe_column(part[column], label, group)
        for column, label in labels.items()
        for group, part in [*groups, ("All", patients)]
    ]
    return combine(*frames)


def _describe_column(values: pd.Series, label: str, group: str) -> pd.DataFrame:
    present = values.dropna()
    fields = {"endpoint": "baseline", "population": "all patients", "group": group, "method": "Description"}
    describe_as = _quartiles if pd.api.types.is_numeric_dtype(values) else _levels
    rows = [fields | row for row in describe_as(present, values, label)]
    missing = {"term": label, "measure": "missing", "estimate": len(values) - len(present), "n": len(values)}
    return estimates([*rows, fields | missing])


def _quartiles(present: pd.Series, values: pd.Series, label: str) -> list[dict]:
    """The five quartile numbers of a numeric column."""
    base = {"term": label, "n": len(present)}
    if present.empty:
        return [not_estimable("no patient has a value", **base, measure=name) for name in QUANTILES]
    return [base | {"measure": name, "estimate": float(present.quantile(q))} for name, q in QUANTILES.items()]


def _levels(present: pd.Series, values: pd.Series, label: str) -> list[dict]:
    """The share of each level of a column of words."""
    levels = values.cat.categories if isinstance(values.dtype, pd.CategoricalDtype) else sorted(present.unique())
    return [_share(int((present == level).sum()), len(present), f"{label}: {level}") for level in levels]


def _share(events: int, n: int, term: str) -> dict:
    base = {"term": term, "measure": "proportion", "n": n, "events": events}
    return base | {"estimate": events / n} if n else not_estimable("no patient has a value", **base)


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
    gap, spread = one.mean() - two.mean(), np.sqrt((one.var() + two.var()) / 2)
    return float(gap / spread) if spread > 0 else (0.0 if gap == 0 else np.nan)


def _category_smd(one: pd.Series, two: pd.Series) -> float:
    levels = sorted(set(one) | set(two))[1:]
    shares = [np.array([(part == level).mean() for level in levels]) for part in (one, two)]
    gap = shares[0] - shares[1]
    if not gap.any():
        return 0.0
    covariance = sum(np.diag(share) - np.outer(share, share) for share in shares) / 2
    squared = float(gap @ np.linalg.pinv(covariance) @ gap)
    return float(np.sqrt(squared)) if squared > 0 else np.nan
