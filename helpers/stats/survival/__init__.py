"""Time to event: curves, what is read off them, and tests between groups."""

from helpers.stats.survival.curve import Curve
from helpers.stats.survival.curves import kaplan_meier, median_survival, number_at_risk, survival_at
from helpers.stats.survival.difference import latest, survival_difference
from helpers.stats.survival.follow_up import follow_up
from helpers.stats.survival.gray import gray
from helpers.stats.survival.incidence import (
    cumulative_incidence,
    identity_departure,
    incidence_at,
    one_minus_survival_at,
)
from helpers.stats.survival.log_rank import logrank
from helpers.stats.survival.restricted_mean import rmst, rmst_difference
