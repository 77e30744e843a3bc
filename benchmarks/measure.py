"""What a command costs: seconds on the clock, CPU seconds of all its processes, and the most memory they held."""

import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).parents[1]
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
ONE_THREAD = dict.fromkeys(THREADS, "1")
ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER
SECONDS_TO_END = 10.0  # for processes that outlive the command
SECONDS_BETWEEN = 0.5  # looks at the memory


class MeasureError(RuntimeError):
    """A command failed, took too long, or left processes behind: what it cost says nothing."""


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock and CPU seconds of the command and all it started; bytes held at once, 0 if not watched."""

    wall: float
    cpu: float
    memory: int = 0


def measured(command: Sequence[str], log: Path, *, timeout: float | None = None, watch_memory: bool = False) -> Cost:
    """Run a command in the project's folder with one BLAS thread; what it prints goes to the file `log`.

    Processes it leaves behind are adopted, so that theirs is counted too. Raises MeasureError when it fails.
    """
    _adopt_orphans()
    before = _spent()
    watch = _Watch()
    with log.open("w", encoding="utf-8") as printed:
        began = time.monotonic()
        with _started(command, printed.fileno()) as process:
            if watch_memory:
                threading.Thread(target=watch.look, args=[process.pid], daemon=True).start()
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout)
            wall = time.monotonic() - began
            watch.over.set()
    _wait_for_orphans(command[0])
    if process.returncode:
        tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
        late = f" after {timeout:.0f} s" if process.returncode == -signal.SIGKILL and timeout else ""
        raise MeasureError(f"{Path(command[0]).name} ended with status {process.returncode}{late}:\n{tail}")
    return Cost(wall, _spent() - before, watch.most)


def end_with_children() -> None:
    """Let SIGTERM end this program as Ctrl-C does: the command that is measured is ended first."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


@contextmanager
def _started(command: Sequence[str], output: int) -> Iterator[subprocess.Popen]:
    """The running command, in a process group of its own; what is left of it in the end is killed."""
    settings = {**os.environ, **ONE_THREAD}
    pipes = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
    process = subprocess.Popen(command, cwd=PROJECT, env=settings, start_new_session=True, **pipes)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@dataclass
class _Watch:
    """The most memory that a process and its descendants held at once."""

    most: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def look(self, process: int) -> None:
        """Look until it is over."""
        while not self.over.wait(SECONDS_BETWEEN):
            self.most = max(self.most, sum(map(_held, _family(process))))


def _family(process: int) -> list[int]:
    """A process and its descendants, where the system lists them (Linux)."""
    children: list[str] = []
    for file in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            children += file.read_text().split()
    return [process, *(member for child in children for member in _family(int(child)))]


def _held(process: int) -> int:
    """Bytes of memory of a process; what it shares with others counts in parts (proportional set size)."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


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
