"""A copy of a cohort for one run, so that data that change meanwhile cannot get into half of its pages."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from helpers.faults import Fault, FaultError
from helpers.report.manifest import sha256
from helpers.report.private import private_folder
from helpers.report.target import in_words
from helpers.study import PROJECT_ROOT, Study, load_study
from helpers.study.keys import BESIDE, CATALOGUE, FILE, NO_FILE, NO_FILE_REMEDY, SUFFIXES

ATTEMPTS = 2


@dataclass(frozen=True)
class Snapshot:
    """A study read from a copy, and where notebooks find it: `name` from the working folder `base`."""

    study: Study
    base: Path
    name: str


@contextmanager
def snapshot(folder: Path) -> Iterator[Snapshot]:
    """The study and the data files of a cohort folder, copied; the copy vanishes when the block ends.

    The name is the folder's own, from the project's root for a cohort in it: nothing shows that it is a copy. Raises
    StudyError, FaultError when the files change while they are copied, and OutputError when there is no room.
    """
    name = shown_name(folder)
    with ExitStack() as stack:
        with in_words("the temporary folder"):
            base = stack.enter_context(private_folder()) / "cohort"
            (base / name).mkdir(parents=True)
        yield Snapshot(_copied(folder, base / name), base, name)


def shown_name(folder: Path) -> str:
    """How notebooks and pages call a cohort folder: by its path in the project, else by its own name."""
    return folder.relative_to(PROJECT_ROOT if folder.is_relative_to(PROJECT_ROOT) else folder.parent).as_posix()


def data_files(study: Study, folder: Path) -> list[Path]:
    """Return study.toml, the data files and what is published beside them, of a study's `folder`, in order of name.

    FaultError for a link of such a name that leads nowhere, and for a file called almost like a table that has none:
    the table is not absent, it cannot be reached.
    """
    names = {FILE, *BESIDE}
    for table, source in study.files.items():
        names |= {*source.names, *(() if source.file else (f"{table}{suffix}" for suffix in SUFFIXES))}
    names |= {Path(name).with_suffix(CATALOGUE).name for name in names if name.endswith(".sas7bdat")}
    without = [table for table, source in study.files.items() if not source.names and not _has_file(folder, table)]
    if without and any(path.name not in names for path in folder.iterdir()):
        from helpers.cohort.near import misnamed  # and numpy with it, which a folder without others does not need

        if near := [fault for table in without for fault in misnamed(folder, table)]:
            raise FaultError(folder.name, near)
    there = [path for path in sorted(map(folder.joinpath, names)) if os.path.lexists(path)]
    if odd := [path.name for path in there if not path.is_file()]:
        raise FaultError(folder.name, [Fault(NO_FILE, name, NO_FILE_REMEDY) for name in odd])
    return there


def _has_file(folder: Path, table: str) -> bool:
    """Whether a file called after a table is there."""
    return any(os.path.lexists(folder / f"{table}{suffix}") for suffix in SUFFIXES)


def _copied(folder: Path, copy: Path) -> Study:
    """The study read from a copy of what it needs of a folder; files that change meanwhile are copied once more."""
    changed: list[str] = []
    for _ in range(ATTEMPTS):
        shutil.rmtree(copy)
        copy.mkdir()
        try:
            _copy(folder / FILE, copy)
            study = load_study(copy)
            for path in data_files(study, folder):
                if path.name != FILE:  # it is the copy that was read
                    _copy(path, copy)
            now, then = ({path.name: sha256(path) for path in data_files(study, place)} for place in (folder, copy))
            changed = sorted(name for name in now.keys() | then.keys() if now.get(name) != then.get(name))
        except FileNotFoundError as error:
            changed = [Path(error.filename).name]
        if not changed:
            return study
    remedy = "Run again when nothing writes to the cohort's folder."
    raise FaultError(folder.name, [Fault("changed while it was read", name, remedy) for name in changed])


def _copy(path: Path, folder: Path) -> None:
    with path.open("rb") as source, in_words("the temporary folder"), (folder / path.name).open("wb") as copy:
        shutil.copyfileobj(source, copy)
