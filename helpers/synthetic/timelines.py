"""The timeline block: relapse, death and censoring days of 35 unnamed patients, laid out on one clock.

The result has *places*, not patients: 23 places in remission and 12 without. Which patient takes which
place is decided later (``placement_block``), so every covariate effect comes from the placing.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from helpers.synthetic.follow_up import late_days, may_cross
from helpers.synthetic.timeline_patterns import (
    EARLY_OS_CENSORINGS,
    NON_RESPONDERS,
    PATIENTS,
    REMISSIONS,
    Pattern,
    events_between,
    patterns,
)

# 715 to 745 stay empty, so "24 months" means the same at 720, 730, 731 or 744 days.
LAST_EARLY_DAY = 714
FIRST_RELAPSE_DAY = 45
SHORTEST_DAYS = (32, 35)  # 1.1 months
# Landmark days and month-of-30-days milestones: an event on the very day would be read either way.
EMPTY_DAYS = (60, 90, 100, 120, 180, 270, 360, 365, 540, 548)
RELAPSE_TO_DEATH_DAYS = 10
MEAN_RELAPSE_DAYS = (130.0, 420.0)
MEAN_REFRACTORY_DAYS = (60.0, 200.0)
MEAN_AFTER_RELAPSE_DAYS = (80.0, 320.0)
NEARNESS_PATIENTS = 2.0
FARTHEST_PATIENTS = 5.0


@dataclass(frozen=True)
class Places:
    """Days of the 35 places; the first 23 are in remission, ordered by LFS time, the others not.

    ``relapse`` is 0 without relapse; ``end`` is the last day seen; ``died`` says whether that is a death.
    """

    relapse: np.ndarray
    end: np.ndarray
    died: np.ndarray

    @property
    def lfs_day(self) -> np.ndarray:
        """Day of relapse, else of the last contact, for the places in remission."""
        relapse = self.relapse[:REMISSIONS]
        return np.where(relapse > 0, relapse, self.end[:REMISSIONS])

    @property
    def lfs_event(self) -> np.ndarray:
        """Whether leukaemia-free survival ended (nobody dies in remission in these cohorts)."""
        return self.relapse[:REMISSIONS] > 0


def timeline_block(rng: np.random.Generator) -> Places:
    """Places whose OS, LFS and follow-up print as published; redrawn until the layout is possible."""
    while True:
        days = _early_days(rng)
        places = _assign(rng, *days) if days is not None else None
        if places is not None:
            return places


def _early_days(rng: np.random.Generator) -> tuple[Pattern, dict[str, np.ndarray]] | None:
    """A pattern, and distinct days up to 24 months: relapses, censorings in remission and not, deaths."""
    lfs, kinds, solution = _lfs_days(rng)
    censored = lfs[kinds == 1]
    others = np.sort(rng.uniform(100, LAST_EARLY_DAY - 20, EARLY_OS_CENSORINGS - len(censored)))
    natural = _natural_deaths(rng, lfs[kinds == 0])
    pattern = _nearest_pattern(rng, solution, np.concatenate([censored, others]), natural)
    if pattern is None:
        return None
    deaths = _prescribed_deaths(rng, pattern, np.sort(np.concatenate([censored, others])), natural)
    days = _distinct({"relapse": lfs[kinds == 0], "censored": censored, "other": others, "death": deaths})
    return (pattern, days) if _is_legal(days) else None


def _lfs_days(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Ordered days of relapse (kind 0) and of censoring in remission (kind 1), and the LFS solution used."""
    solution = _lfs_solutions()[rng.integers(len(_lfs_solutions()))]
    relapses = events_between(REMISSIONS, solution[1], solution[0])
    kinds = np.concatenate([[0] * count + [1] for count in relapses])[:-1].astype(int)
    mean = rng.uniform(*MEAN_RELAPSE_DAYS)
    days = FIRST_RELAPSE_DAY + _decaying(rng, len(kinds), LAST_EARLY_DAY - 14 - FIRST_RELAPSE_DAY, mean)
    return np.sort(days), kinds, solution


