"""What a cohort folder of one change after the other is told: its faults and its questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from helpers.cohort import CohortError, load_cohort


class Told(NamedTuple):
    """The faults and questions of a cohort, each as "rows, column: problem" without its file and remedy."""

    faults: list[str]
    questions: list[str]

    def __contains__(self, text: str) -> bool:
        return any(text in said for said in [*self.faults, *self.questions])


@pytest.fixture
def told(make_cohort) -> Callable[..., Told]:
    """Writes a cohort folder as `make_cohort` does, reads it, and returns what was said of it."""

    def tell(patients: pd.DataFrame | str, study: str | None = None, **tables: pd.DataFrame | str) -> Told:
        folder = make_cohort(patients, **tables) if study is None else make_cohort(patients, study, **tables)
        try:
            faults, questions = (), load_cohort(folder).questions
        except CohortError as error:
            faults, questions = error.faults, error.questions
        return Told(*([f"{fault.place}: {fault.problem}" for fault in found] for found in (faults, questions)))

    return tell


@pytest.fixture
def many() -> pd.DataFrame:
    """Forty patients without a fault, as text: the last treated has been followed for a year, half have died."""
    draw = np.random.default_rng(7)
    start = np.datetime64("2018-01-01") + draw.integers(0, 1000, 40)
    longest = (np.datetime64("2021-12-31") - start).astype(int)
    died = np.arange(40) % 2 == 0
    last = np.where(died, draw.integers(40, 360, 40), longest - draw.integers(0, 30, 40))
    frame = pd.DataFrame(
        {
            "patient_id": [f"S-{number:03d}" for number in range(1, 41)],
            "arm": ["one", "two"] * 20,
            "age_years": draw.integers(20, 75, 40),
            "infusion_date": start.astype(str),
            "bm_blasts_pct": draw.integers(1, 95, 40) + 0.5,
            "response": "cr",
            "response_day": draw.integers(26, 32, 40),
            "relapse_day": "",
            "death_day": np.where(died, last, -1),
            "last_contact_day": last,
            "crs_grade": 1,
            "crs_onset_day": draw.integers(1, 9, 40),
            "crs_duration_days": draw.integers(1, 9, 40),
        }
    )
    return frame.astype(str).replace({"death_day": {"-1": ""}}).astype(object)
