"""The timeline block: relapse, death and censoring days of 35 unnamed patients, laid out on one clock.

The 23 places in remission and 12 without get their patients later (``placement_block``), so every covariate effect
comes from the placing.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from helpers.synthetic.timeline_patterns import EARLY_OS_CENSORINGS, PATIENTS, REMISSIONS, Pattern, Solution, patterns

# 715 to 745 stay empty, so "24 months" means the same at 720, 730, 731 or 744 days.
LAST_EARLY_DAY, FIRST_LATE_DAY = 714, 746
FIRST_RELAPSE_DAY = 45
# The follow-up: reverse Kaplan-Meier prints 25.5 (1.1-33.5) in months of 30.4375 days.
SHORTEST_DAYS, MEDIAN_DAY, LONGEST_DAYS = (32, 35), 776, (1019, 1021)
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
        return np.where(self.lfs_event, self.relapse[:REMISSIONS], self.end[:REMISSIONS])

    @property
    def lfs_event(self) -> np.ndarray:
        """Whether leukaemia-free survival ended (nobody dies in remission in these cohorts)."""
        return self.relapse[:REMISSIONS] > 0


def timeline_block(rng: np.random.Generator) -> Places:
    """Places whose OS, LFS and follow-up print as published; redrawn until the layout is possible."""
    places = None
    while places is None:
        days = _early_days(rng)
        places = _assign(rng, *days) if days else None
    return places


def _early_days(rng: np.random.Generator) -> tuple[Pattern, dict[str, np.ndarray]] | None:
    """A pattern, and days up to 24 months by kind; None when no pattern is near or a day would be read otherwise."""
    lfs, by_shared = list(_patterns_by_halves().items())[rng.integers(len(_patterns_by_halves()))]
    relapses, censored = _lfs_days(rng, lfs)
    others = np.sort(rng.uniform(100, LAST_EARLY_DAY - 20, EARLY_OS_CENSORINGS - len(censored)))
    natural = _natural_deaths(rng, relapses)
    censorings = np.concatenate([censored, others])
    order = np.argsort(censorings, kind="stable")
    choices = by_shared.get(tuple((order < len(censored)).tolist()))
    pattern = _nearest_pattern(rng, choices, censorings[order], natural) if choices else None
    if pattern is None:
        return None
    deaths = _prescribed_deaths(rng, pattern, censorings[order], natural)
    days = _distinct({"relapse": relapses, "censored": censored, "other": others, "death": deaths})
    every = np.concatenate(list(days.values()))
    within = SHORTEST_DAYS[0] <= every.min() <= SHORTEST_DAYS[1] and every.max() <= LAST_EARLY_DAY
    return (pattern, days) if within and not np.isin(every, EMPTY_DAYS).any() else None


@cache
def _patterns_by_halves() -> dict[Solution, dict[tuple[bool, ...], list[Pattern]]]:
    """The patterns by their LFS half, and by which OS censorings it shares."""
    halves: dict[Solution, dict[tuple[bool, ...], list[Pattern]]] = {}
    for pattern in sorted(patterns(), key=lambda pattern: pattern.lfs):
        halves.setdefault(pattern.lfs, {}).setdefault(pattern.shared, []).append(pattern)
    return halves


def _lfs_days(rng: np.random.Generator, lfs: Solution) -> tuple[np.ndarray, np.ndarray]:
    """Ordered days of relapse and of censoring in remission, from an exponential decay cut to two years."""
    is_censoring = np.concatenate([[False] * count + [True] for count in lfs.events(REMISSIONS)])[:-1].astype(bool)
    mean = rng.uniform(*MEAN_RELAPSE_DAYS)
    top = -np.expm1(-(LAST_EARLY_DAY - 14 - FIRST_RELAPSE_DAY) / mean)
    days = np.sort(FIRST_RELAPSE_DAY - mean * np.log1p(-top * rng.random(len(is_censoring))))
    return days[~is_censoring], days[is_censoring]


def _natural_deaths(rng: np.random.Generator, relapses: np.ndarray) -> np.ndarray:
    """Days of death as they would fall without the published figures: 12 non-responders, then the relapsed."""
    refractory = SHORTEST_DAYS[0] + rng.exponential(rng.uniform(*MEAN_REFRACTORY_DAYS), PATIENTS - REMISSIONS)
    refractory[np.argmin(refractory)] = rng.uniform(SHORTEST_DAYS[0], SHORTEST_DAYS[1] + 1)
    lag = rng.exponential(rng.uniform(*MEAN_AFTER_RELAPSE_DAYS), len(relapses))
    return np.concatenate([refractory, relapses + RELAPSE_TO_DEATH_DAYS + lag])


def _nearest_pattern(
    rng: np.random.Generator, choices: list[Pattern], censorings: np.ndarray, deaths: np.ndarray
) -> Pattern | None:
    """A pattern whose prescribed numbers at risk are near the natural ones, the nearer the likelier."""
    prescribed = np.array([[*pattern.os.at, pattern.os.left] for pattern in choices])
    days = np.append(censorings, LAST_EARLY_DAY)
    natural = PATIENTS - (deaths[:, None] < days).sum(axis=0) - np.arange(len(days))
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
    pieces = [natural.min(keepdims=True)]
    counts = pattern.os.events(PATIENTS)
    counts[0] -= 1
    for count, low, high in zip(counts, bounds, bounds[1:], strict=False):
        inside = rng.permutation(natural[(natural > low) & (natural < high)])[:count]
        pieces += [inside, rng.uniform(low, high, count - len(inside))]
    return np.sort(np.concatenate(pieces))


def _distinct(days: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Whole days in the same order, no two alike."""
    kinds = np.repeat(list(days), [len(values) for values in days.values()])
    raw = np.concatenate(list(days.values()))
    order = np.argsort(raw, kind="stable")
    steps = np.arange(len(raw))
    whole = np.maximum.accumulate(np.floor(raw[order]).astype(int) - steps) + steps
    return {kind: whole[kinds[order] == kind] for kind in days}


