"""One estimate in several centres: what they have in common, how far they differ, and which lie outside chance.

Pooled are logits of proportions, log(-log) of survival, the same of 1 - incidence, logarithms of ratios, and
differences as they are. A share of 0 or 1 counts as if half a patient more had the event and half a one had not.
Limits of a funnel: Spiegelhalter 2005, doi:10.1002/sim.1970. Random effects: Paule and Mandel 1982; intervals by
Hartung and Knapp (2001), never narrower than without them (as `test="adhoc"` of R's metafor).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import binom, chi2, norm, t
from statsmodels.stats.meta_analysis import combine_effects

from helpers.stats.estimates import NO_ESTIMATE, SEPARATED, Estimates, estimates, not_estimable
from helpers.stats.ties import above, below

FEWEST = 3  # centres: two say nothing about how far centres differ
LEVELS = {"95": 0.95, "998": 0.998}  # share of the centres within the limits if they differ by chance alone
RANDOM_EFFECTS = "Random effects, Paule-Mandel, Hartung-Knapp interval"
PREDICTION = "Random effects, prediction interval of a further centre"
BETWEEN, SHARE_BETWEEN, HOMOGENEITY = "Paule-Mandel variance between centres", "Higgins I-squared", "Cochran's Q"
POOLED_COLUMNS = ("endpoint", "endpoint_label", "population", "term", "time_months", "measure")
TAIL = 0.025
POINTS = 160  # of a line
ACCURACY = 1e-7  # of the variance; a finer one can end below zero by rounding, which statsmodels takes for no variance


class Scale(NamedTuple):
    """The scale on which a measure is pooled: there, back, and its slope at a value."""

    there: Callable[..., Any]
    back: Callable[..., Any]
    slope: Callable[..., Any]
    name: str


LOGIT = Scale(logit, expit, lambda x: 1 / (x * (1 - x)), "logit")
LOG_LOG = Scale(
    lambda x: np.log(-np.log(x)), lambda y: np.exp(-np.exp(y)), lambda x: 1 / (x * np.log(x)), "log(-log) scale"
)
OF_REST = Scale(
    lambda x: np.log(-np.log1p(-x)),
    lambda y: -np.expm1(-np.exp(y)),
    lambda x: -1 / ((1 - x) * np.log1p(-x)),
    "log(-log) scale of 1 - incidence",
)
LOG = Scale(np.log, np.exp, lambda x: 1 / x, "log scale")
AS_IT_IS = Scale(np.asarray, np.asarray, np.ones_like, "scale of the estimate")
SHARES = {"proportion": LOGIT, "survival": LOG_LOG, "cumulative_incidence": OF_REST}
RATIOS = dict.fromkeys(("odds_ratio", "hazard_ratio", "subdistribution_hazard_ratio", "risk_ratio"), LOG)
DIFFERENCES = ("risk_difference", "survival_difference", "rmst", "rmst_difference", "smd", "coefficient")
SCALES = SHARES | RATIOS | dict.fromkeys(DIFFERENCES, AS_IT_IS)


def comparable(rows: pd.DataFrame) -> pd.DataFrame:
    """Return those rows of estimates (one a centre, all of one measure) that can be pooled, with columns of their own.

    `size` is what the precision of the centre is: of a share its patients (with censoring: as many as would give the
    same standard error uncensored), else 1 / standard error; `effect` and `variance` are on the scale of the measure.
    Rows without estimate or interval are left out, and all rows of a measure that has no scale.
    """
    scale = SCALES.get(rows["measure"].iloc[0]) if len(rows) else None
    if scale is None:
        return rows.iloc[:0].assign(size=[], effect=[], variance=[])
    sized = _shares(rows, scale) if scale in SHARES.values() else _effects(rows, scale)
    known = np.isfinite(sized[["effect", "variance", "size"]]).all(axis=1) & (sized["variance"] > 0)
    return sized[known & ~sized["status"].isin([NO_ESTIMATE, SEPARATED])]


def _shares(rows: pd.DataFrame, scale: Scale) -> pd.DataFrame:
    """The columns of `comparable` for shares."""
    share = rows["estimate"].to_numpy(float)
    size = rows["n"].to_numpy(float) if scale is LOGIT else _uncensored(rows, share)
    edge = (share == 0) | (share == 1)
    moved = np.where(edge, (size * share + 0.5) / (size + 1), share)
    error = np.sqrt(moved * (1 - moved) / (size + edge))
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (scale.slope(moved) * error) ** 2
        return rows.assign(size=size, effect=scale.there(moved), variance=variance)


def _uncensored(rows: pd.DataFrame, share: np.ndarray) -> np.ndarray:
    """The patients who, all followed, would give a share's standard error; of 0 or 1 those of its exact limit."""
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = share * (1 - share) / rows["std_error"].to_numpy(float) ** 2
        limit = np.where(share == 0, 1 - rows["ci_high"].to_numpy(float), rows["ci_low"].to_numpy(float))
        exact = np.log(TAIL) / np.log(limit)
    return np.where((share > 0) & (share < 1), inside, exact)


def _effects(rows: pd.DataFrame, scale: Scale) -> pd.DataFrame:
    """The columns of `comparable` for ratios and differences."""
    with np.errstate(divide="ignore", invalid="ignore"):
        effect, low, high = (scale.there(rows[name].to_numpy(float)) for name in ("estimate", "ci_low", "ci_high"))
        given = rows["std_error"].to_numpy(float)
        error = np.where(given > 0, given, (high - low) / (2 * norm.isf(TAIL)))
        return rows.assign(size=1 / error, effect=effect, variance=error**2)


