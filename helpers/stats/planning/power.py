"""What the next trial needs, and what this one could have shown."""

import numpy as np
import pandas as pd
from scipy import optimize, stats

from helpers.stats.estimates import estimates, not_estimable
from helpers.stats.levels import ALPHA, Z95
from helpers.stats.proportions.tables2x2 import TwoByTwo, fisher_two_sided
from helpers.stats.ties import below, cleared, written

POWER = 0.8
EQUAL = 0.5  # share of the patients of a future trial who are treated
SCHOENFELD = "Log-rank, Schoenfeld"
TWO_PROPORTIONS = "Two proportions, normal approximation"
EXACT = "Two proportions, Fisher exact"
NO_EFFECT = "there is no effect to detect"


def required_events(hazard_ratio: float, event_probability: float, *, power: float = POWER) -> pd.DataFrame:
    """Return the events and the patients a log-rank test needs to detect a hazard ratio (two rows).

    Schoenfeld 1981: two-sided 5% level, equal groups. `event_probability` is the proportion of all patients expected
    to have the event; patients = events / that proportion. Both are rounded up. `level` is the power.
    """
    fixed = {"method": f"{SCHOENFELD}, power {power:.0%}", "level": f"power {power:.0%}"}
    needed = schoenfeld_events(hazard_ratio, power=power)
    level = f"two-sided level {ALPHA:.0%}, {_percent(EQUAL)} treated"
    note = f"hazard ratio {written(hazard_ratio, '.3g')}, power {power:.0%}, {level}"
    if not np.isfinite(needed):
        reasons = [not_estimable(NO_EFFECT, **fixed, measure=name) for name in ("required_events", "required_patients")]
        return estimates(reasons)
    events = {**fixed, "measure": "required_events", "estimate": np.ceil(needed - 1e-9), "note": note}
    patients = {
        **fixed,
        "measure": "required_patients",
        "note": f"{note}, {_percent(event_probability, 1)} with the event",
    }
    if not 0 < event_probability <= 1:
        return estimates([events, not_estimable("no patient is expected to have the event", **patients | {"note": ""})])
    return estimates([events, {**patients, "estimate": np.ceil(needed / event_probability - 1e-9)}])


def required_patients(treated: float, control: float, *, power: float = POWER) -> pd.DataFrame:
    """Return the patients, both groups together, that a comparison of two proportions needs (one row).

    Two-sided 5% level, normal approximation with the pooled variance under no effect, as R's power.prop.test for equal
    groups. Each group is rounded up. `level` is the power.
    """
    fixed = {"method": f"{TWO_PROPORTIONS}, power {power:.0%}", "level": f"power {power:.0%}"}
    fixed["measure"] = "required_patients"
    total = total_for_proportions(treated, control, power=power)
    if not np.isfinite(total):
        return estimates([not_estimable(NO_EFFECT, **fixed)])
    everybody = 2 * np.ceil(total / 2 - 1e-9)
    level = f"two-sided level {ALPHA:.0%}, {_percent(EQUAL)} treated"
    note = f"{_percent(treated, 1)} against {_percent(control, 1)}, power {power:.0%}, {level}"
    return estimates([{**fixed, "estimate": everybody, "note": note}])


def power_of_events(hazard_ratio: float, events: int, *, share: float) -> pd.DataFrame:
    """Return the power a log-rank test with these events had to detect a hazard ratio (one row; Schoenfeld).

    `share` of the patients in the treated group.
    """
    fixed = {"method": SCHOENFELD, "level": "Schoenfeld", "measure": "power", "events": events}
    if not hazard_ratio > 0 or events < 1:
        return estimates([not_estimable("no events" if events < 1 else "no hazard ratio", **fixed)])
    shift = abs(np.log(hazard_ratio)) * np.sqrt(events * share * (1 - share))
    note = f"hazard ratio {written(hazard_ratio, '.3g')}, two-sided level {ALPHA:.0%}, {_percent(share)} treated"
    return estimates([{**fixed, "estimate": _normal_power(shift), "note": note}])


