"""At which risk sets the early censorings must fall for OS and LFS to print 23.7% and 30.5% at 24 months.

A Kaplan-Meier value with distinct event times is (still at risk) / n times n_i / (n_i - 1) for every
censoring that happens with n_i at risk, so the published percentages are equations in a few integers.
"""

from dataclasses import dataclass
from functools import cache
from itertools import combinations, product
from math import prod
from typing import NamedTuple

import numpy as np

PATIENTS = 35
REMISSIONS = 23
NON_RESPONDERS = PATIENTS - REMISSIONS
# The half-open windows that print 23.7% and 30.5%, trimmed: 23.75% itself prints either way.
OS_WINDOW = (0.2365 + 1e-6, 0.2375 - 1e-6)
LFS_WINDOW = (0.3045 + 1e-6, 0.3055 - 1e-6)
EARLY_OS_CENSORINGS = 3
# 24 months in remission are reached by 5 or 6 of 23; smaller tails would rest on one or two patients.
EARLY_LFS_CENSORINGS = (2, 3)


class Solution(NamedTuple):
    """Who is at risk at 24 months, and at each early censoring in order of time (the censored patient included)."""

    left: int
    at: tuple[int, ...]

    def events(self, n: int) -> np.ndarray:
        """Events of n patients before, between and after the censorings, up to 24 months."""
        return np.array([n, *(size - 1 for size in self.at)]) - np.array([*self.at, self.left])

    def reverse_survival(self) -> np.ndarray:
        """Probability of still being under observation at 24 months, and after each later last contact.

        In every pattern OS falls through one half before the longest observation, and never meets it.
        """
        early = np.prod([1 - 1 / size for size in self.at])
        return early * np.arange(self.left, -1, -1) / self.left


@dataclass(frozen=True)
class Pattern:
    """One joint solution; ``shared`` says for each OS censoring whether it is an LFS censoring too (in remission)."""

    lfs: Solution
    os: Solution
    shared: tuple[bool, ...]


@cache
def solutions(n: int, censorings: int, window: tuple[float, float]) -> tuple[Solution, ...]:
    """Every solution of n patients whose Kaplan-Meier value at 24 months is in the window."""
    return tuple(
        Solution(left, sizes)
        for left in range(1, n - censorings + 1)
        for sizes in combinations(range(n, left, -1), censorings)
        if window[0] <= left / n * prod(size / (size - 1) for size in sizes) <= window[1]
    )


@cache
def patterns() -> tuple[Pattern, ...]:
    """All joint patterns with three early OS censorings that one clock from infusion allows."""
    overall = solutions(PATIENTS, EARLY_OS_CENSORINGS, OS_WINDOW)
    candidates = [
        Pattern(lfs, os, tuple(i in shared for i in range(EARLY_OS_CENSORINGS)))
        for early in EARLY_LFS_CENSORINGS
        for lfs, os in product(solutions(REMISSIONS, early, LFS_WINDOW), overall)
        for shared in combinations(range(EARLY_OS_CENSORINGS), early)
    ]
    return tuple(pattern for pattern in candidates if _fits_one_clock(pattern))


def _fits_one_clock(pattern: Pattern) -> bool:
    """Whether the patients alive but not in remission are never fewer than none (and first comes a death)."""
    if pattern.os.at[0] == PATIENTS or pattern.os.left < pattern.lfs.left:
        return False
    outside = NON_RESPONDERS
    lfs_sizes = iter(pattern.lfs.at)
    for size, shared in zip(pattern.os.at, pattern.shared, strict=True):
        if shared:
            outside = size - next(lfs_sizes)
        if outside < 0 or size < pattern.lfs.left + (not shared):
            return False
    return True