@cache
def _lfs_solutions() -> tuple:
    """The LFS halves of the usable patterns."""
    return tuple(sorted({(pattern.lfs_left, pattern.lfs_at) for pattern in patterns() if may_cross(pattern)}))


@cache
def _os_halves(solution: tuple, shared: tuple[bool, ...]) -> tuple[tuple[Pattern, ...], np.ndarray]:
    """The usable patterns of an LFS solution, and the OS numbers at risk they prescribe, one row each."""
    usable = [
        pattern
        for pattern in patterns()
        if (pattern.lfs_left, pattern.lfs_at) == solution and pattern.shared == shared and may_cross(pattern)
    ]
    return tuple(usable), np.array([[*pattern.os_at, pattern.os_left] for pattern in usable])


def _natural_deaths(rng: np.random.Generator, relapses: np.ndarray) -> np.ndarray:
    """Days of death as they would fall without the published figures: 12 non-responders, then the relapsed."""
    refractory = SHORTEST_DAYS[0] + rng.exponential(rng.uniform(*MEAN_REFRACTORY_DAYS), NON_RESPONDERS)
    refractory[np.argmin(refractory)] = rng.uniform(SHORTEST_DAYS[0], SHORTEST_DAYS[1] + 1)
    lag = rng.exponential(rng.uniform(*MEAN_AFTER_RELAPSE_DAYS), len(relapses))
    return np.concatenate([refractory, relapses + RELAPSE_TO_DEATH_DAYS + lag])


def _nearest_pattern(
    rng: np.random.Generator, solution: tuple, censorings: np.ndarray, deaths: np.ndarray
) -> Pattern | None:
    """A pattern whose numbers at risk are near the natural ones, the nearer the likelier."""
    order = np.argsort(censorings, kind="stable")
    shared = tuple(bool(index < len(solution[1])) for index in order)
    choices, prescribed = _os_halves(solution, shared)
    days = np.append(censorings[order], LAST_EARLY_DAY)
    natural = PATIENTS - (deaths[:, None] < days).sum(axis=0) - np.arange(len(days))
    if not choices:
        return None
    distance = ((prescribed - natural) ** 2).sum(axis=1)
    weight = np.exp(-distance / (2 * NEARNESS_PATIENTS**2)) * (distance <= FARTHEST_PATIENTS**2)
    if weight.sum() == 0:
        return None
    return choices[np.searchsorted(np.cumsum(weight), rng.random() * weight.sum())]


def _prescribed_deaths(
    rng: np.random.Generator, pattern: Pattern, censorings: np.ndarray, natural: np.ndarray
) -> np.ndarray:
    """The natural deaths, some dropped or added so that each interval holds the prescribed number."""
    bounds = np.concatenate([[natural.min()], censorings, [LAST_EARLY_DAY - 5.0]])
    pieces = [[natural.min()]]
    counts = pattern.deaths - (np.arange(len(pattern.deaths)) == 0)
    for count, low, high in zip(counts, bounds, bounds[1:], strict=False):
        inside = natural[(natural > low) & (natural < high)]
        kept = rng.permutation(inside)[:count]
        pieces += [kept, rng.uniform(low, high, count - len(kept))]
    return np.sort(np.concatenate(pieces))


