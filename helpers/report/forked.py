"""Work in processes forked from this one: each watched, heard while it works, and ended with all that it started."""

import gc
import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil

from helpers.faults import PlainError
from helpers.stopping import serve_parent, signals_held

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")  # of the libraries for linear algebra
CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"  # whose own libraries do not survive a fork
SECONDS_BETWEEN_LOOKS = 0.25  # at deadlines, memory and deaths that the pipe does not tell
SECONDS_STALLED = 1.0  # between two looks: this process was stopped, its children with it, or had no processor
SECONDS_TO_END = 2.0  # that killed processes are waited for
GB = 2**30
Process = multiprocessing.get_context("fork" if CAN_FORK else "spawn").Process  # type: ignore[attr-defined]
TOLD, DONE = "told", "done"  # what a child sends: (TOLD, message) and at its end (DONE, value)
FAILED, KILLED, LATE, SILENT, FULL = "failed", "killed", "late", "silent", "full"  # the causes of Died
_open: set[Connection] = set()  # ends of pipes that this process holds, and that its children have no business with
Tell = Callable[[object], None]


@dataclass(frozen=True)
class Task:
    """One piece of work in a process of its own.

    `call` runs in the child; it is given a function that tells the parent a message, and its value, which can be
    pickled, travels back. `deadline` is the longest for the task and `silence` between two messages, in seconds; the
    time for which a cluster or a user has suspended the parent does not count.
    `memory` is the most, in bytes, that the process and those it starts may hold; the parent looks four times a second.
    (A limit set in the child would count what libraries reserve but never use, and kill their code without a word.)
    """

    name: str
    call: Callable[[Tell], object]
    deadline: float | None = None
    silence: float | None = None
    memory: int | None = None


@dataclass(frozen=True)
class Died:
    """Why a task has no value, in words for a reader; never what a patient's row holds. `cause` is one of the five."""

    reason: str
    cause: str


@dataclass
class _Child:
    """A process at work, as its parent knows it."""

    number: int
    task: Task
    process: BaseProcess
    began: float = field(default_factory=time.monotonic)
    heard: float = field(default_factory=time.monotonic)
    looked: float = field(default_factory=time.monotonic)

    def look(self) -> None:
        """Note that it is looked at now; time in which nobody could look counts for none of its limits."""
        stalled = time.monotonic() - self.looked
        self.looked += stalled
        if stalled > SECONDS_STALLED:
            self.began += stalled
            self.heard += stalled


def run_forked(
    tasks: Iterable[Task], *, workers: int, hear: Callable[[int, object], None] = lambda number, message: None
) -> Iterator[tuple[int, object | Died]]:
    """Yield the number of each task with its value, or with how it died, in the order in which they end.

    At most `workers` run at a time; the next task is taken when one has ended. `hear` is given the messages of the
    tasks. A PlainError that a call raises is its value. Ending the iteration early, by an exception too, ends the
    children; so does the end of this process (Linux). A child may call this function again. Fork before threads: a
    thread of this process is not there in its children, but the locks it holds are. Where CAN_FORK is false a child is
    a fresh Python, and `call` must be one that can be pickled.
    """
    waiting, busy = enumerate(tasks), dict[Connection, _Child]()
    gc.freeze()  # what is there now is not looked at, and so not copied, by the children's collectors
    try:
        while True:
            while len(busy) < max(1, workers) and (item := next(waiting, None)):
                with signals_held():
                    pipe, child = _start(*item)
                    busy[pipe] = child
            if not busy:
                return
            for pipe, child, outcome in _ended(busy, hear):
                del busy[pipe]
                _end({pipe: child})
                yield child.number, outcome
    finally:
        _end(busy)
        gc.unfreeze()


def each(*calls: Callable[[], None], workers: int) -> None:
    """Make calls that do not need each other, side by side where there may be several workers; raise what one raises.

    What they do must be seen from outside of their processes: files.
    """
    if workers < 2 or not CAN_FORK:
        for call in calls:
            call()
        return
    for _, outcome in run_forked([Task("call", partial(_caught, call)) for call in calls], workers=workers):
        if isinstance(outcome, Exception):
            raise outcome
        if isinstance(outcome, Died):
            raise PlainError(f"a process that wrote files died: {outcome.reason}")


def _caught(call: Callable[[], None], _tell: Tell) -> OSError | None:
    """What the system says of a call: a full disk, for example."""
    try:
        call()
    except OSError as error:
        return error
    return None


def _start(number: int, task: Task) -> tuple[Connection, _Child]:
    """Start the process of a task."""
    receive, send = multiprocessing.Pipe(duplex=False)
    _open.add(receive)
    process: BaseProcess = Process(target=_work, args=(task, os.getpid(), send), name=task.name)
    process.start()
    send.close()
    return receive, _Child(number, task, process)


