"""Proportions with intervals, and the difference and odds ratio of two groups."""

import numpy as np
import pandas as pd
from scipy import optimize, special, stats
from scipy.stats.contingency import odds_ratio as conditional_odds_ratio

from helpers.stats.estimates import estimates, if_recorded, not_estimable
from helpers.stats.proportions.tables2x2 import (
    NotEstimable,
    TwoByTwo,
    firth_profile,
    fisher_two_sided,
    two_by_two,
    wald,
    zero_cell,
)

Z = stats.norm.ppf(0.975)
CHI2 = stats.chi2.ppf(0.95, 1)
INTERVALS = {"Clopper-Pearson": "exact", "Wilson": "wilson"}


@if_recorded
def proportions(
    outcome: pd.Series,
    by: pd.Series | None = None,
    *,
    endpoint: str,
    population: str,
    interval: str = "Clopper-Pearson",
) -> pd.DataFrame:
    """Return the proportion with the outcome in each group (or in "All"), with a 95% interval.

    One row per category of `by`, empty ones included; n is the denominator, events the numerator. Patients without a
    value are left out and counted in the note: an outcome that counts them as failures must say False for them.
    `interval` is "Clopper-Pearson" or "Wilson".
    """
    groups = pd.Series("All", index=outcome.index) if by is None else by.reindex(outcome.index)
    names = groups.astype("category").cat.categories if by is not None else ["All"]
    fixed = {"endpoint": endpoint, "population": population, "measure": "proportion", "method": interval}
    return estimates(
        [{**fixed, "group": str(name), **_proportion(outcome[groups == name], interval)} for name in names]
    )


@if_recorded
def risk_difference(outcome: pd.Series, by: pd.Series, *, endpoint: str, population: str, group: str) -> pd.DataFrame:
    """Return the proportion in the treated group minus that in the control group, with two 95% intervals.

    Rows: "Newcombe" (hybrid of Wilson intervals, Newcombe 1998, method 10) and "Miettinen-Nurminen" (score interval
    with the n/(n-1) variance, 1985). `by` lists the control group first.
    """
    table = two_by_two(outcome, by)
    fixed = _fixed(table, "risk_difference", endpoint, population, group)
    methods = {"Newcombe": newcombe, "Miettinen-Nurminen": miettinen_nurminen}
    return estimates([{**fixed, "method": name, **_difference(table, how)} for name, how in methods.items()])


@if_recorded
def odds_ratio(outcome: pd.Series, by: pd.Series, *, endpoint: str, population: str, group: str) -> pd.DataFrame:
    """Return the odds ratio, treated against control, three ways, each with its interval and the matching P.

    Rows: the sample odds ratio with Woolf's interval, the conditional maximum likelihood estimate with the exact
    interval (as R's fisher.test), and Firth's with its penalised profile interval, which is finite in every table
    with two groups. `by` lists the control group first. A zero cell leaves the first two without an estimate; the
    finite limit of the exact interval is kept.
    """
    table = two_by_two(outcome, by)
    fixed = _fixed(table, "odds_ratio", endpoint, population, group)
    methods = {
        "Sample odds ratio, Woolf interval": _woolf,
        "Conditional odds ratio, exact interval": _conditional,
        "Firth odds ratio, penalised profile likelihood": _firth,
    }
    return estimates([{**fixed, "method": name, **_guarded(table, how)} for name, how in methods.items()])


def wilson(events: int, n: int) -> tuple[float, float]:
    """Return the 95% Wilson interval of a proportion."""
    limits = stats.binomtest(events, n).proportion_ci(method="wilson")
    return float(limits.low), float(limits.high)


def newcombe(table: TwoByTwo) -> tuple[float, float]:
    """Return Newcombe's 95% interval of the risk difference: square and add the Wilson margins."""
    (n1, n2), (p1, p2) = _sizes(table), _rates(table)
    low1, high1 = wilson(table.treated_yes, n1)
    low2, high2 = wilson(table.control_yes, n2)
    below = np.hypot(p1 - low1, high2 - p2)
    above = np.hypot(high1 - p1, p2 - low2)
    return float(p1 - p2 - below), float(p1 - p2 + above)


def miettinen_nurminen(table: TwoByTwo) -> tuple[float, float]:
    """Return the Miettinen-Nurminen 95% score interval of the risk difference."""
    p1, p2 = _rates(table)
    difference = p1 - p2

    def excess(delta: float) -> float:
        return score_statistic(table, delta) ** 2 - CHI2

    edge = 1 - 1e-12
    low = optimize.brentq(excess, -edge, difference, xtol=1e-14) if excess(-edge) > 0 else -1.0
    high = optimize.brentq(excess, difference, edge, xtol=1e-14) if excess(edge) > 0 else 1.0
    return float(low), float(high)


def score_statistic(table: TwoByTwo, delta: float) -> float:
    """Return the score statistic of risk difference `delta`, its variance at the restricted maximum likelihood."""
    n1, n2 = _sizes(table)
    p1, p2 = _rates(table)
    if abs(p1 - p2 - delta) < 1e-15:
        return 0.0
    q1, q2 = _restricted_rates(table, delta)
    variance = (q1 * (1 - q1) / n1 + q2 * (1 - q2) / n2) * table.n / (table.n - 1)
    return float((p1 - p2 - delta) / np.sqrt(max(variance, 1e-300)))


