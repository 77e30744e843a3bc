"""What the next trial needs, and the hazard ratio that this study's events could have shown."""

import numpy as np
import pandas as pd
from scipy import optimize, stats

from helpers.stats.estimates import estimates, not_estimable
from helpers.stats.levels import ALPHA, Z95
from helpers.stats.ties import cleared, written

POWER = 0.8
SCHOENFELD = "Log-rank, Schoenfeld"
TWO_PROPORTIONS = "Two proportions, normal approximation"
NO_EFFECT = "there is no effect to detect"
TWO_SIDED = f"two-sided level {ALPHA:.0%}"
EQUAL_GROUPS = f"{TWO_SIDED}, 50% treated"


def required_events(hazard_ratio: float, event_probability: float, *, power: float = POWER) -> pd.DataFrame:
    """Return the events and the patients a log-rank test needs to detect a hazard ratio (two rows).

    Schoenfeld 1981: two-sided 5% level, equal groups. `event_probability` is the proportion of all patients expected
    to have the event; patients = events / that proportion. Both are rounded up. `level` is the power.
    """
    level = f"power {power:.0%}"
    fixed = {"method": f"{SCHOENFELD}, {level}", "level": level}
    events, patients = ({**fixed, "measure": measure} for measure in ("required_events", "required_patients"))
    needed = schoenfeld_events(hazard_ratio, power=power)
    if not np.isfinite(needed):
        return estimates([not_estimable(NO_EFFECT, **record) for record in (events, patients)])
    note = f"hazard ratio {written(hazard_ratio, '.3g')}, {level}, {EQUAL_GROUPS}"
    events = {**events, "estimate": np.ceil(needed - 1e-9), "note": note}
    if not 0 < event_probability <= 1:
        return estimates([events, not_estimable("no patient is expected to have the event", **patients)])
    note = f"{note}, {written(event_probability, '.1%')} with the event"
    return estimates([events, {**patients, "estimate": np.ceil(needed / event_probability - 1e-9), "note": note}])


def required_patients(treated: float, control: float, *, power: float = POWER) -> pd.DataFrame:
    """Return the patients, both groups together, that a comparison of two proportions needs (one row).

    Two-sided 5% level, normal approximation with the pooled variance under no effect, as R's power.prop.test for equal
    groups. Each group is rounded up. `level` is the power.
    """
    level = f"power {power:.0%}"
    fixed = {"method": f"{TWO_PROPORTIONS}, {level}", "level": level, "measure": "required_patients"}
    total = total_for_proportions(treated, control, power=power)
    if not np.isfinite(total):
        return estimates([not_estimable(NO_EFFECT, **fixed)])
    note = f"{written(treated, '.1%')} against {written(control, '.1%')}, {level}, {EQUAL_GROUPS}"
    return estimates([{**fixed, "estimate": 2 * np.ceil(total / 2 - 1e-9), "note": note}])


def detectable_ratio(events: int, *, share: float) -> pd.DataFrame:
    """Return the hazard ratio below 1 that a log-rank test with these events could show (one row; Schoenfeld)."""
    level = f"power {POWER:.0%}"
    fixed = {"method": SCHOENFELD, "level": level, "measure": "detectable_ratio", "events": events}
    if events < 1 or not 0 < share < 1:
        return estimates([not_estimable("no events" if events < 1 else "a group without patients", **fixed)])
    ratio = np.exp(-(Z95 + stats.norm.ppf(POWER)) / np.sqrt(events * share * (1 - share)))
    note = f"{level}, {TWO_SIDED}, {written(share, '.0%')} treated"
    return estimates([{**fixed, "estimate": float(ratio), "note": note}])


def schoenfeld_events(hazard_ratio: float, *, power: float = POWER) -> float:
    """Return the events that equal groups need, unrounded: 4 (z_alpha + z_power)^2 / log(hazard ratio)^2."""
    if not hazard_ratio > 0 or not cleared(hazard_ratio - 1):
        return np.inf
    return float(4 * (Z95 + stats.norm.ppf(power)) ** 2 / np.log(hazard_ratio) ** 2)


def total_for_proportions(treated: float, control: float, *, power: float = POWER) -> float:
    """Return the patients that two equal groups need in all, unrounded; infinite for equal proportions."""
    if not cleared(treated - control):
        return np.inf
    return float(
        optimize.brentq(lambda n: approximate_power(treated, control, n / 2, n / 2) - power, 1e-3, 1e9, xtol=1e-9)
    )


def approximate_power(treated: float, control: float, n_treated: float, n_control: float) -> float:
    """Return the normal-approximation power of two groups (the far tail not counted, as R's default)."""
    pooled = (n_treated * treated + n_control * control) / (n_treated + n_control)
    null = np.sqrt(pooled * (1 - pooled) * (1 / n_treated + 1 / n_control))
    spread = np.sqrt(treated * (1 - treated) / n_treated + control * (1 - control) / n_control)
    reach = abs(treated - control) - Z95 * null
    return float(stats.norm.cdf(reach / spread)) if spread > 0 else float(reach > 0)