def _work(task: Task, parent: int, pipe: Connection) -> None:
    """Do a task in this process, the child."""
    serve_parent(parent)
    for inherited in _open:
        inherited.close()
    _open.clear()
    _open.add(pipe)
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()  # `random` does so itself
    try:
        value = task.call(lambda message: pipe.send((TOLD, message)))
    except PlainError as error:
        value = error
    except BaseException as error:  # its text may hold a patient's values
        value = Died(f"it stopped with {_place(error)}", FAILED)
    try:
        pipe.send((DONE, value))
    except (TypeError, ValueError, AttributeError, ImportError) as error:  # pickle's
        pipe.send((DONE, Died(f"its result cannot be sent: {_place(error)}", FAILED)))


def _place(error: BaseException) -> str:
    """The kind of an error and the line that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} in {Path(frames[-1].filename).name}, line {frames[-1].lineno}"


def _ended(
    busy: dict[Connection, _Child], hear: Callable[[int, object], None]
) -> Iterator[tuple[Connection, _Child, object | Died]]:
    """Wait a little, take in what the children tell, and yield those that have ended or must."""
    ready = wait(list(busy), SECONDS_BETWEEN_LOOKS)
    for pipe, child in list(busy.items()):
        child.look()
        outcome: object | Died | None = None
        if pipe in ready or not child.process.is_alive():
            kind, content = _message(pipe, child)
            child.heard = time.monotonic()
            if kind == TOLD:
                hear(child.number, content)
                continue
            yield pipe, child, content
        elif (outcome := _excess(child)) is not None:
            yield pipe, child, outcome


def _message(pipe: Connection, child: _Child) -> tuple[str, object]:
    """The next message of a child; of one that has died, how."""
    try:
        if pipe.poll():
            return pipe.recv()
    except (EOFError, OSError):
        child.process.join(SECONDS_TO_END)
    return DONE, _death(child.process.exitcode)


def _death(status: int | None) -> Died:
    """How a process died, by its exit status: negative after a signal, None when it lives but is heard no more."""
    if status is None or status >= 0:
        return Died("its process left" + (f" with exit status {status}" if status else ""), KILLED)
    name = signal.Signals(-status).name if -status in set(signal.Signals) else f"signal {-status}"
    return Died(f"its process was killed ({name}); is there enough memory?", KILLED)


def _excess(child: _Child) -> Died | None:
    """What a child has too much of: time or memory."""
    task, now = child.task, time.monotonic()
    if task.deadline is not None and now - child.began > task.deadline:
        return Died(f"not done after {task.deadline:g} s", LATE)
    if task.silence is not None and now - child.heard > task.silence:
        return Died(f"no result after {task.silence:g} s", SILENT)
    if task.memory is not None and child.process.pid and (held := _held(child.process.pid)) > task.memory:
        return Died(f"it held {held / GB:.1f} GB of memory, more than the {task.memory / GB:.1f} GB allowed", FULL)
    return None


def _held(process: int) -> int:
    """Bytes that a process and those it started hold in memory."""
    return sum(_resident(each) for each in _family(process))


def _family(process: int) -> list[psutil.Process]:
    """A process and those it started, in sessions of their own too."""
    with suppress(psutil.Error):
        first = psutil.Process(process)
        return [first, *first.children(recursive=True)]
    return []


def _resident(process: psutil.Process) -> int:
    """Bytes that one process holds; 0 when it has ended meanwhile."""
    with suppress(psutil.Error):
        return process.memory_info().rss
    return 0


def _runs(process: psutil.Process) -> bool:
    """Tell whether a process has not ended; one whose end nobody has asked for yet has."""
    with suppress(psutil.Error):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


def _end(busy: dict[Connection, _Child]) -> None:
    """End children and all that they started, and wait until they have ended."""
    processes = [child.process for child in busy.values()]
    families = [each for process in processes if process.pid and process.is_alive() for each in _family(process.pid)]
    for process in processes:
        if hasattr(os, "killpg") and process.pid:
            with suppress(ProcessLookupError, PermissionError):  # it has not begun, or all have ended
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
    for each in families:
        with suppress(psutil.Error):
            each.kill()
    deadline = time.monotonic() + SECONDS_TO_END
    for pipe, process in zip(busy, processes, strict=True):
        process.join(max(0.0, deadline - time.monotonic()))
        _open.discard(pipe)
        pipe.close()
    while any(map(_runs, families)) and time.monotonic() < deadline:
        time.sleep(0.005)
