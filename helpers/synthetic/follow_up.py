"""The follow-up tail: last contacts after 24 months that make reverse Kaplan-Meier print 25.5 (1.1-33.5)."""

import numpy as np

from helpers.synthetic.timeline_patterns import Solution

FIRST_LATE_DAY = 746
CROSSING_DAY = 776  # 25.495 months of 30.4375 days
LONGEST_DAYS = (1019, 1021)  # 33.5 months


def reverse_survival(overall: Solution) -> np.ndarray:
    """Probability of still being under observation at 24 months, and after each later last contact.

    In every pattern it falls through one half before the longest observation, and never meets it.
    """
    early = np.prod([1 - 1 / size for size in overall.at])
    return early * np.arange(overall.left, -1, -1) / overall.left


def late_days(rng: np.random.Generator, overall: Solution) -> np.ndarray:
    """Distinct last-contact days after 24 months in ascending order, one per patient still under observation."""
    before = int(np.argmax(reverse_survival(overall) <= 0.5)) - 1  # the next contact brings the curve below one half
    after = overall.left - before - 2
    days = [
        rng.choice(np.arange(FIRST_LATE_DAY, CROSSING_DAY), before, replace=False),
        [CROSSING_DAY],
        rng.choice(np.arange(CROSSING_DAY + 5, LONGEST_DAYS[0] - 10), after, replace=False),
        [rng.integers(LONGEST_DAYS[0], LONGEST_DAYS[1] + 1)],
    ]
    return np.sort(np.concatenate(days))
