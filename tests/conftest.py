"""A small cohort folder that tests can bend: everything in it is invented."""

from __future__ import annotations

import importlib
import os
import warnings
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

STUDY = """
title = "Small study"
synthetic = true
[time]
unit = "days"
[[arms]]
key = "one"
label = "Arm one"
[[arms]]
key = "two"
label = "Arm two"
"""


def _usual_warnings() -> None:
    """Show warnings in a process forked from the tests as a fresh Python does, where the tests take them for errors."""
    importlib.reload(warnings)  # which pytest has told to keep them
    warnings.resetwarnings()
    for category in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
        warnings.simplefilter("ignore", category)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_usual_warnings)


@pytest.fixture
def study_toml() -> str:
    """A study.toml with two arms and nothing else."""
    return STUDY


@pytest.fixture
def patients() -> pd.DataFrame:
    """Eight patients without a fault, as text; rows 2 to 9 of the file."""
    return pd.DataFrame(
        {
            "patient_id": [f"P{number:02d}" for number in range(1, 9)],
            "arm": ["one", "two"] * 4,
            "age_years": ["31", "44.5", "27", "", "60", "18", "35", "52"],
            "sex": ["female", "male", "male", "female", "female", "male", "male", "female"],
            "prior_lines": ["2", "3", "1", "4", "", "2", "2", "5"],
            "response": ["cr", "cri", "cr", "nr", "not_evaluable", "cr", "nr", "cr"],
            "response_day": ["28", "30", "27", "28", "", "29", "", "28"],
            "relapse_day": ["200", "", "300", "", "", "", "", "400"],
            "death_day": ["400", "", "", "90", "12", "500", "", ""],
            "last_contact_day": ["400", "700", "650", "90", "12", "500", "300", "400"],
            "transplant_day": ["", "80", "", "", "", "", "", ""],
            "crs_grade": ["1", "2", "0", "3", "5", "0", "1", "2"],
            "crs_onset_day": ["3", "2", "", "4", "1", "", "5", "6"],
            "tocilizumab": ["no", "yes", "no", "yes", "yes", "no", "no", "no"],
        }
    )


@pytest.fixture
def make_cohort(tmp_path: Path) -> Callable[..., Path]:
    """Writes a cohort folder from tables (by file name, CSV unless a path ends otherwise) and returns it."""

    def make(patients: pd.DataFrame | str | bytes, study: str = STUDY, **tables: pd.DataFrame | str) -> Path:
        folder = tmp_path / "small"
        folder.mkdir(exist_ok=True)
        (folder / "study.toml").write_text(study, encoding="utf-8")
        for name, table in {"patients": patients, **tables}.items():
            data = table.to_csv(index=False) if isinstance(table, pd.DataFrame) else table
            path = folder / f"{name}.csv"
            path.write_bytes(data) if isinstance(data, bytes) else path.write_text(data, encoding="utf-8")
        return folder

    return make