def pooled(centres: pd.DataFrame) -> Estimates:
    """Return what rows of `comparable` have in common, and how far they differ.

    Four rows: the mean with its interval, the same with the interval in which a further centre is expected, the
    variance between centres (on the scale of the measure) and the share of all variance that it is, with Cochran's
    test. Limits use t with one degree of freedom less than centres. Fewer than three centres are not pooled.
    """
    about = _about(centres)
    if len(centres) < FEWEST:
        return estimates([not_estimable(f"fewer than {FEWEST} centres", **about, method=RANDOM_EFFECTS)])
    scale, effect, variance = SCALES[about["measure"]], *(centres[x].to_numpy(float) for x in ("effect", "variance"))
    df = len(effect) - 1
    with np.errstate(divide="ignore", invalid="ignore"):  # where all centres are equal
        found = combine_effects(effect, variance, method_re="iterated", atol=ACCURACY * df, maxiter=500)
    own, q = max(found.var_hksj_re, found.var_eff_w_re), max(found.q, 0.0)
    share, spread = max(0.0, 1 - df / q) if q > 0 else 0.0, float(found.tau2)
    mean = {"estimate": float(scale.back(found.mean_effect_re))}
    test = {"p": chi2.sf(q, df), "statistic": q, "df": df}
    return estimates(
        [
            about | mean | _limits(scale, found.mean_effect_re, own, df) | {"method": RANDOM_EFFECTS},
            about | mean | _limits(scale, found.mean_effect_re, own + spread, df) | {"method": PREDICTION},
            about | {"measure": "between_variance", "estimate": spread, "method": BETWEEN, "term": scale.name},
            about | {"measure": "between_share", "estimate": share, "method": SHARE_BETWEEN},
            about | {"measure": "p_value", "method": HOMOGENEITY} | test,
        ]
    )


def _about(centres: pd.DataFrame) -> dict:
    """What the pooled estimate is of, and how many patients it has."""
    first = centres.iloc[0] if len(centres) else {"measure": "proportion"}
    patients = {name: float(centres[name].sum(min_count=1)) for name in ("n", "events") if name in centres}
    return {name: first[name] for name in POOLED_COLUMNS if name in first} | patients | {"group": "All centres"}


def _limits(scale: Scale, mean: float, variance: float, df: int) -> dict:
    """The 95% limits of a mean on its own scale."""
    reach = t.isf(TAIL, df) * np.sqrt(variance)
    low, high = sorted(float(scale.back(mean + side * reach)) for side in (-1, 1))
    return {"ci_low": low, "ci_high": high}


def target(centres: pd.DataFrame) -> float:
    """Return the value around which a funnel stands: that of all patients together, if centres differ by chance."""
    scale = SCALES[centres["measure"].iloc[0]]
    if scale in SHARES.values():
        return float(np.average(centres["estimate"].astype(float), weights=centres["size"]))
    return float(scale.back(np.average(centres["effect"], weights=1 / centres["variance"])))


def control_limits(measure: str, middle: float, size: np.ndarray) -> pd.DataFrame:
    """Return the limits of a funnel around a value at each size: size, middle, low_95, high_95, low_998, high_998.

    Of shares they are those of the binomial distribution (of the size rounded), interpolated between its steps; a
    value outside has a one-sided exact P below 0.025 or 0.001.
    """
    size, scale = np.asarray(size, dtype=float), SCALES[measure]
    limits = {"size": size, "middle": np.full(len(size), middle)}
    for name, level in LEVELS.items():
        tail = (1 - level) / 2
        if scale in SHARES.values():
            low, high = _binomial(tail, size, middle), 1 - _binomial(tail, size, 1 - middle)
        else:
            reach = norm.isf(tail) / size
            low, high = (scale.back(scale.there(middle) + side * reach) for side in (-1, 1))
        limits |= {f"low_{name}": low, f"high_{name}": high}
    return pd.DataFrame(limits)


def sizes(centres: pd.DataFrame) -> np.ndarray:
    """Return rising sizes from the smallest to the largest of the centres, for the lines of a funnel."""
    low, high = 0.9 * centres["size"].min(), 1.08 * centres["size"].max()
    spread = np.geomspace(low, high, POINTS)
    if SCALES[centres["measure"].iloc[0]] not in SHARES.values():
        return spread
    return np.unique(np.maximum(1, np.round(spread)))


def _binomial(tail: float, size: np.ndarray, share: float) -> np.ndarray:
    """The share that so small a part of a binomial distribution lies below, interpolated; 0 where there is none."""
    n = np.maximum(1, np.round(size))
    if share <= 0 or share >= 1:
        return np.full(len(n), share)
    events = binom.ppf(tail, n, share)
    upto = binom.cdf(events, n, share)
    within = (upto - tail) / binom.pmf(events, n, share)
    return np.clip((events - within) / n, 0, 1)


def funnel(centres: pd.DataFrame) -> pd.DataFrame:
    """Return rows of `comparable` with their control limits and `outside`: "", "95%" or "99.8%"."""
    measure, value = centres["measure"].iloc[0], centres["estimate"].to_numpy(float)
    limits = control_limits(measure, target(centres), centres["size"].to_numpy()).set_index(centres.index)
    beyond = {
        name: below(value - limits[f"low_{name}"], 0) | above(value - limits[f"high_{name}"], 0) for name in LEVELS
    }
    outside = np.select([beyond["998"], beyond["95"]], ["99.8%", "95%"], "")
    return pd.concat([centres, limits.drop(columns="size")], axis=1).assign(outside=outside)