def _distinct(days: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Whole days in the same order, no two alike."""
    kinds = np.repeat(np.arange(len(days)), [len(values) for values in days.values()])
    raw = np.concatenate(list(days.values()))
    order = np.argsort(raw, kind="stable")
    steps = np.arange(len(raw))
    whole = np.maximum.accumulate(np.floor(raw[order]).astype(int) - steps) + steps
    return {name: whole[kinds[order] == kind] for kind, name in enumerate(days)}


def _is_legal(days: dict[str, np.ndarray]) -> bool:
    """Whether the first day prints 1.1 months and no day falls where the reading would be in doubt."""
    every = np.concatenate(list(days.values()))
    first_ok = SHORTEST_DAYS[0] <= every.min() <= SHORTEST_DAYS[1]
    return bool(first_ok and every.max() <= LAST_EARLY_DAY and not np.isin(every, EMPTY_DAYS).any())


def _decaying(rng: np.random.Generator, size: int, length: float, mean: float) -> np.ndarray:
    """Days since the start of an interval, from an exponential decay cut to its length."""
    top = -np.expm1(-length / mean)
    return -mean * np.log1p(-top * rng.random(size))


def _assign(rng: np.random.Generator, pattern: Pattern, days: dict[str, np.ndarray]) -> Places | None:
    """Places with an end for everyone, or None when some death finds nobody to die."""
    relapses, censored = len(days["relapse"]), len(days["censored"])
    relapse = np.zeros(REMISSIONS + NON_RESPONDERS, dtype=int)
    relapse[:relapses] = days["relapse"]
    end = np.zeros_like(relapse)
    died = np.zeros(len(relapse), dtype=bool)
    end[relapses : relapses + censored] = days["censored"]
    if not _end_outside_remission(rng, days, relapse, end, died):
        return None
    _late_places(rng, pattern, relapse, end, died)
    lfs = np.where(relapse > 0, relapse, end)[:REMISSIONS]
    order = np.concatenate([np.argsort(lfs, kind="stable"), np.arange(REMISSIONS, len(end))])
    return Places(relapse[order], end[order], died[order])


def _end_outside_remission(
    rng: np.random.Generator, days: dict, relapse: np.ndarray, end: np.ndarray, died: np.ndarray
) -> bool:
    """Give each early death or censoring outside remission to somebody; False when that is impossible."""
    ready = np.where(relapse > 0, relapse + RELAPSE_TO_DEATH_DAYS, 0)
    never_in_remission = np.arange(len(end)) >= REMISSIONS
    outside = never_in_remission | (relapse > 0)
    for day in np.sort(np.concatenate([days["death"], days["other"]])):
        is_death = day in days["death"]
        candidates = np.flatnonzero(outside & (end == 0) & (ready <= day) & (is_death | ~never_in_remission))
        if len(candidates) == 0:
            return False
        # Refractory disease kills sooner than relapsed disease, and hardly anybody outlives a year with it.
        weight = np.where(never_in_remission[candidates], 1.0 + day / 60.0, 1.0)
        chosen = candidates[np.searchsorted(np.cumsum(weight), rng.random() * weight.sum())]
        end[chosen], died[chosen] = day, is_death
    return bool((end[never_in_remission] > 0).all())


def _late_places(
    rng: np.random.Generator, pattern: Pattern, relapse: np.ndarray, end: np.ndarray, died: np.ndarray
) -> None:
    """Last contacts after 24 months, sometimes one late relapse and one late death after relapse."""
    left = rng.permutation(np.flatnonzero(end == 0))
    end[left] = np.sort(late_days(rng, pattern))[np.argsort(rng.random(len(left)), kind="stable")]
    in_remission = left[(relapse[left] == 0) & (end[left] > 830)]
    if len(in_remission) and rng.random() < 0.3:
        patient = in_remission[0]
        relapse[patient] = _free_day(rng, (750, end[patient] - 30), end)
    relapsed = left[(relapse[left] > 0) & (relapse[left] < 700) & (end[left] > 780) & (end[left] < 1000)]
    if len(relapsed) and rng.random() < 0.4:
        died[relapsed[0]] = True


def _free_day(rng: np.random.Generator, between: tuple[int, int], taken: np.ndarray) -> int:
    """A day on which nobody's observation ends."""
    free = np.setdiff1d(np.arange(*between), taken)
    return int(free[rng.integers(len(free))])
