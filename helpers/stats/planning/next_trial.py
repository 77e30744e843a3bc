"""What a next trial needs for each effect, and what this study could have shown: plans made from estimates rows.

A future trial has equal groups; the power this study had is that of its own groups. Power 80% is for confirming an
effect; a trial with 90% also speaks against an effect of that size when it finds none.
"""

from collections.abc import Sequence

import pandas as pd

from helpers.frames import about
from helpers.stats.estimates import NOT_ESTIMABLE, compared, estimates, if_recorded, stack
from helpers.stats.planning import power
from helpers.stats.planning.specification import IN_TIME, LEFT_OUT, simplest
from helpers.stats.proportions.by_group import proportions
from helpers.stats.ties import written

POWERS = (0.8, 0.9)
OBSERVED, STATED = ", as observed", ", stated beforehand"


def plan_survival(curves: pd.DataFrame, ratios: Sequence[float]) -> pd.DataFrame:
    """Return the plans for overall and leukaemia-free survival of each effect of specification curves.

    Planned from the plainest analysis; an exposure enters it from its day on.
    """
    plans = []
    for label, curve in curves.groupby("variable_label", sort=False) if len(curves) else []:
        form = IN_TIME if curve["comparison"].iloc[0] == "exposure" else LEFT_OUT
        for key in ("os", "lfs"):
            effect = simplest(curve, key, form)
            plans += [plan_hazard(effect, ratios, label=f"{label}, {name}") for name in effect["endpoint_label"]]
    return stack(*plans)


def plan_hazard(effect: pd.DataFrame, ratios: Sequence[float], *, label: str) -> pd.DataFrame:
    """Return the plan for a hazard ratio: the observed one, then stated ones.

    `effect` is one row of a specification curve; its column `share` is the treated part of the patients. Rows per
    ratio: events and patients needed by power, and the power this study had; at the end the ratio it could have shown.
    `level` is the power aimed at or, for the power of this study, the formula. An empty effect gives an empty plan.
    """
    if effect.empty:
        return estimates([])
    row = effect.iloc[0]
    observed = row["estimate"]
    size = written(observed, ".2f") if pd.notna(observed) else "not estimable"
    parts = [_for_ratio(row, observed, f"{label}: hazard ratio {size}{OBSERVED}")]
    if pd.isna(observed):
        parts[0]["note"] = NOT_ESTIMABLE + "the observed effect is not estimable"
    for ratio in ratios:
        term = f"{label}: hazard ratio {written(ratio, '.2f')} or {written(1 / ratio, '.2f')}{STATED}"
        parts.append(_for_ratio(row, ratio, term))
    least = power.detectable_ratio(int(row["events"]), share=row["share"])
    parts.append(least.assign(term=f"{label}: what the events could show"))
    return _about(stack(*parts), row, label)


def _for_ratio(row: pd.Series, ratio: float, term: str) -> pd.DataFrame:
    """What a trial of one hazard ratio needs, and the power that this study had for it."""
    rate = row["events"] / row["n"] if row["n"] else 0.0
    needed = [power.required_events(ratio, rate, power=aim) for aim in POWERS]
    return stack(*needed, power.power_of_events(ratio, int(row["events"]), share=row["share"])).assign(term=term)


@if_recorded
def plan_proportions(data: pd.DataFrame, by: str, gains: Sequence[float]) -> pd.DataFrame:
    """Return the plan for two proportions of an outcome: the observed ones, then stated gains.

    `by` is a column of two groups, the control group first. A stated gain is added to the control group's proportion,
    at most up to 1. `level` as in `plan_hazard`. No plan where a group has no proportion.
    """
    sides = proportions(data, by)
    if len(sides) != 2 or sides["estimate"].isna().any():
        return estimates([])
    control, treated = (row for _, row in sides.iterrows())
    label = about(data).label
    parts = [_for_rate(control, treated, treated["estimate"], label, OBSERVED)]
    for gain in gains:
        parts.append(_for_rate(control, treated, min(control["estimate"] + gain, 1.0), label, STATED))
    return _about(stack(*parts), treated, label).assign(**compared(data, by))


def _for_rate(control: pd.Series, treated: pd.Series, rate: float, label: str, end: str) -> pd.DataFrame:
    """What a trial of one proportion against the control group's needs, and the power that this study had for it."""
    base = control["estimate"]
    needed = [power.required_patients(rate, base, power=aim) for aim in POWERS]
    had = power.power_of_patients(rate, base, int(treated["n"]), int(control["n"]))
    term = f"{label}: {written(rate, '.1%')} against {written(base, '.1%')}{end}"
    return stack(*needed, had).assign(term=term)


def _about(plan: pd.DataFrame, row: pd.Series, label: str) -> pd.DataFrame:
    """The plan with the columns that say which effect it is for."""
    columns = ("endpoint", "endpoint_label", "population", "group", "comparison", "variable")
    return plan.assign(**{name: row[name] for name in columns}, variable_label=label, analysis="plan")
