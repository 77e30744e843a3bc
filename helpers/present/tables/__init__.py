"""Tables printed from estimates."""

from helpers.present.tables.cohort import baseline, checks, flow, follow_up
from helpers.present.tables.listing import count_with_interval, count_with_percent, crosstab, listing, side_by_side
from helpers.present.tables.models import by_method, imputed, methods, multiplicity
from helpers.present.tables.robustness import choice_table, each_choice_table, fit_table, plan_table, range_table
from helpers.present.tables.safety import adverse_events, associations
from helpers.present.tables.survival import by_time, comparisons, durations, landmarks
