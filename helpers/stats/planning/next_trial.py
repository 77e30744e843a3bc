"""What a next trial needs for each effect, and what this study could have shown: plans made from estimates rows.

A future trial is planned with equal groups; the power this study had is computed with its own groups. A trial planned
with power 80% is made to confirm an effect; one planned with 90% also speaks against an effect of that size when it
finds none.
"""

from collections.abc import Iterable, Sequence

import pandas as pd

from helpers.stats.estimates import NOT_ESTIMABLE, estimates, stack
from helpers.stats.planning.power import (
    detectable_ratio,
    power_of_events,
    power_of_patients,
    required_events,
    required_patients,
)
from helpers.stats.ties import written

POWERS = (0.8, 0.9)
OBSERVED, STATED = ", as observed", ", stated beforehand"
UNKNOWN = NOT_ESTIMABLE + "the observed effect is not estimable"


def plan_hazard(effect: pd.DataFrame, ratios: Iterable[float], *, label: str) -> pd.DataFrame:
    """Return the plan for a hazard ratio: the observed one, then stated ones.

    `effect` is one row of a specification curve; its column `share` is the treated part of the patients. Rows per
    ratio: events and patients needed by power, and the power this study had; at the end the ratio it could have shown.
    An empty effect gives an empty plan.
    """
    if effect.empty:
        return estimates([])
    row = effect.iloc[0]
    fields = {name: row[name] for name in ("endpoint", "population", "group")}
    rate, events, share = row["events"] / row["n"] if row["n"] else 0.0, int(row["events"]), row["share"]
    parts = []
    for ratio, words in [
        (row["estimate"], OBSERVED),
        *((ratio, f" or {written(1 / ratio, '.2f')}{STATED}") for ratio in ratios),
    ]:
        needed = [_powered(required_events(ratio, rate, power=power, **fields), power) for power in POWERS]
        had = power_of_events(ratio, events, share=share, **fields)
        shown = f"hazard ratio {written(ratio, '.2f')}" if ratio == ratio else "hazard ratio not estimable"
        plan = stack(*needed, had).assign(term=f"{label}: {shown}{words}")
        parts.append(plan if ratio == ratio else plan.assign(note=UNKNOWN))
    least = detectable_ratio(events, share=share, **fields)
    return stack(*parts, least.assign(term=f"{label}: what the events could show"))


def plan_proportions(sides: pd.DataFrame, gains: Sequence[float], *, label: str, group: str) -> pd.DataFrame:
    """Return the plan for two proportions: the observed ones (control, then treated row), then stated gains.

    A stated gain is added to the control group's proportion, at most up to 1.
    """
    if len(sides) != 2 or sides["estimate"].isna().any():
        return estimates([])
    control, treated = (row for _, row in sides.iterrows())
    fields = {"endpoint": treated["endpoint"], "population": treated["population"], "group": group}
    pairs = [(treated["estimate"], OBSERVED)] + [(min(control["estimate"] + gain, 1.0), STATED) for gain in gains]
    parts = []
    for rate, words in pairs:
        needed = [_powered(required_patients(rate, control["estimate"], power=p, **fields), p) for p in POWERS]
        had = power_of_patients(rate, control["estimate"], int(treated["n"]), int(control["n"]), **fields)
        term = f"{label}: {written(rate, '.1%')} against {written(control['estimate'], '.1%')}{words}"
        parts.append(stack(*needed, had).assign(term=term))
    return stack(*parts)


def _powered(rows: pd.DataFrame, power: float) -> pd.DataFrame:
    """Name the power in the method, so that the rows of two plans can be told apart."""
    return rows.assign(method=rows["method"] + f", power {power:.0%}")
