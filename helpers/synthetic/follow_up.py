"""The follow-up tail: last contacts after 24 months that make reverse Kaplan-Meier print 25.5 (1.1-33.5)."""

import numpy as np

from helpers.synthetic.timeline_patterns import Pattern

FIRST_LATE_DAY = 746
CROSSING_DAY = 776  # 25.495 months of 30.4375 days
LONGEST_DAYS = (1019, 1021)  # 33.5 months
TOLERANCE = 1e-6


def reverse_survival(pattern: Pattern) -> np.ndarray:
    """Probability of still being under observation at 24 months, and after each later last contact."""
    early = np.prod([1 - 1 / size for size in pattern.os_at])
    return early * np.arange(pattern.os_left, -1, -1) / pattern.os_left


def crossing(pattern: Pattern) -> int:
    """How many last contacts after 24 months bring the reverse Kaplan-Meier curve to one half or below."""
    return int(np.argmax(reverse_survival(pattern) <= 0.5))


def may_cross(pattern: Pattern) -> bool:
    """Whether the median can fall on the crossing day, with the longest observation still to come.

    A curve that meets one half exactly is left out: its median depends on the rule for ties.
    """
    values = reverse_survival(pattern)
    return bool(1 <= crossing(pattern) < pattern.os_left and np.abs(values - 0.5).min() > TOLERANCE)


def late_days(rng: np.random.Generator, pattern: Pattern) -> np.ndarray:
    """Distinct last-contact days after 24 months, one per patient still under observation."""
    before = crossing(pattern) - 1
    after = pattern.os_left - before - 2
    return np.concatenate([
        rng.choice(np.arange(FIRST_LATE_DAY, CROSSING_DAY), before, replace=False),
        [CROSSING_DAY],
        rng.choice(np.arange(CROSSING_DAY + 5, LONGEST_DAYS[0] - 10), after, replace=False),
        [rng.integers(LONGEST_DAYS[0], LONGEST_DAYS[1] + 1)],
    ])  # fmt: skip
