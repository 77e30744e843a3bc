"""What the generator was made to satisfy beyond the printed figures, and what follows from them by arithmetic."""

import pandas as pd

from helpers.audit.origin import COLUMNS

ALL, IN_CR = "all patients", "patients in CR"
IMPOSED, IMPLIED = "imposed", "implied"
# Rows of origin.csv, in the order of its columns; an empty cell stands for any value.
DECLARED = (
    # the multivariable models of which the publication gives direction and significance, or a mislabelled ratio
    ("lfs", IN_CR, "", "high_risk_genetics", "", "hazard_ratio", "", IMPOSED),
    ("lfs", IN_CR, "", "lymphodepletion", "", "hazard_ratio", "", IMPOSED),
    ("lfs", IN_CR, "", "consolidation", "ever", "hazard_ratio", "", IMPOSED),
    ("cr", ALL, "", "contrast", "", "odds_ratio", "", IMPOSED),
    # sums and tests of the printed counts
    ("cohort", ALL, "", "flow", "in_remission", "count", "", IMPLIED),
    ("cr", ALL, "All", "", "", "proportion", "", IMPLIED),
    ("cr", ALL, "Tandem", "", "", "proportion", "", IMPLIED),
    ("cr", ALL, "Single or sequential", "", "", "proportion", "", IMPLIED),
    ("cr", ALL, "contrast", "", "", "p_value", "", IMPLIED),
    ("cr", ALL, "contrast", "", "", "fragility_index", "", IMPLIED),
    ("cr", ALL, "contrast", "", "", "risk_difference", "", IMPLIED),
    ("cr", ALL, "contrast", "", "", "odds_ratio", "", IMPLIED),
    # leukaemia-free survival and incidence of relapse add up to everybody at two years
    ("nrm", IN_CR, "", "", "", "cumulative_incidence", "24", IMPLIED),
)


def origins() -> pd.DataFrame:
    """The table of origin.csv, every column as text."""
    return pd.DataFrame(DECLARED, columns=list(COLUMNS), dtype=str)
