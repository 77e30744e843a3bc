"""Which analyses are reasonable, what they say together, and what the next trial needs."""

from helpers.stats.planning.analyses import (
    contrast_on_response,
    contrast_on_survival,
    exposure_on_survival,
    exposures_on_survival,
)
from helpers.stats.planning.next_trial import plan_observed, plan_proportions, plan_survival
