"""The size of a difference between two proportions: risk difference and odds ratio, each in more than one way."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
from scipy import optimize, special
from statsmodels.stats.proportion import confint_proportions_2indep

from helpers.stats.estimates import SEPARATED, Estimates, compared, estimates, if_recorded, not_estimable, scope
from helpers.stats.levels import ALPHA, CHI2_95, Z95
from helpers.stats.proportions.tables2x2 import (
    FIRTH_RATIO,
    TESTS,
    TwoByTwo,
    attempted,
    fisher_two_sided,
    log_odds_ratio,
    mixed,
    require_groups,
    two_by_two,
    wald_p,
    zero_cell,
)

NEWCOMBE, MIETTINEN_NURMINEN = "Newcombe", "Miettinen-Nurminen"
WOOLF = "Sample odds ratio, Woolf interval"
CONDITIONAL = "Conditional odds ratio, exact interval"
REACH = 50  # standard errors from the observed table within which tables have any weight
FIRTH = "Firth odds ratio, penalised profile likelihood"


@if_recorded
def risk_difference(data: pd.DataFrame, by: str) -> Estimates:
    """Return the proportion in the treated group minus that in the control group, with two 95% intervals.

    data: one row per patient with `event` (1, 0 or missing); the column `by` lists the control group first. Rows:
    "Newcombe" (hybrid of Wilson intervals, Newcombe 1998, method 10) and "Miettinen-Nurminen" (score interval with
    the n/(n-1) variance, 1985; statsmodels, which has it too, fails on most small tables).
    """
    table = two_by_two(data, by)
    fixed = {**scope(data), **compared(data, by), "measure": "risk_difference", "n": table.n, "events": table.events}
    methods = {NEWCOMBE: newcombe, MIETTINEN_NURMINEN: miettinen_nurminen}
    return estimates(
        {**fixed, "method": method, **attempted(partial(_difference, interval), table)}
        for method, interval in methods.items()
    )


@if_recorded
def odds_ratio(data: pd.DataFrame, by: str) -> Estimates:
    """Return the odds ratio, treated against control, three ways, each with its interval and the matching P.

    data: as for `risk_difference`. Rows: the sample odds ratio with Woolf's interval, the conditional maximum
    likelihood estimate with the exact interval (as R's fisher.test), and Firth's with its penalised profile interval,
    always finite. A zero cell leaves the first two without an estimate, but the exact interval with its finite limit.
    """
    table = two_by_two(data, by)
    fixed = {**scope(data), **compared(data, by), "measure": "odds_ratio", "n": table.n, "events": table.events}
    methods = {WOOLF: _woolf, CONDITIONAL: _conditional, FIRTH: _firth}
    return estimates(
        {**fixed, "method": method, **attempted(partial(_odds, statistic), table)}
        for method, statistic in methods.items()
    )


def newcombe(table: TwoByTwo) -> tuple[float, float]:
    """Return Newcombe's 95% interval of the risk difference."""
    n1, n2, _, _ = _sizes_and_rates(table)
    low, high = confint_proportions_2indep(table.treated_yes, n1, table.control_yes, n2, method="newcomb")
    return float(low), float(high)


def miettinen_nurminen(table: TwoByTwo) -> tuple[float, float]:
    """Return the Miettinen-Nurminen 95% score interval of the risk difference."""
    _, _, p1, p2 = _sizes_and_rates(table)
    edge = 1 - 1e-12

    def excess(delta: float) -> float:
        return score_statistic(table, delta) ** 2 - CHI2_95

    low = optimize.brentq(excess, -edge, p1 - p2, xtol=1e-14) if excess(-edge) > 0 else -1.0
    high = optimize.brentq(excess, p1 - p2, edge, xtol=1e-14) if excess(edge) > 0 else 1.0
    return float(low), float(high)


def score_statistic(table: TwoByTwo, delta: float) -> float:
    """Return the score statistic of risk difference `delta`, its variance at the restricted maximum likelihood."""
    n1, n2, p1, p2 = _sizes_and_rates(table)
    if abs(p1 - p2 - delta) < 1e-15:
        return 0.0
    q1, q2 = _restricted_rates(table, delta)
    variance = (q1 * (1 - q1) / n1 + q2 * (1 - q2) / n2) * table.n / (table.n - 1)
    return float((p1 - p2 - delta) / np.sqrt(max(variance, 1e-300)))


def _restricted_rates(table: TwoByTwo, delta: float) -> tuple[float, float]:
    """Return both proportions of highest likelihood that differ by `delta` (Farrington and Manning 1990)."""
    n1, n2, p1, p2 = _sizes_and_rates(table)
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


def _sizes_and_rates(table: TwoByTwo) -> tuple[int, int, float, float]:
    """Return the patients in the treated and the control group, then the proportions with the outcome."""
    n1, n2 = (int(size) for size in table.array.sum(axis=1))
    return n1, n2, table.treated_yes / n1, table.control_yes / n2


def _difference(interval: Callable[[TwoByTwo], tuple[float, float]], table: TwoByTwo) -> dict:
    """Return the risk difference with one interval."""
    require_groups(table)
    _, _, p1, p2 = _sizes_and_rates(table)
    low, high = interval(table)
    return {"estimate": p1 - p2, "ci_low": low, "ci_high": high, "note": table.note}


def _odds(statistic: Callable[[TwoByTwo], dict], table: TwoByTwo) -> dict:
    """Return an odds ratio, with a note on who is left out unless it has one of its own."""
    require_groups(table)
    mixed(table)
    return {"note": table.note} | statistic(table)


def _woolf(table: TwoByTwo) -> dict:
    """Return the sample odds ratio with Woolf's interval and the Wald P."""
    log, error = log_odds_ratio(table)
    estimate, low, high = np.exp([log, log - Z95 * error, log + Z95 * error])
    test = {"p": wald_p(table), "statistic": log / error}
    return {"estimate": estimate, "ci_low": low, "ci_high": high, "std_error": error, **test}


def _conditional(table: TwoByTwo) -> dict:
    """Return the conditional odds ratio with its exact interval and the two-sided Fisher P."""
    low, estimate, high = _conditional_ratios(table)
    record = {"ci_low": low, "ci_high": high, "p": fisher_two_sided(table)}
    if np.isnan(estimate):
        return not_estimable(zero_cell(table), **record, status=SEPARATED)
    return {"estimate": estimate, **record}


def _conditional_ratios(table: TwoByTwo) -> tuple[float, float, float]:
    """Return lower limit, conditional maximum likelihood estimate and upper limit; NaN for what is 0 or infinite.

    Given both margins, the tables differ by how many patients moved; the noncentral hypergeometric weights of those
    that can matter are built from the ratios of neighbours, so they are as exact in a million patients as in ten.
    """
    (a, b), (c, d) = table.array.tolist()
    cells = table.array + 0.5
    start, reach = _log_ratio(cells), int(REACH / np.sqrt((1 / cells).sum())) + REACH
    fewer, more = min(a, d, reach), min(b, c, reach)
    moved, last = np.arange(-fewer, more + 1), np.arange(-fewer, more)
    steps = np.log((b - last) * (c - last) / ((a + last + 1) * (d + last + 1)))
    weights = np.concatenate([[0.0], np.cumsum(steps)])

    def solved(possible: bool, excess: Callable[[np.ndarray], float]) -> float:
        if not possible:
            return np.nan
        log = optimize.brentq(
            lambda beta: excess(special.softmax(weights + beta * moved)), start - 50, start + 50, xtol=1e-13
        )
        return float(np.exp(log))

    low = solved(fewer > 0, lambda shares: float(shares[fewer:].sum()) - ALPHA / 2)
    high = solved(more > 0, lambda shares: float(shares[: fewer + 1].sum()) - ALPHA / 2)
    return low, solved(min(fewer, more) > 0, lambda shares: float(shares @ moved)), high


def _log_ratio(cells: np.ndarray) -> float:
    """Return the log odds ratio of a table without empty cells."""
    return float(np.log(cells[0, 0] * cells[1, 1] / (cells[0, 1] * cells[1, 0])))


def _firth(table: TwoByTwo) -> dict:
    """Return Firth's odds ratio (half a patient added to each cell) with its profile interval and P."""
    cells = table.array + 0.5
    log = _log_ratio(cells)

    def excess(beta: float) -> float:
        return _penalised_deviance(cells, beta) - CHI2_95

    low = optimize.brentq(excess, log - 50, log, xtol=1e-13)
    high = optimize.brentq(excess, log, log + 50, xtol=1e-13)
    estimate, low, high = np.exp([log, low, high])
    return {"estimate": estimate, "ci_low": low, "ci_high": high, "p": TESTS[FIRTH_RATIO](table)}


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
