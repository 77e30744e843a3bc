"""A study's published figures beside its estimates, and what the publication leaves open."""

from helpers.audit.compare import compare
from helpers.audit.ensemble import ensemble_values
from helpers.audit.published import check_cohort, read_published
from helpers.audit.quantities import range_estimates, ranges
from helpers.audit.summary import answer, problems_first, shares_card
