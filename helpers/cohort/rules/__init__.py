"""The rules of the data: what the cells, rows and tables of a cohort must say of each other, and what they should."""

from helpers.cohort.rules.base import TOLERANCE, Facts, apply_rules
from helpers.cohort.rules.clinical import CLINICAL_RULES
from helpers.cohort.rules.codes import CODE_RULES
from helpers.cohort.rules.identity import IDENTITY_RULES
from helpers.cohort.rules.indicators import INDICATOR_RULES
from helpers.cohort.rules.plausible import PLAUSIBILITY_RULES
from helpers.cohort.rules.records import RECORD_RULES

PATIENT_RULES = (*CLINICAL_RULES, *IDENTITY_RULES, *PLAUSIBILITY_RULES, *INDICATOR_RULES)
__all__ = ["CODE_RULES", "PATIENT_RULES", "RECORD_RULES", "TOLERANCE", "Facts", "apply_rules"]
