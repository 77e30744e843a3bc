"""Many collections from one table of runs: forked from one warm process, each written whole, none made twice."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import cast

from helpers.faults import PlainError, said_of
from helpers.present.format import plural
from helpers.report import provenance
from helpers.report.batch_progress import Progress
from helpers.report.batch_state import DONE, FAILED, Ledger, State
from helpers.report.forked import Died, Task, run_forked
from helpers.report.manifest import CollectionError, read_whole
from helpers.report.private import private_folder
from helpers.report.run import RunError
from helpers.report.runs_table import BatchRun
from helpers.report.target import BusyError, check_place, in_words
from helpers.report.warm import warm, warm_files
from helpers.report.worker import RunFailure
from helpers.stopping import Stopped

BUSY = "busy"  # another command is writing this run
SECONDS_TO_WAIT = 1.0  # before a busy run is looked at again
Render = Callable[..., Path]  # render_collection, with all that is the same for every run


def render_batch(runs: Sequence[BatchRun], ledger: Ledger, render: Render, *, workers: int) -> list[State]:
    """Render the runs that are not done, some at a time, and return what has become of each, in their order.

    A run that fails does not stop the others. One that another command writes is waited for. Raises CollectionError or
    OutputError for a place that is none for output, and Stopped, which says how many runs are done.
    """
    with in_words(_check_place(runs, ledger.out)):
        ledger.out.mkdir(parents=True, exist_ok=True)
    with _tidy(runs, ledger):
        states = {run.name: ledger.state(run) for run in runs}
        todo = [run for run in runs if states[run.name].state != DONE]
        if todo:
            warm(ledger.notebooks)
            warm_files(ledger.notebooks)
            provenance.code()
        with Progress(len(runs), len(runs) - len(todo)) as progress:
            try:
                while todo:
                    for state in _round(todo, ledger, render, workers):
                        states[state.run.name] = state
                        progress.advance(failed=state.state == FAILED)
                    todo = [run for run in todo if states[run.name].state not in (DONE, FAILED)]
                    time.sleep(SECONDS_TO_WAIT if todo else 0)
            except Stopped as stopped:
                done = [state for state in map(ledger.state, runs) if state.state == DONE]
                counts = f"{len(done)} of {plural(len(runs), 'run')} done"
                stopped.said = f"Stopped; {counts}. The same command goes on from there."
                raise
    return list(states.values())


def _check_place(runs: Sequence[BatchRun], out: Path) -> str:
    """How messages call the folder of a batch; CollectionError for a place that is none, a cohort's folder for one."""
    name, place = check_place(out, replaced=False), out.resolve()
    if {run.study for run in runs} & {place, *place.parents}:
        raise CollectionError(f"{name} is or lies in the folder of a cohort; name another folder")
    return name


def _round(todo: Sequence[BatchRun], ledger: Ledger, render: Render, workers: int) -> Iterator[State]:
    """Render runs; yield what has become of each but those that another command is writing."""
    started: list[BatchRun] = []
    found: list[State] = []  # done meanwhile by another command

    def tasks() -> Iterator[Task]:
        for run in todo:
            state = ledger.state(run)
            if state.state == DONE:
                found.append(state)
            else:
                started.append(run)
                yield Task(run.name, partial(_outcome, run, ledger.out / run.name, render))

    for number, outcome in run_forked(tasks(), workers=workers):
        if outcome != BUSY:
            failures = _failures(outcome)
            ledger.record(started[number], failures)
            yield _state(started[number], ledger.out, failures)
    yield from found


def _outcome(run: BatchRun, target: Path, render: Render, _tell: object) -> str | list[RunFailure]:
    """Render one run in a process of its own: what failed, or that another command is at it."""
    try:
        render(run.study, target, parameters=run.parameters)
    except BusyError:
        return BUSY
    except RunError as error:
        return error.failures
    except PlainError as error:
        return [RunFailure("", 0, "", str(error))]
    except OSError as error:
        return [RunFailure("", 0, "", said_of(error))]
    return []


def _failures(outcome: object) -> list[RunFailure]:
    """What failed in a run, be it the process itself."""
    return [RunFailure("", 0, "", outcome.reason)] if isinstance(outcome, Died) else cast(list[RunFailure], outcome)


def _state(run: BatchRun, out: Path, failures: Sequence[RunFailure]) -> State:
    """What has become of a run that has ended just now."""
    if failures:
        return State(run, FAILED, failures=failures)
    return State(run, DONE, facts=read_whole(out / run.name))


@contextmanager
def _tidy(runs: Sequence[BatchRun], ledger: Ledger) -> Iterator[None]:
    """Clear away what killed commands have left, before and, if this one is stopped, after."""
    with private_folder():  # to claim one removes those whose owners are gone
        ledger.tidy(runs)
    try:
        yield
    finally:
        with private_folder():
            ledger.tidy(runs)
