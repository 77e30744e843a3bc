"""What a competing risk looks like when it is read wrongly: the curve to draw beside the cumulative incidence."""

import pandas as pd

from helpers.stats.estimates import if_recorded
from helpers.stats.survival.curves import kaplan_meier
from helpers.stats.survival.incidence import CURVE_COLUMNS, cause_codes, checked_causes


@if_recorded
def one_minus_survival(data: pd.DataFrame, cause: str, by: str | None = None) -> pd.DataFrame:
    """Return 1 - Kaplan-Meier of one cause in the shape of cumulative_incidence, without limits.

    Competing events are censored, as if those patients could still have the event: never below the cumulative
    incidence, above it from the first event that follows a competing one.
    """
    checked = checked_causes(data, by)
    own = checked.assign(event=(cause_codes(checked, cause) == 1).astype(int))
    curve = kaplan_meier(own, by)
    return curve.assign(cumulative_incidence=1 - curve["survival"], ci_low=float("nan"), ci_high=float("nan"))[
        CURVE_COLUMNS
    ]
