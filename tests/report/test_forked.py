"""Forked work: what comes back, how death is told, and that nothing is left behind."""

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest

from helpers.faults import Fault, FaultError
from helpers.report.forked import CAN_FORK, Died, Task, run_forked

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not CAN_FORK, reason="a child is a fresh Python here, and tests define their own calls")


def run(*calls, workers=2, hear=lambda number, message: None, **limits):
    """The values of calls, in their order."""
    tasks = [Task(str(number), call, **limits) for number, call in enumerate(calls)]
    found = dict(run_forked(tasks, workers=workers, hear=hear))
    assert len(found) == len(calls)
    return [found[number] for number in range(len(calls))]


def gone(numbers, seconds=3):
    """Tell whether processes have ended in time."""
    deadline = time.monotonic() + seconds
    while any(psutil.pid_exists(n) and psutil.Process(n).status() != psutil.STATUS_ZOMBIE for n in numbers):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_values_and_messages_come_back_from_other_processes():
    told = []

    def work(tell):
        for step in range(3):
            tell(step)
        return os.getpid(), "x" * 10**7

    found = run(work, work, work, hear=lambda *message: told.append(message))
    assert len({process for process, _ in found} | {os.getpid()}) == 4
    assert {len(text) for _, text in found} == {10**7}
    assert sorted(told) == [(number, step) for number in range(3) for step in range(3)]


def test_values_come_in_the_order_in_which_tasks_end_and_tasks_are_taken_when_there_is_room():
    taken = []

    def tasks():
        for number, seconds in enumerate([0.6, 0.0, 0.0]):
            taken.append(number)
            yield Task(str(number), lambda tell, seconds=seconds: time.sleep(seconds))

    found = run_forked(tasks(), workers=2)
    assert next(found) == (1, None)
    assert taken == [0, 1]
    assert [number for number, _ in found] == [2, 0]


@pytest.mark.parametrize(
    ("call", "reason", "cause"),
    [
        (lambda tell: os._exit(3), "its process left with exit status 3", "killed"),
        (lambda tell: os.kill(os.getpid(), signal.SIGKILL), "killed (SIGKILL); is there enough memory?", "killed"),
        (lambda tell: int("P-0017"), "it stopped with ValueError in test_forked.py, line", "failed"),
        (lambda tell: sys.exit(0), "it stopped with SystemExit", "failed"),
        (lambda tell: lambda: 1, "its result cannot be sent", "failed"),
    ],
    ids=["exit", "kill", "error", "sys.exit", "result"],
)
def test_a_death_is_told_at_once_and_without_values(call, reason, cause):
    began = time.monotonic()
    died, other = run(call, lambda tell: 7)
    assert (other, died.cause) == (7, cause)
    assert reason in died.reason
    assert "P-0017" not in died.reason
    assert time.monotonic() - began < 3


def leave_a_holder(tell):
    """Die while a process that was forked holds the pipe."""
    if os.fork() == 0:
        os.setsid()
        time.sleep(5)
        os._exit(0)
    os._exit(4)


def test_a_death_is_told_although_another_process_holds_its_pipe():
    began = time.monotonic()
    [died] = run(leave_a_holder)
    assert died == Died("its process left with exit status 4", "killed")
    assert time.monotonic() - began < 3


def test_our_own_errors_come_back_whole():
    error = FaultError("small", [Fault("not a number", "patients.csv", "Write a number.", rows=(17,))])

    def fail(tell):
        raise error

    [found] = run(fail)
    assert (type(found), str(found), found.faults) == (FaultError, str(error), error.faults)


def test_a_task_that_takes_too_long_is_ended():
    [late] = run(lambda tell: time.sleep(60), deadline=0.3)
    assert late == Died("not done after 0.3 s", "late")


def test_a_silent_task_is_ended_and_one_that_tells_is_not():
    def slow(tell):
        for step in range(5):
            time.sleep(0.3)
            tell(step)
        return "done"

    silent, told = run(lambda tell: time.sleep(60), slow, silence=1.0)
    assert (silent, told) == (Died("no result after 1 s", "silent"), "done")


