"""Stopping a command from outside: signals become one exception, and no process outlives the one that started it."""

import ctypes
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = {getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)}
PRCTL = ctypes.CDLL(None).prctl if sys.platform == "linux" else None  # found here: never searched after a fork
PR_SET_PDEATHSIG = 1  # from <sys/prctl.h>
_held: list[list[int]] = []  # while signals are held: those that came through another thread, which cannot be masked


class Stopped(BaseException):
    """A signal asked the command to stop; `status` is the exit status that shells give to this signal, e.g. 130."""

    said = "Stopped; nothing was written."

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.status = 128 + number


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise Stopped at the first signal that asks to stop: Ctrl-C, SIGTERM, or SIGHUP unless it was ignored (nohup).

    Later signals are ignored until the block ends, so that nothing disturbs the clearing away.
    """
    before = {number: signal.getsignal(number) or signal.SIG_DFL for number in SIGNALS}
    for number in SIGNALS:
        if number in (signal.SIGINT, signal.SIGTERM) or before[number] != signal.SIG_IGN:
            signal.signal(number, _stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def too_late_to_stop() -> None:
    """Let signals that ask to stop pass unheard from here on: the little that is left would be half done."""
    for number in SIGNALS:
        if signal.getsignal(number) is _stop:
            signal.signal(number, signal.SIG_IGN)


@contextmanager
def signals_held() -> Iterator[None]:
    """Hold signals that ask to stop until the block ends; a process started in it never hears them.

    So a process that was started is always known to its parent, and only its parent decides when it ends.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    _held.append([])
    try:
        yield
    finally:
        heard = _held.pop()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if heard:
            _stop(heard[0], None)


def hear_signals() -> None:
    """Let signals through again in a process that was started while they were held."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def die_with_parent() -> None:
    """Have the system kill this process when its parent ends in any way (Linux; elsewhere nothing is done)."""
    if PRCTL is not None:
        PRCTL(PR_SET_PDEATHSIG, signal.SIGKILL)


def serve_parent(parent: int) -> None:
    """Make this process, started while signals were held, one that its parent alone ends: in a session of its own."""
    die_with_parent()
    if hasattr(os, "setsid"):
        os.setsid()
        if os.getppid() != parent:
            os._exit(1)
    _held.clear()
    for number in SIGNALS:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    hear_signals()


def serve_pool() -> None:
    """Make this process a pool's worker: the pool or its parent's end ends it, and Ctrl-C is left to the parent."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL if number == signal.SIGTERM else signal.SIG_IGN)
    hear_signals()
    die_with_parent()


def _stop(number: int, _frame: object) -> None:
    """Raise Stopped, once; while signals are held, later."""
    if _held:
        _held[-1].append(number)
        return
    too_late_to_stop()
    raise Stopped(number)
