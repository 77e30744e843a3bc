"""What a next trial with equal groups needs for effects stated beforehand, and for the observed ones of real patients.

Power 80% is for confirming an effect; a trial with 90% also speaks against an effect of that size when it finds none.
"""

from collections.abc import Sequence

import pandas as pd

from helpers.frames import about
from helpers.stats.estimates import compared, estimates, if_recorded, scope, stack
from helpers.stats.planning import power
from helpers.stats.planning.specification import simplest
from helpers.stats.proportions.by_group import proportions
from helpers.stats.ties import written

POWERS = (0.8, 0.9)
OBSERVED = ", as observed"


@if_recorded
def plan_survival(data: pd.DataFrame, by: str, ratios: Sequence[float]) -> pd.DataFrame:
    """Return the events and the patients that a trial of each stated hazard ratio needs, by power.

    `by` is a column of two groups, the treated last. Patients follow from one event rate, that of both groups here:
    `events` of `n`. The last row is the hazard ratio below 1 that these events could have shown. `level` is the power.
    """
    sides = data.dropna(subset=by)
    events, n = int(sides["event"].sum()), len(sides)
    rate = events / n if n else 0.0
    treated = (sides[by] == sides[by].cat.categories[-1]).mean()
    needed = [_for_ratio(rate, ratio, f"Hazard ratio {_both_ways(ratio)}") for ratio in ratios]
    least = power.detectable_ratio(events, share=treated).assign(term="What the events could show")
    about_both = {**scope(data), **compared(data, by), "n": float(n), "events": float(events), "analysis": "plan"}
    return stack(*needed, least).assign(**about_both)


def plan_observed(curves: pd.DataFrame) -> pd.DataFrame:
    """Return the same needs for the observed hazard ratio of each effect of specification curves of one endpoint.

    Planned from the plainest analysis; an exposure enters it from its day on. No rows for an effect without estimate.
    """
    plans = []
    for label, curve in curves.groupby("variable_label", sort=False) if len(curves) else []:
        for _, row in simplest(curve).dropna(subset="estimate").iterrows():
            term = f"{label}: hazard ratio {written(row['estimate'], '.2f')}{OBSERVED}"
            columns = ["endpoint", "endpoint_label", "population", "group", "comparison", "variable", "variable_label"]
            plan = _for_ratio(row["events"] / row["n"], row["estimate"], term)
            plans.append(plan.assign(**row[[*columns, "n", "events"]], analysis="plan"))
    return stack(*plans)


@if_recorded
def plan_proportions(data: pd.DataFrame, by: str, gains: Sequence[float] = ()) -> pd.DataFrame:
    """Return the patients that a trial of two proportions of an outcome needs, for stated gains.

    `by` is a column of two groups, the control group first. A gain is added to the control group's proportion, at most
    up to 1; without gains the plan is for the observed ones. `level` is the power. No plan where a group has no
    proportion.
    """
    sides = proportions(data, by)
    if len(sides) != 2 or sides["estimate"].isna().any():
        return estimates([])
    base, observed = sides["estimate"]
    stated = dict.fromkeys(min(base + gain, 1.0) for gain in gains)  # near 100% two gains may be one
    plans = [_for_rate(rate, base, "") for rate in stated] or [_for_rate(observed, base, OBSERVED)]
    return stack(*plans).assign(**scope(data), **compared(data, by), analysis="plan", variable_label=about(data).label)


def _for_ratio(rate: float, ratio: float, term: str) -> pd.DataFrame:
    """The events and patients for one hazard ratio, by power."""
    return stack(*(power.required_events(ratio, rate, power=aim) for aim in POWERS)).assign(term=term)


def _for_rate(rate: float, base: float, end: str) -> pd.DataFrame:
    """The patients for one proportion against the control group's, by power."""
    needed = stack(*(power.required_patients(rate, base, power=aim) for aim in POWERS))
    return needed.assign(term=f"{written(rate, '.1%')} against {written(base, '.1%')}{end}")


def _both_ways(ratio: float) -> str:
    """ "0.50 or 2.00": events are as many for a ratio as for its inverse."""
    return f"{written(ratio, '.2f')} or {written(1 / ratio, '.2f')}"
