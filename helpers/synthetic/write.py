"""Cohort folders written from reconstructed cohorts, the same bytes on every machine."""

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from helpers.audit import ensemble, origin, published
from helpers.faults import Fault, FaultError
from helpers.study import PROJECT_ROOT
from helpers.study import keys as study_keys
from helpers.synthetic.reconstruct import SyntheticCohort

SHIPPED = PROJECT_ROOT / "data" / "second_cart"
# The same for every reconstructed cohort: the study's definition, which says synthetic in its first line, what was
# published, what compatible cohorts leave open, and where numbers come from: imposed are the multivariable models of
# which the publication gives direction and significance, or a mislabelled ratio; implied are sums and tests of the
# printed counts, and deaths in remission, for LFS and relapse add up to everybody at two years.
COPIED = (study_keys.FILE, published.FILE, ensemble.FILE, ensemble.COLUMNS_FILE, origin.FILE)
TABLES = ("patients", "adverse_events", "blood_counts")
ID_PREFIX = "SYN-"
SUMMARY_NAME = "summary.csv"
NUMBERED = re.compile(r"seed_\d{4,}")


def write_cohort(cohort: SyntheticCohort, folder: Path | str) -> Path:
    """The folder, holding the three tables as CSV (UTF-8, comma, line feed, no index) and what all cohorts share.

    A synthetic cohort already there is replaced; raises FaultError, and writes nothing, where other files are. That
    the rows are synthetic is said by study.toml (`synthetic = true`) and by every patient number (`SYN-`).
    """
    folder = Path(folder)
    refuse_other_files(folder, folder.name)
    shared = {file: (SHIPPED / file).read_bytes() for file in COPIED}
    tables = {f"{name}.csv": table_bytes(getattr(cohort, name)) for name in TABLES}
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in (shared | tables).items():
        (folder / file).write_bytes(content)
    return folder


def table_bytes(table: pd.DataFrame) -> bytes:
    """The table as CSV bytes; missing values are empty."""
    return table.to_csv(index=False, lineterminator="\n").encode("utf-8")


def refuse_other_files(folder: Path, name: str) -> None:
    """Raise FaultError when a folder, called `name`, holds anything but reconstructed cohorts and their summary."""
    if faults := list(_faults(folder)):
        raise FaultError(name, faults)


def _faults(folder: Path, inside: str = "") -> Iterator[Fault]:
    """Each entry of a folder and of its numbered folders that is not reconstructed."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.is_dir() and not path.is_symlink() and not inside and NUMBERED.fullmatch(path.name):
            yield from _faults(path, f"{path.name}/")
        elif problem := _problem(path):
            remedy = "Choose an empty folder; a synthetic cohort never replaces other files."
            yield Fault(problem, f"{inside}{path.name}", remedy)


def _problem(path: Path) -> str:
    """What is wrong with a file that is to be replaced; "" when it is a reconstructed cohort's."""
    is_table = path.suffix == ".csv" and path.stem in TABLES
    if path.is_symlink() or not path.is_file() or not (is_table or path.name in (SUMMARY_NAME, *COPIED)):
        return "is not a reconstructed cohort's"
    if path.name in COPIED:
        return "" if path.read_bytes() == (SHIPPED / path.name).read_bytes() else "was changed"
    header, *rows = path.read_text(encoding="utf-8", errors="replace").splitlines() or [""]
    if path.name == SUMMARY_NAME:
        return "" if header.startswith("seed,") else "is not a summary of reconstructed cohorts"
    return "" if all(row.startswith(ID_PREFIX) for row in rows) else "holds patients who are not synthetic"