def _assign(rng: np.random.Generator, pattern: Pattern, days: dict[str, np.ndarray]) -> Places | None:
    """Places with an end for everyone, or None when some death finds nobody to die."""
    relapse, end = np.zeros((2, PATIENTS), dtype=int)
    relapse[: len(days["relapse"])] = days["relapse"]
    end[len(days["relapse"]) :][: len(days["censored"])] = days["censored"]
    places = Places(relapse, end, np.zeros(PATIENTS, dtype=bool))
    if not _end_outside_remission(rng, days, places):
        return None
    _end_late(rng, pattern, places)
    order = np.concatenate([np.argsort(places.lfs_day, kind="stable"), np.arange(REMISSIONS, PATIENTS)])
    return Places(relapse[order], end[order], places.died[order])


def _end_outside_remission(rng: np.random.Generator, days: dict[str, np.ndarray], places: Places) -> bool:
    """Give each early death or censoring outside remission to somebody; False when that is impossible."""
    ready = np.where(places.relapse > 0, places.relapse + RELAPSE_TO_DEATH_DAYS, 0)
    refractory = np.arange(PATIENTS) >= REMISSIONS
    outside = refractory | (places.relapse > 0)
    for day in np.sort(np.concatenate([days["death"], days["other"]])):
        is_death = day in days["death"]
        candidates = np.flatnonzero(outside & (places.end == 0) & (ready <= day) & (is_death | ~refractory))
        if len(candidates) == 0:
            return False
        # Refractory disease kills sooner than relapsed disease, and hardly anybody outlives a year with it.
        weight = np.where(refractory[candidates], 1.0 + day / 60.0, 1.0)
        patient = candidates[np.searchsorted(np.cumsum(weight), rng.random() * weight.sum())]
        places.end[patient], places.died[patient] = day, is_death
    return bool((places.end[refractory] > 0).all())


def _end_late(rng: np.random.Generator, pattern: Pattern, places: Places) -> None:
    """Distinct last contacts after 24 months, sometimes one late relapse and one late death after relapse."""
    relapse, end = places.relapse, places.end
    left = rng.permutation(np.flatnonzero(end == 0))
    before = np.argmax(pattern.os.reverse_survival() <= 0.5) - 1  # the next contact brings the curve below one half
    early = rng.choice(np.arange(FIRST_LATE_DAY, MEDIAN_DAY), before, replace=False)
    late = rng.choice(np.arange(MEDIAN_DAY + 5, LONGEST_DAYS[0] - 10), len(left) - before - 2, replace=False)
    days = np.sort([*early, MEDIAN_DAY, *late, rng.integers(LONGEST_DAYS[0], LONGEST_DAYS[1] + 1)])
    end[left] = days[np.argsort(rng.random(len(left)), kind="stable")]
    in_remission = left[(relapse[left] == 0) & (end[left] > 830)]
    if len(in_remission) and rng.random() < 0.3:
        patient = in_remission[0]
        free = np.setdiff1d(np.arange(750, end[patient] - 30), end)  # a day on which nobody's observation ends
        relapse[patient] = free[rng.integers(len(free))]
    relapsed = left[(relapse[left] > 0) & (relapse[left] < 700) & (end[left] > 780) & (end[left] < 1000)]
    if len(relapsed) and rng.random() < 0.4:
        places.died[relapsed[0]] = True
