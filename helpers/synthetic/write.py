"""Cohort folders written from reconstructed cohorts, the same bytes on every machine."""

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from helpers.audit import ensemble, origin, published
from helpers.faults import Fault, FaultError
from helpers.study import PROJECT_ROOT
from helpers.study import keys as study_keys
from helpers.synthetic.origins import origins
from helpers.synthetic.reconstruct import SyntheticCohort

# The same for every reconstructed cohort: the study's definition, which says synthetic in its first line, what was
# published, and what compatible cohorts leave open.
SHIPPED = PROJECT_ROOT / "data" / "second_cart"
COPIED = (study_keys.FILE, published.FILE, ensemble.FILE)
TABLES = ("patients", "adverse_events", "blood_counts")
TABLE_FILES = {f"{name}.csv": name for name in TABLES}
ID_PREFIX = "SYN-"
SUMMARY_NAME = "summary.csv"
NUMBERED = re.compile(r"seed_\d{4,}")


def write_cohort(cohort: SyntheticCohort, folder: Path | str) -> Path:
    """The folder, holding the three tables as CSV (UTF-8, comma, line feed, no index) and what all cohorts share.

    A synthetic cohort already there is replaced; raises FaultError, and writes nothing, where other files are.
    That the rows are synthetic is said by study.toml (`synthetic = true` and its first line) and by every
    patient number, which begins with `SYN-`.
    """
    folder = Path(folder)
    refuse_other_files(folder, folder.name)
    contents = _shared() | {file: table_bytes(getattr(cohort, name)) for file, name in TABLE_FILES.items()}
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in contents.items():
        (folder / file).write_bytes(content)
    return folder


def _shared() -> dict[str, bytes]:
    """The files that are the same for every reconstructed cohort, and their content."""
    return {name: (SHIPPED / name).read_bytes() for name in COPIED} | {origin.FILE: table_bytes(origins())}


def table_bytes(table: pd.DataFrame) -> bytes:
    """The table as CSV bytes; missing values are empty."""
    return table.to_csv(index=False, lineterminator="\n").encode("utf-8")


def refuse_other_files(folder: Path, name: str) -> None:
    """Raise FaultError when a folder, called `name`, holds anything but reconstructed cohorts and their summary."""
    remedy = "Choose an empty folder; a synthetic cohort never replaces other files."
    faults = [Fault(problem, place, remedy) for place, problem in _other_files(folder) if problem]
    if faults:
        raise FaultError(name, faults)


def _other_files(folder: Path, inside: str = "") -> Iterator[tuple[str, str]]:
    """Each entry of a folder and of its numbered folders, with what is wrong with it, "" when it is reconstructed."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.is_dir() and not path.is_symlink() and not inside and NUMBERED.fullmatch(path.name):
            yield from _other_files(path, f"{path.name}/")
        else:
            yield f"{inside}{path.name}", _problem(path)


def _problem(path: Path) -> str:
    """What is wrong with a file that is to be replaced; "" when it is a reconstructed cohort's."""
    shared = _shared()
    if path.is_symlink() or not path.is_file() or path.name not in {SUMMARY_NAME, *TABLE_FILES, *shared}:
        return "is not a reconstructed cohort's"
    if path.name in shared:
        return "" if path.read_bytes() == shared[path.name] else "was changed"
    header, *rows = path.read_text(encoding="utf-8", errors="replace").splitlines() or [""]
    if path.name == SUMMARY_NAME:
        return "" if header.startswith("seed,") else "is not a summary of reconstructed cohorts"
    return "" if all(row.startswith(ID_PREFIX) for row in rows) else "holds patients who are not synthetic"
