"""Exposures that begin after time zero, kept free of immortal time."""

from helpers.stats.exposure.effects import ever_never, immortal_time, mantel_byar, time_dependent
from helpers.stats.exposure.exposed import censor_at, exposed_in_time, exposure_months
from helpers.stats.exposure.exposed_curves import enough_exposed, simon_makuch, simon_makuch_at_risk
from helpers.stats.exposure.landmarks import landmark
