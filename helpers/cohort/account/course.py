"""Follow-up, ages, arms and endpoints of a cohort in words and counts, in which a wrong unit shows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from helpers.cohort.endpoints import NotRecorded, survival_data
from helpers.cohort.record import ColumnRead, TableRead
from helpers.study import DAYS_PER_MONTH, Study

UNCOUNTED = "not counted before the faults are mended"
FOLLOWED = ("last_contact_day", "death_day")
FEWEST = 5  # patients of whom quartiles are said: those of fewer are single patients' values
NUMBERS = ("integer", "number", "day")
MONTHS_PER_YEAR = 12


@dataclass(frozen=True)
class Spread:
    """The quartiles of a column among the patients with a value, as numbers of two or three digits and in words."""

    column: str
    unit: str
    patients: int
    lower: float
    median: float
    upper: float
    words: str


@dataclass(frozen=True)
class ArmCount:
    """How many patients are in an arm."""

    arm: str
    label: str
    patients: int


@dataclass(frozen=True)
class EndpointCount:
    """An endpoint: patients in its population and events, None where they are not counted; what it lacks, or ""."""

    endpoint: str
    label: str
    population: str
    patients: int | None
    events: int | None
    lacks: str

    @property
    def words(self) -> str:
        """ "35 (all patients), 20 with the event", or why that is not said."""
        if self.lacks or self.patients is None:
            return self.lacks or UNCOUNTED
        return f"{self.patients:,} ({self.population}), {self.events:,} with the event"


def spreads(study: Study, patients: pd.DataFrame) -> Iterator[Spread]:
    """Follow-up in months and in years, and age, as far as enough patients have one."""
    if quartiles := _quartiles(patients, "last_contact_day", DAYS_PER_MONTH):
        n, lower, median, upper = quartiles
        words = (
            f"{n:,} patients followed from {study.time_zero} to last contact for a median of {_number(median)} months "
            f"({_years(median)}), half of them for {_number(lower)} to {_number(upper)} months."
        )
        yield Spread("last_contact_day", "months", n, lower, median, upper, words)
    if quartiles := _quartiles(patients, "age_years", 1):
        n, lower, median, upper = quartiles
        middle = f"half of the {n:,} patients are {_number(lower)} to {_number(upper)}"
        words = f"Median age {_number(median)} years; {middle}."
        yield Spread("age_years", "years", n, lower, median, upper, words)


def with_medians(read: TableRead, values: pd.DataFrame) -> TableRead:
    """The account of a table with the medians of its columns of numbers."""

    def median(column: ColumnRead) -> float | None:
        numbers = column.type in NUMBERS and column.column in values
        found = _quartiles(values, column.column, 1) if numbers else None
        return found[2] if found else None

    return replace(read, columns=tuple(replace(column, median=median(column)) for column in read.columns))


def _quartiles(patients: pd.DataFrame, column: str, unit: float) -> tuple[int, float, float, float] | None:
    """How many have a value, and its quartiles, of three digits; None for too few."""
    values = patients[column].to_numpy(float) / unit if column in patients else np.array([])
    values = values[np.isfinite(values)]
    if len(values) < FEWEST:
        return None
    lower, median, upper = (float(f"{value:.3g}") for value in np.quantile(values, [0.25, 0.5, 0.75]))
    return len(values), lower, median, upper


def _number(value: float) -> str:
    """A number as it is said: without a power of ten, as long as that is readable."""
    return f"{value:,.0f}" if 100 <= value < 1e12 else f"{value:.3g}"


def _years(months: float) -> str:
    """Months as years or as days, in the unit that is heard best."""
    years = months / MONTHS_PER_YEAR
    if years >= 1:
        return f"about {_number(float(f'{years:.2g}'))} years"
    return f"about {_number(float(f'{months * DAYS_PER_MONTH:.2g}'))} days"


def arm_counts(study: Study, patients: pd.DataFrame) -> Iterator[ArmCount]:
    """The patients of each arm, in the study's order."""
    counts = patients["arm"].value_counts() if "arm" in patients else pd.Series(dtype=int)
    yield from (ArmCount(arm.key, arm.label, int(counts.get(arm.key, 0))) for arm in study.arms)


def endpoint_counts(study: Study, patients: pd.DataFrame, counted: bool) -> Iterator[EndpointCount]:
    """The patients and events of each endpoint; None where cells are at fault and may not be `counted`."""
    for key, endpoint in study.endpoints.items():
        size, events, lacks = _counts(study, patients, key)
        size, events = (size, events) if counted else (None, None)
        yield EndpointCount(key, endpoint.label, study.populations[endpoint.population], size, events, lacks)


def _counts(study: Study, patients: pd.DataFrame, key: str) -> tuple[int | None, int | None, str]:
    """Patients and events of an endpoint, and what it lacks."""
    source = study.endpoints["efs" if key == "efs" else "lfs"]
    own = (source.day_column, source.event_column) if source.recorded and key != "os" else ()
    if missing := [name for name in (*FOLLOWED, *own) if name not in patients]:
        return None, None, f"{' and '.join(missing)} not read"
    try:
        data = survival_data(patients, study, key)
    except NotRecorded as reason:
        return None, None, str(reason).removesuffix(" in this cohort")
    return len(data), int(data["event"].sum()), ""
