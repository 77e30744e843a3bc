"""Cohort folders written from reconstructed cohorts, the same bytes on every machine."""

from pathlib import Path

import pandas as pd

from helpers.audit.reconstruct import SyntheticCohort
from helpers.study import PROJECT_ROOT

# The study definition is the same for every reconstructed cohort; it says synthetic in its first line.
STUDY_FILE = PROJECT_ROOT / "data" / "second_cart" / "study.toml"
TABLES = ("patients", "adverse_events", "blood_counts")
SYNTHETIC_MARK = "SYNTHETIC"


def write_cohort(cohort: SyntheticCohort, folder: Path | str) -> Path:
    """The folder, holding study.toml and the three tables as CSV (UTF-8, comma, line feed, no index).

    Existing files of these names are replaced. That the rows are synthetic is said by study.toml
    (``synthetic = true`` and its first line) and by every patient number, which begins with ``SYN-``.
    """
    folder = Path(folder)
    definition = STUDY_FILE.read_bytes()
    folder.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        (folder / f"{name}.csv").write_bytes(table_bytes(getattr(cohort, name)))
    (folder / "study.toml").write_bytes(definition)
    return folder


def table_bytes(table: pd.DataFrame) -> bytes:
    """The table as CSV bytes; missing values are empty."""
    return table.to_csv(index=False, lineterminator="\n").encode("utf-8")
