"""A cohort folder as checked tables and endpoints; the only code that opens patient files."""

from helpers.cohort.endpoints import NotRecorded, survival_data
from helpers.cohort.findings import CohortError
from helpers.cohort.load import Cohort, load_cohort
