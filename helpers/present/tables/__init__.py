"""Tables printed from estimates."""

from helpers.present.tables.cohort import baseline, follow_up
from helpers.present.tables.listing import by_endpoint, count_with_interval, count_with_percent, crosstab, listing
from helpers.present.tables.models import by_method, exposures, imputed, methods, multiplicity
from helpers.present.tables.response import both_ways, optional, targets
from helpers.present.tables.robustness import analyses, plan_table, range_table, usual_tests
from helpers.present.tables.safety import adverse_events, associations, deaths
from helpers.present.tables.survival import by_time, comparisons, durations, landmarks
