"""A folder that is replaced whole or not at all, by one run at a time.

Beside the folder NAME a run has `.NAME.lock`, and `.NAME.new-<process>-<random>`, in which it writes. Where the
system cannot exchange two folders in one step, the previous one is `.NAME.old-<process>-<random>` for a moment. A run
that is killed may leave them; the next run puts the previous folder back and removes the rest.
"""

import ctypes
import errno
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from helpers.faults import PlainError
from helpers.report.manifest import CollectionError, is_collection
from helpers.report.private import claimed, claimed_folder, try_lock, unlock
from helpers.study import PROJECT_ROOT

Check = Callable[[Path, str], None]  # raises when a folder, called so, may not be replaced
CONTENT, PREVIOUS = "content", "previous"  # folders in the run's own
AT_WORKING_FOLDER, EXCHANGE = -100, 2  # of Linux's renameat2; macOS calls the same bit RENAME_SWAP


class OutputError(PlainError):
    """Output that cannot be written: a full disk, a folder without the right to write, another run at work."""


class BusyError(OutputError):
    """Output that another run is writing now."""


@contextmanager
def replacing(target: Path, check: Check, *, cohort: Path | None = None) -> Iterator[Path]:
    """A new folder that takes the place of `target` when the block ends well, and vanishes when it fails.

    A link as the target stays; the folder that it means is replaced. `check` is asked before the block and before the
    replacement. Raises CollectionError for a place that is none for output, OutputError when it cannot be written.
    """
    name, place = check_place(target, cohort), target.resolve()
    with ExitStack() as stack:
        with in_words(name):
            stack.enter_context(_made_parents(place.parent))
            stack.enter_context(_locked(place, name))
            _repair(place, check)
            staging = stack.enter_context(claimed_folder(place.parent, f".{place.name}.new"))
            check(place, name)
            (staging / CONTENT).mkdir()
        yield staging / CONTENT
        with in_words(name):
            check(place, name)
            _swap(staging, place, lambda folder: check(folder, name))


def clear_away(target: Path, check: Check) -> None:
    """Remove what a killed run has left beside a folder, and put its previous content back; not while a run writes."""
    place = target.resolve()
    with suppress(OSError, BusyError), _locked(place, place.name):
        _repair(place, check)
        with claimed_folder(place.parent, f".{place.name}.new"):
            pass  # to claim one removes those whose owners are gone


@contextmanager
def in_words(name: str) -> Iterator[None]:
    """Say in one line, without a path of the machine, that output called `name` cannot be written."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        remedy = "Free some space or name another folder" if full else "Name a folder that can be written"
        reason = os.strerror(error.errno) if error.errno else type(error).__name__  # its own words may hold a path
        raise OutputError(f"{name} cannot be written: {reason}. {remedy}; what was there is unchanged.") from error


def check_place(target: Path, cohort: Path | None = None, *, replaced: bool = True) -> str:
    """Return how messages call a folder for output, `replaced` or filled; CollectionError for a place that is none."""
    place = target.resolve()
    name = place.name if target.name in ("", ".", "..") else target.name
    working, above = Path.cwd().resolve(), place.parents
    of_cohort = cohort is not None and (place == cohort or cohort in above or place in cohort.parents)
    problems = {
        "is the root of the disk": place == place.parent,
        "is a file": place.exists() and not place.is_dir(),
        "is the home folder": str(place) == os.path.realpath(os.path.expanduser("~")),
        "is, holds or lies in the folder of the cohort": of_cohort,
        "is or holds the project": place in (PROJECT_ROOT, *PROJECT_ROOT.parents),
        "is or holds the working folder": place in (working, *working.parents),
        "is a disk of its own and cannot be replaced": replaced and os.path.ismount(place),
        "is read-only": place.is_dir() and not os.access(place, os.W_OK | os.X_OK),
    } | {f"lies in the reports {parent.name}": True for parent in above if is_collection(parent)}
    for problem, holds in problems.items():
        if holds:
            raise CollectionError(f"{name or 'this folder'} {problem}; name another folder")
    return name


@contextmanager
def _made_parents(folder: Path) -> Iterator[None]:
    """Make a folder and those above it; those that are empty at the end are removed again."""
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    finally:
        for parent in missing:
            with suppress(OSError):
                parent.rmdir()


@contextmanager
def _locked(place: Path, name: str) -> Iterator[None]:
    """Hold the lock of a target; OutputError when another run holds it. Where there are no locks, nobody is held up."""
    path = place.with_name(f".{place.name}.lock")
    owner, lock = os.getpid(), try_lock(path)
    if lock is None:
        raise BusyError(f"another run is writing {name}; wait until it has ended or name another folder")
    try:
        yield
    finally:
        with suppress(OSError):
            if os.getpid() == owner and path.stat().st_size == 0:  # one of ours is empty
                path.unlink()
        unlock(lock)


def _repair(place: Path, check: Check) -> None:
    """Give back the previous folder of a run that was killed between two renames, or let it go with that run's own."""
    for staging in claimed(place.parent, f".{place.name}.new"):
        aside = _aside(staging, place)
        if aside.is_dir():
            aside.rename(staging / PREVIOUS if os.path.lexists(place) else place)
    if os.path.lexists(place):
        return
    names = re.compile(rf"\.{re.escape(place.name)}\.old-\d{{1,7}}(-[a-z0-9_]{{8}})?")  # a process, not a date
    left = [path for path in place.parent.iterdir() if names.fullmatch(path.name) and _is_whole(path, check)]
    if left:
        max(left, key=lambda path: path.stat().st_mtime).rename(place)


def _aside(staging: Path, place: Path) -> Path:
    """Where a run that writes in its `own` folder puts the previous one."""
    return place.with_name(f".{place.name}.old" + staging.name.removeprefix(f".{place.name}.new"))


def _is_whole(folder: Path, check: Check) -> bool:
    """Tell whether a folder is one that a run has written, with nothing else in it."""
    with suppress(Exception):
        check(folder, folder.name)
        return not folder.is_symlink() and any(folder.iterdir())
    return False


def _swap(staging: Path, place: Path, check: Callable[[Path], None]) -> None:
    """Put a run's content in its place, and what was there in the run's own folder, which is removed with it."""
    fresh, aside = staging / CONTENT, _aside(staging, place)
    if not os.path.lexists(place):
        fresh.rename(place)
        return
    shutil.copymode(place, fresh)
    if exchange(fresh, place):
        try:
            check(fresh)  # a file that was added at the last moment
        except BaseException:
            exchange(fresh, place)
            raise
        return
    place.rename(aside)
    try:
        check(aside)
        fresh.rename(place)
    except BaseException:
        aside.rename(place)
        raise
    aside.rename(staging / PREVIOUS)


def exchange(first: Path, second: Path) -> bool:
    """Exchange two folders in one step; False, and nothing done, where system or file system cannot."""
    here, one, other = AT_WORKING_FOLDER, os.fsencode(first), os.fsencode(second)
    with suppress(OSError, AttributeError, TypeError):
        system = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "linux":
            return system.renameat2(here, one, here, other, EXCHANGE) == 0
        if sys.platform == "darwin":
            return system.renamex_np(one, other, EXCHANGE) == 0
    return False
