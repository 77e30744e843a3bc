"""Harm: adverse events, low blood counts, toxicity by grade and in time."""

from helpers.stats.safety.adverse_events import adverse_events_by_term, emergent, infections
from helpers.stats.safety.associations import clinical_associations
from helpers.stats.safety.cytopenia import blood_counts, ctcae, recovery_data
from helpers.stats.safety.icaht import NEUTROPENIA, icaht_grades
from helpers.stats.safety.toxicity import early_deaths, toxicity_days, toxicity_grades, toxicity_thresholds
from helpers.stats.safety.toxicity_times import at_risk_by_day, curves_by_day, incidence_by_day, onset_data

__all__ = [
    "NEUTROPENIA",
    "adverse_events_by_term",
    "at_risk_by_day",
    "blood_counts",
    "clinical_associations",
    "ctcae",
    "curves_by_day",
    "early_deaths",
    "emergent",
    "icaht_grades",
    "incidence_by_day",
    "infections",
    "onset_data",
    "recovery_data",
    "toxicity_days",
    "toxicity_grades",
    "toxicity_thresholds",
]
