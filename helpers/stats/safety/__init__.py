"""Harm: adverse events, low blood counts, toxicity by grade and in time."""

from helpers.stats.safety.adverse_events import adverse_events_by_term, infections, onset_counts
from helpers.stats.safety.associations import clinical_associations
from helpers.stats.safety.cytopenia import blood_counts, ctcae, recovery_data
from helpers.stats.safety.deaths import deaths_by_period
from helpers.stats.safety.icaht import NEUTROPENIA, icaht_grades
from helpers.stats.safety.toxicity import toxicity_days, toxicity_grades, toxicity_thresholds
from helpers.stats.safety.toxicity_times import incidence_by_day
