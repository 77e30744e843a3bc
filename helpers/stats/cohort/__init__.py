"""Who the patients are: their flow, their characteristics, and what is missing."""

from helpers.stats.cohort.baseline import balance, beyond_chance, describe, homogeneity, missing
from helpers.stats.cohort.flow import accrual, data_checks, exposure_counts, flow_reasons, flow_steps, patients_by_arm