def detectable_ratio(events: int, *, share: float) -> pd.DataFrame:
    """Return the hazard ratio below 1 that a log-rank test with these events could show (one row; Schoenfeld)."""
    fixed = {"method": SCHOENFELD, "level": f"power {POWER:.0%}", "measure": "detectable_ratio", "events": events}
    if events < 1 or not 0 < share < 1:
        return estimates([not_estimable("no events" if events < 1 else "a group without patients", **fixed)])
    z = Z95 + stats.norm.ppf(POWER)
    note = f"power {POWER:.0%}, two-sided level {ALPHA:.0%}, {_percent(share)} treated"
    return estimates([{**fixed, "estimate": float(np.exp(-z / np.sqrt(events * share * (1 - share)))), "note": note}])


def power_of_patients(treated: float, control: float, n_treated: int, n_control: int) -> pd.DataFrame:
    """Return the power that groups of these sizes had to tell two proportions apart: exact and approximate (two rows).

    Exact: the chance of a table with two-sided Fisher P < 0.05. Approximate: the normal formula of `required_patients`.
    """
    note = f"{_percent(treated, 1)} against {_percent(control, 1)}, two-sided level {ALPHA:.0%}"
    exact = {"method": EXACT, "level": "Fisher exact", "measure": "power", "n": n_treated + n_control}
    rough = exact | {"method": TWO_PROPORTIONS, "level": "normal approximation"}
    if min(n_treated, n_control) < 1:
        return estimates([not_estimable("a group without patients", **record) for record in (exact, rough)])
    exact |= {"estimate": exact_power(treated, control, n_treated, n_control), "note": note}
    rough |= {"estimate": approximate_power(treated, control, n_treated, n_control), "note": note}
    return estimates([exact, rough])


def schoenfeld_events(hazard_ratio: float, *, share: float = 0.5, power: float = POWER) -> float:
    """Return the events needed, unrounded: (z_alpha + z_power)^2 / (share (1 - share) log(hazard ratio)^2)."""
    if not hazard_ratio > 0 or not cleared(hazard_ratio - 1):
        return np.inf
    z = Z95 + stats.norm.ppf(power)
    return float(z**2 / (share * (1 - share) * np.log(hazard_ratio) ** 2))


def total_for_proportions(treated: float, control: float, *, share: float = 0.5, power: float = POWER) -> float:
    """Return the patients needed in all, unrounded; infinite for equal proportions."""
    if not cleared(treated - control):
        return np.inf

    def lacking(total: float) -> float:
        return approximate_power(treated, control, total * share, total * (1 - share)) - power

    return float(optimize.brentq(lacking, 1e-3, 1e9, xtol=1e-9))


def approximate_power(treated: float, control: float, n_treated: float, n_control: float) -> float:
    """Return the normal-approximation power of two groups (the far tail not counted, as R's default)."""
    pooled = (n_treated * treated + n_control * control) / (n_treated + n_control)
    null = np.sqrt(pooled * (1 - pooled) * (1 / n_treated + 1 / n_control))
    spread = np.sqrt(treated * (1 - treated) / n_treated + control * (1 - control) / n_control)
    reach = abs(treated - control) - Z95 * null
    return float(stats.norm.cdf(reach / spread)) if spread > 0 else float(reach > 0)


def exact_power(treated: float, control: float, n_treated: int, n_control: int) -> float:
    """Return the summed probability of all tables whose two-sided Fisher P is below 0.05."""
    chance_treated = stats.binom.pmf(np.arange(n_treated + 1), n_treated, treated)
    chance_control = stats.binom.pmf(np.arange(n_control + 1), n_control, control)
    likely = np.outer(chance_treated, chance_control)
    total = 0.0
    for x, y in zip(*np.nonzero(likely > 1e-12), strict=True):
        table = TwoByTwo(int(x), int(n_treated - x), int(y), int(n_control - y))
        total += likely[x, y] * below(fisher_two_sided(table), ALPHA)
    return float(total)


def _percent(share: float, digits: int = 0) -> str:
    """Return a proportion as a percentage."""
    return written(share, f".{digits}%")


def _normal_power(shift: float) -> float:
    """Return the power of a two-sided test whose statistic is moved by `shift` standard errors."""
    return float(stats.norm.cdf(shift - Z95))
