"""Folders of a run's own, each claimed by a lock that ends with its process.

Whoever can take the lock of a folder's marker knows that its owner is gone, whatever the process number now means,
and may remove the folder. The marker names the machine by hashes of its name and of its last start, which containers
share: on a shared disk without locks between machines, folders of another machine are left alone.
"""

import errno
import hashlib
import importlib
import json
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

fcntl = importlib.import_module("fcntl") if os.name == "posix" else None

MARKER = ".second-cart-run"
TEMPORARY = "second-cart"  # how the names of temporary folders begin
NO_LOCK = -1  # stands for the lock of a file where the file system has no locks
UNSUPPORTED = {errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOLCK, errno.EINVAL}
_held: set[int] = set()  # descriptors of this process that hold a lock


def private_folder() -> AbstractContextManager[Path]:
    """A folder for a run's temporary files that only its user can read; it vanishes when the block ends.

    What runs of this user and machine that were killed have left is removed first.
    """
    return claimed_folder(Path(tempfile.gettempdir()), TEMPORARY)


@contextmanager
def claimed_folder(parent: Path, name: str) -> Iterator[Path]:
    """A new folder `parent/name-<process>-<random>` with a locked marker in it; both vanish when the block ends.

    Folders of that name whose owners are gone are removed first.
    """
    for left in claimed(parent, name):
        _remove_if_abandoned(left)
    owner, (folder, lock) = os.getpid(), _claim(parent, name)
    try:
        yield folder
    finally:
        if os.getpid() == owner:  # not in a process that was forked from this one
            _remove(folder)
            unlock(lock)


def claimed(parent: Path, name: str) -> list[Path]:
    """Folders, not links, whose names are exactly those of `claimed_folder`, this user's own, in order of name."""
    names = re.compile(rf"{re.escape(name)}-\d+-[a-z0-9_]{{8}}")
    with suppress(OSError):
        entries = [entry for entry in os.scandir(parent) if names.fullmatch(entry.name)]
        folders = [entry for entry in entries if entry.is_dir(follow_symlinks=False)]
        if os.name == "posix":
            folders = [entry for entry in folders if entry.stat(follow_symlinks=False).st_uid == os.geteuid()]
        return sorted(Path(entry) for entry in folders)
    return []


def _remove_if_abandoned(folder: Path) -> None:
    """Remove a claimed folder whose owner is gone; leave it alone when in doubt.

    In doubt: no marker of ours, the marker of another machine, or an owner that lives.
    """
    try:
        lock = try_lock(folder / MARKER, create=False)
    except FileNotFoundError:
        with suppress(OSError):
            folder.rmdir()  # killed before the marker was made or after it was removed; fails when there is a file
        return
    except OSError:
        return
    try:
        if lock is not None and _owner_is_gone(folder, locked=lock != NO_LOCK):
            _remove(folder)
    finally:
        unlock(lock)


def try_lock(path: Path, *, create: bool = True) -> int | None:
    """The descriptor that holds a file's lock until `unlock` or the process's end; None when another holds it.

    NO_LOCK where the file system has no locks. The file is made when there is none and `create` is true.
    """
    if fcntl is None:
        return NO_LOCK
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | (os.O_CREAT if create else 0)
    while True:
        file = os.open(path, flags, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(file)
            if error.errno in UNSUPPORTED:
                return NO_LOCK
            if isinstance(error, BlockingIOError | PermissionError):
                return None
            raise
        with suppress(FileNotFoundError):
            if os.path.samestat(os.stat(path, follow_symlinks=False), os.fstat(file)):
                _held.add(file)
                return file
        os.close(file)  # its last owner has removed the file meanwhile: try the next one


def unlock(lock: int | None) -> None:
    """Let a lock go."""
    if lock in _held:
        _held.discard(lock)
        os.close(lock)


def _claim(parent: Path, name: str) -> tuple[Path, int]:
    """A new folder, readable by its user only, and the lock of the marker in it."""
    owner = json.dumps({"machine": sorted(_machine()), "process": os.getpid()})
    while True:
        folder, lock = Path(tempfile.mkdtemp(prefix=f"{name}-{os.getpid()}-", dir=parent)), None
        try:
            lock = try_lock(folder / MARKER)
            if lock is not None:
                (folder / MARKER).write_text(owner, encoding="utf-8")
                return folder, lock
        except BaseException as error:
            if lock is None and isinstance(error, FileNotFoundError):
                continue  # another run took the empty folder for one that was left
            _remove(folder)
            unlock(lock)
            raise


def _owner_is_gone(folder: Path, *, locked: bool) -> bool:
    """Tell by the marker, whose lock may have been taken, that the owner of a folder is gone."""
    try:
        text = (folder / MARKER).read_text(encoding="utf-8")
        if not text:
            return locked and os.listdir(folder) == [MARKER]  # killed before the marker was written
        owner = json.loads(text)
        machine = set(owner["machine"])
        return bool(machine & _machine()) if locked else machine == _machine() and not _runs(int(owner["process"]))
    except (OSError, ValueError, TypeError, KeyError):
        return False


def _runs(process: int) -> bool:
    """Tell whether a process of this machine is alive; where that cannot be asked, it is taken to be."""
    try:
        if os.name == "posix":
            os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _remove(folder: Path) -> None:
    """Remove a claimed folder, its marker last, so that what a kill leaves of it is still recognised."""
    with suppress(OSError):
        for entry in list(os.scandir(folder)):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry, ignore_errors=True)
            elif entry.name != MARKER:
                os.unlink(entry)
        if os.listdir(folder) == [MARKER]:
            (folder / MARKER).unlink()
        folder.rmdir()


def _machine() -> set[str]:
    """This machine's name and, on Linux, its last start, hashed."""
    words = [platform.node()]
    with suppress(OSError):
        words.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii"))
    return {hashlib.sha256(word.encode()).hexdigest()[:16] for word in words}


def _let_go() -> None:
    """Close the locks in a forked process: else they would outlive the run in its workers."""
    for file in _held:
        os.close(file)
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)