def test_time_in_which_all_were_suspended_counts_for_no_limit():
    supervisor = os.fork()
    if not supervisor:
        os.setsid()
        os._exit(run(lambda tell: time.sleep(1), deadline=2.0, silence=2.0) != [None])
    deadline = time.monotonic() + 5
    while not (family := psutil.Process(supervisor).children()) and time.monotonic() < deadline:
        time.sleep(0.01)
    family.append(psutil.Process(supervisor))
    for each in family:
        each.suspend()
    time.sleep(2.5)
    for each in reversed(family):
        each.resume()
    assert os.waitpid(supervisor, 0)[1] == 0


def test_a_task_that_holds_too_much_memory_is_ended_with_what_it_started():
    program = "x = bytearray(7 * 10**8); import time; time.sleep(60)"
    began = time.monotonic()
    full, fits = run(
        lambda tell: subprocess.run([sys.executable, "-c", program], check=False),
        lambda tell: len(bytearray(10**6)),
        memory=psutil.Process().memory_info().rss + 10**8,
    )
    assert (full.cause, fits) == ("full", 10**6)
    assert "GB allowed" in full.reason
    assert time.monotonic() - began < 10


def test_what_a_task_started_ends_with_it():
    numbers = []

    def start(tell):
        tell(subprocess.Popen(["sleep", "60"]).pid)
        time.sleep(60)

    run(start, hear=lambda _, number: numbers.append(number), deadline=0.5)
    assert len(numbers) == 1
    assert gone(numbers)


def test_children_end_when_the_iteration_is_left():
    numbers = []

    def work(seconds, tell):
        tell(os.getpid())
        time.sleep(seconds)

    tasks = [Task(str(seconds), partial(work, seconds)) for seconds in (0.5, 60)]
    with closing(run_forked(tasks, workers=2, hear=lambda _, number: numbers.append(number))) as found:
        assert next(found) == (0, None)
    assert len(numbers) == 2
    assert gone(numbers, 0.1)


def test_a_child_may_fork_again():
    def outer(tell):
        return run(*[lambda inner, number=number: number + os.getppid() - os.getpid() for number in range(3)])

    found = run(outer, outer)
    assert all(len(values) == 3 and not any(isinstance(value, Died) for value in values) for values in found)


def test_children_draw_their_own_random_numbers_and_hear_signals():
    def draw(tell):
        masked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        return random.random(), np.random.rand(), not masked, signal.getsignal(signal.SIGTERM) == signal.SIG_DFL  # noqa: NPY002

    first, second = run(draw, draw)
    assert first[0] != second[0]
    assert first[1] != second[1]
    assert first[2:] == second[2:] == (True, True)


PROGRAM = """
import os, subprocess, sys, time
from helpers.report.forked import Task, run_forked
from helpers.stopping import stoppable
def say():
    os.write(1, f"{os.getpid()}\\n".encode())  # whole, whoever else writes
def inner(tell):
    say()
    time.sleep(60)
def outer(tell):
    say()
    list(run_forked([Task("c", inner), Task("d", inner)], workers=2))
with stoppable():
    list(run_forked([Task("a", outer), Task("b", outer)], workers=2))
"""


@pytest.mark.parametrize(
    ("send", "number", "status"),
    [(os.kill, signal.SIGKILL, -9), (os.kill, signal.SIGTERM, 1), (os.killpg, signal.SIGINT, 1)],
    ids=["KILL", "TERM", "INT"],
)
def test_nothing_outlives_a_parent_that_is_killed_or_stopped(send, number, status):
    words = [sys.executable, "-c", textwrap.dedent(PROGRAM)]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, cwd=ROOT, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as parent:
        numbers = [int(parent.stdout.readline()) for _ in range(6)]
        began = time.monotonic()
        send(parent.pid, number)
        parent.communicate(timeout=30)
        assert parent.returncode == status
    assert gone(numbers)
    assert time.monotonic() - began < 3
