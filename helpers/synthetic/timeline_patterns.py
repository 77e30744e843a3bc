"""At which risk sets the early censorings must fall for OS and LFS to print 23.7% and 30.5% at 24 months.

A Kaplan-Meier value with distinct event times is (still at risk) / n times n_i / (n_i - 1) for every
censoring that happens with n_i at risk, so the published percentages are equations in a few integers.
"""

from dataclasses import dataclass
from functools import cache
from itertools import combinations
from math import prod

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


@dataclass(frozen=True)
class Pattern:
    """One joint solution: who is at risk at each early censoring, and at 24 months.

    ``lfs_at`` and ``os_at`` are numbers at risk (the censored patient included) in order of time;
    ``shared`` says for each OS censoring whether the patient was in remission (an LFS censoring too).
    """

    lfs_left: int
    lfs_at: tuple[int, ...]
    os_left: int
    os_at: tuple[int, ...]
    shared: tuple[bool, ...]

    @property
    def deaths(self) -> np.ndarray:
        """Deaths before, between and after the OS censorings, up to 24 months."""
        return events_between(PATIENTS, self.os_at, self.os_left)


@cache
def solutions(n: int, censorings: int, window: tuple[float, float]) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Every (left at the end, numbers at risk at the censorings) whose Kaplan-Meier value is in the window.

    A value only grows with each censoring, so few numbers of patients left are worth enumerating.
    """
    found = []
    for left in range(1, n - censorings + 1):
        highest = left / n * prod(size / (size - 1) for size in range(left + 1, left + 1 + censorings))
        if left / n > window[1] or highest < window[0]:
            continue
        for sizes in combinations(range(n, left, -1), censorings):
            if window[0] <= left / n * prod(size / (size - 1) for size in sizes) <= window[1]:
                found.append((left, sizes))
    return tuple(found)


@cache
def patterns() -> tuple[Pattern, ...]:
    """All joint patterns with three early OS censorings that one clock from infusion allows."""
    found = []
    for early in EARLY_LFS_CENSORINGS:
        for lfs_left, lfs_at in solutions(REMISSIONS, early, LFS_WINDOW):
            for os_left, os_at in solutions(PATIENTS, EARLY_OS_CENSORINGS, OS_WINDOW):
                for shared in _choices(early):
                    pattern = Pattern(lfs_left, lfs_at, os_left, os_at, shared)
                    if _fits_one_clock(pattern):
                        found.append(pattern)
    return tuple(found)


def events_between(n: int, sizes: tuple[int, ...], left: int) -> np.ndarray:
    """Events between successive censorings, from the numbers at risk."""
    starts = np.array([n, *(size - 1 for size in sizes)])
    return starts - np.array([*sizes, left])


def _choices(early_lfs: int) -> list[tuple[bool, ...]]:
    """Which of the OS censorings are the LFS censorings."""
    chosen = combinations(range(EARLY_OS_CENSORINGS), early_lfs)
    return [tuple(i in which for i in range(EARLY_OS_CENSORINGS)) for which in chosen]


def _fits_one_clock(pattern: Pattern) -> bool:
    """Whether the patients alive but not in remission are never fewer than none (and first comes a death)."""
    if pattern.os_at[0] == PATIENTS or pattern.os_left < pattern.lfs_left:
        return False
    outside = NON_RESPONDERS
    lfs_sizes = iter(pattern.lfs_at)
    for size, shared in zip(pattern.os_at, pattern.shared, strict=True):
        if shared:
            outside = size - next(lfs_sizes)
        if outside < 0 or size < pattern.lfs_left + (not shared):
            return False
    return True