def _restricted_rates(table: TwoByTwo, delta: float) -> tuple[float, float]:
    """Return both proportions of highest likelihood that differ by `delta` (Farrington and Manning 1990)."""
    (n1, n2), (p1, p2) = _sizes(table), _rates(table)
    ratio = n2 / n1
    a = 1 + ratio
    b = -(1 + ratio + p1 + ratio * p2 + delta * (ratio + 2))
    c = delta**2 + delta * (2 * p1 + ratio + 1) + p1 + ratio * p2
    d = -p1 * delta * (1 + delta)
    v = (b / (3 * a)) ** 3 - b * c / (6 * a**2) + d / (2 * a)
    u = np.copysign(np.sqrt(max((b / (3 * a)) ** 2 - c / (3 * a), 0.0)), v)
    w = (np.pi + np.arccos(np.clip(v / u**3 if u else 0.0, -1, 1))) / 3
    q1 = np.clip(2 * u * np.cos(w) - b / (3 * a), max(0.0, delta), min(1.0, 1.0 + delta))
    return float(q1), float(q1 - delta)


def _sizes(table: TwoByTwo) -> tuple[int, int]:
    """Return the patients in the treated and the control group."""
    n1, n2 = (int(size) for size in table.array.sum(axis=1))
    return n1, n2


def _rates(table: TwoByTwo) -> tuple[float, float]:
    """Return the proportions in the treated and the control group."""
    n1, n2 = _sizes(table)
    return table.treated_yes / n1, table.control_yes / n2


def _fixed(table: TwoByTwo, measure: str, endpoint: str, population: str, group: str) -> dict:
    """Return the columns that all rows of a comparison share."""
    shared = {"endpoint": endpoint, "population": population, "group": group, "measure": measure}
    return {**shared, "n": table.n, "events": table.events}


def _proportion(outcome: pd.Series, interval: str) -> dict:
    """Return proportion, interval, counts and note of one group."""
    known = outcome.dropna().astype(bool)
    n, events, left_out = len(known), int(known.sum()), int(outcome.isna().sum())
    note = f"{left_out} without a value left out" if left_out else ""
    if n == 0:
        return not_estimable("no patients with a value", n=0, events=0)
    limits = stats.binomtest(events, n).proportion_ci(method=INTERVALS[interval])
    low, high = float(limits.low), float(limits.high)
    return {"estimate": events / n, "ci_low": low, "ci_high": high, "n": n, "events": events, "note": note}


def _difference(table: TwoByTwo, interval: object) -> dict:
    """Return the risk difference with one interval, or why it has none."""
    if 0 in _sizes(table):
        return not_estimable(_empty_group(table))
    p1, p2 = _rates(table)
    low, high = interval(table)
    return {"estimate": p1 - p2, "ci_low": low, "ci_high": high, "note": table.note}


def _guarded(table: TwoByTwo, how: object) -> dict:
    """Return an odds ratio, or why it has none."""
    if 0 in _sizes(table):
        return not_estimable(_empty_group(table))
    if table.events in (0, table.n):
        return not_estimable("all patients have the same outcome")
    try:
        return {"note": table.note} | how(table)
    except NotEstimable as reason:
        return not_estimable(str(reason))


def _empty_group(table: TwoByTwo) -> str:
    """Say which group has no patients."""
    return f"no patients in {table.treated if _sizes(table)[0] == 0 else table.control}"


def _woolf(table: TwoByTwo) -> dict:
    """Return the sample odds ratio with Woolf's interval and the Wald P."""
    p = wald(table)
    (a, b), (c, d) = table.array
    log, se = np.log(a * d / (b * c)), np.sqrt((1 / table.array).sum())
    return {"estimate": np.exp(log), "ci_low": np.exp(log - Z * se), "ci_high": np.exp(log + Z * se), "p": p}


def _conditional(table: TwoByTwo) -> dict:
    """Return the conditional odds ratio with its exact interval and the two-sided Fisher P."""
    result = conditional_odds_ratio(table.array)
    limits = result.confidence_interval(0.95)
    bounds = {
        "ci_low": float(limits.low) if limits.low > 0 else np.nan,
        "ci_high": float(limits.high) if np.isfinite(limits.high) else np.nan,
    }
    p = fisher_two_sided(table)
    if not 0 < result.statistic < np.inf:
        return not_estimable(zero_cell(table), **bounds, p=p)
    return {"estimate": float(result.statistic), **bounds, "p": p}


def _firth(table: TwoByTwo) -> dict:
    """Return Firth's odds ratio (half a patient added to each cell) with its profile interval and P."""
    cells = table.array + 0.5
    log = float(np.log(cells[0, 0] * cells[1, 1] / (cells[0, 1] * cells[1, 0])))

    def excess(beta: float) -> float:
        return _penalised_deviance(cells, beta) - CHI2

    low = optimize.brentq(excess, log - 50, log, xtol=1e-13)
    high = optimize.brentq(excess, log, log + 50, xtol=1e-13)
    estimate, low, high = np.exp([log, low, high])
    return {"estimate": estimate, "ci_low": low, "ci_high": high, "p": firth_profile(table)}


def _penalised_deviance(cells: np.ndarray, beta: float) -> float:
    """Return twice the log-likelihood lost by fixing the log odds ratio at `beta`, nuisance odds maximised."""
    sizes, events = cells.sum(axis=1), cells[:, 0].sum()

    def surplus(alpha: float) -> float:
        return float((sizes * special.expit([alpha + beta, alpha])).sum() - events)

    bound = abs(beta) + 60
    alpha = optimize.brentq(surplus, -bound, bound, xtol=1e-14)
    rates = special.expit([alpha + beta, alpha])
    fitted = np.column_stack([sizes * rates, sizes * special.expit([-alpha - beta, -alpha])])
    return float(2 * (cells * np.log(cells / fitted)).sum())
