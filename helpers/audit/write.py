"""Cohort folders written from reconstructed cohorts, the same bytes on every machine."""

from pathlib import Path

import pandas as pd

from helpers.audit.reconstruct import SyntheticCohort
from helpers.faults import Fault, FaultError
from helpers.study import PROJECT_ROOT

# The study definition is the same for every reconstructed cohort; it says synthetic in its first line.
STUDY_FILE = PROJECT_ROOT / "data" / "second_cart" / "study.toml"
TABLES = ("patients", "adverse_events", "blood_counts")
ID_PREFIX = "SYN-"


def write_cohort(cohort: SyntheticCohort, folder: Path | str) -> Path:
    """The folder, holding study.toml and the three tables as CSV (UTF-8, comma, line feed, no index).

    A synthetic cohort already there is replaced; raises FaultError, and writes nothing, where other patients are.
    That the rows are synthetic is said by study.toml (``synthetic = true`` and its first line) and by every
    patient number, which begins with ``SYN-``.
    """
    folder = Path(folder)
    _refuse_real_patients(folder)
    definition = STUDY_FILE.read_bytes()
    folder.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        (folder / f"{name}.csv").write_bytes(table_bytes(getattr(cohort, name)))
    (folder / "study.toml").write_bytes(definition)
    return folder


def table_bytes(table: pd.DataFrame) -> bytes:
    """The table as CSV bytes; missing values are empty."""
    return table.to_csv(index=False, lineterminator="\n").encode("utf-8")


def _refuse_real_patients(folder: Path) -> None:
    """Raise when the folder holds patients who are not marked as synthetic."""
    path = folder / "patients.csv"
    if not path.exists():
        return
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[1:]
    if all(line.startswith(ID_PREFIX) for line in lines):
        return
    remedy = "Choose an empty folder; a synthetic cohort never replaces other patients."
    raise FaultError(folder.name, [Fault("holds patients who are not synthetic", path.name, remedy)])
