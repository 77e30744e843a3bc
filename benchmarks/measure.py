"""What a command costs: seconds on the clock, CPU seconds of all its processes, and the most memory they held."""

import ctypes
import os
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[1]
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
ONE_THREAD = dict.fromkeys(THREADS, "1")
ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER
SECONDS_TO_END = 10.0  # for processes that outlive the command


class MeasureError(RuntimeError):
    """A command failed, or left processes behind: what it cost says nothing."""


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock and CPU seconds of the command and all it started."""

    wall: float
    cpu: float


def measured(command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command in the project's folder with one BLAS thread; what it prints goes to the file `log`.

    Processes it leaves behind are adopted, so that theirs is counted too. Raises MeasureError when it fails.
    """
    _adopt_orphans()
    before = _spent()
    with log.open("w", encoding="utf-8") as printed:
        began = time.monotonic()
        settings = {**os.environ, **ONE_THREAD, **(environment or {})}
        done = subprocess.run(command, cwd=PROJECT, env=settings, stdout=printed, stderr=printed, check=False)
        wall = time.monotonic() - began
    _wait_for_orphans(command[0])
    if done.returncode:
        tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise MeasureError(f"{Path(command[0]).name} ended with status {done.returncode}:\n{tail}")
    return Cost(wall, _spent() - before)


def _spent() -> float:
    """CPU seconds of all processes waited for so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _adopt_orphans() -> None:
    """Become the parent of grandchildren whose own parent ends, where the system can (Linux)."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl:
        prctl(ADOPT_ORPHANS, 1, 0, 0, 0)


def _wait_for_orphans(name: str) -> None:
    """Wait for the processes that outlived the command."""
    deadline = time.monotonic() + SECONDS_TO_END
    while time.monotonic() < deadline:
        try:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.02)
        except ChildProcessError:
            return
    raise MeasureError(f"{Path(name).name} left processes behind that do not end")
