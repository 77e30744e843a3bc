"""Running notebooks with papermill: declared parameters only, this interpreter, one progress bar."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

import nbformat
from tqdm import tqdm

from helpers.faults import PlainError
from helpers.parameters import ParameterError, check_value, declared_in
from helpers.report.private import private_folder
from helpers.report.worker import CELL, END, KERNEL, Run, RunFailure, failure, work
from helpers.stopping import signals_held

TIMEOUT = 1800  # seconds that a cell may take
SECONDS_TO_END = 2.0  # that stopped processes are waited for
TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
CONVERT: dict[str, Callable[[str], object]] = {"int": int, "float": float, "bool": lambda text: TRUTH[text.lower()]}


class RunError(PlainError):
    """One or more notebooks failed; `failures` says which, at which cell, and why."""

    def __init__(self, failures: Sequence[RunFailure]) -> None:
        super().__init__("\n".join(map(str, failures)))
        self.failures = list(failures)


def declared(path: Path) -> dict[str, str]:
    """Return the parameters a notebook declares: name -> type ("str", "int", "float", "bool", "None")."""
    return dict(_declared(path, path.stat().st_mtime_ns))


@cache
def _declared(path: Path, _written: int) -> dict[str, str]:
    """The same, read once a process unless the notebook was written since."""
    cells = nbformat.read(path, as_version=4).cells
    sources = [cell.source for cell in cells if "parameters" in cell.metadata.get("tags", [])]
    return declared_in(sources[0]) if sources else {}


def typed(name: str, value: object, kind: str) -> object:
    """Return a command-line value as the type its parameters cell declares; ParameterError if it is not one."""
    converted = value
    with suppress(ValueError, KeyError):
        converted = CONVERT.get(kind, str)(value) if isinstance(value, str) else value
    check_value(name, converted, kind)
    return converted


def share_parameters(paths: Sequence[Path], values: Mapping[str, object]) -> dict[Path, dict[str, object]]:
    """Return for each notebook the values it declares; ParameterError for a name that none declares."""
    known = {path: declared(path) for path in paths}
    names = {name for kinds in known.values() for name in kinds}
    unknown = sorted(set(values) - names)
    if unknown:
        settable = ", ".join(sorted(names - ({"study"} & set(values)))) or "none"  # a collection's study is set
        raise ParameterError(f"unknown parameter {', '.join(unknown)}; the notebooks chosen declare {settable}")
    return {
        path: {name: typed(name, values[name], kinds[name]) for name in kinds if name in values}
        for path, kinds in known.items()
    }


def run_notebooks(
    runs: Sequence[Run], *, workers: int = 2, progress: bool = True, timeout: int = TIMEOUT, private: Path | None = None
) -> list[nbformat.NotebookNode]:
    """Return the executed notebooks in the order given; RunError names every notebook that failed.

    Notebooks run in `workers` processes at a time, each with a kernel of the current interpreter; a cell that takes
    more than `timeout` seconds fails. Temporary files go to the folder `private` (default: one of the run's own).
    On a terminal, one bar on stderr counts code cells over all notebooks. The files themselves are not changed. When
    this function ends, however it ends, its processes have ended.
    """
    cells = 0  # that will run, papermill's injected ones included
    for run in runs:
        share_parameters([run.path], run.parameters)
        types = [cell.cell_type for cell in nbformat.read(run.path, as_version=4).cells]
        cells += types.count("code") + bool(run.parameters)
    tqdm.monitor_interval = 0  # no thread of the bar's own: processes are forked
    with (
        nullcontext(private) if private else private_folder() as folder,
        tqdm(total=cells, unit="cell", desc="Running notebooks", disable=None if progress else True) as bar,
    ):
        results = _results(runs, folder, workers, timeout, bar)
    failures = [result for result in results if isinstance(result, RunFailure)]
    if failures:
        raise RunError(failures)
    return [result for result in results if not isinstance(result, RunFailure)]


@dataclass
class _Worker:
    """A process that runs one notebook, as its parent knows it."""

    number: int  # of the notebook
    process: BaseProcess
    kernel: int | None = None  # the kernel's process and process group


def _results(
    runs: Sequence[Run], folder: Path, workers: int, timeout: int, bar: tqdm
) -> list[nbformat.NotebookNode | RunFailure]:
    """The executed notebook or the failure of each run, in their order.

    A worker's pipe says how far it is, and ends when it and its kernel have ended.
    """
    waiting = list(enumerate(runs))[::-1]
    results: dict[int, nbformat.NotebookNode | RunFailure] = {}
    busy: dict[Connection, _Worker] = {}
    try:
        while waiting or busy:
            while waiting and len(busy) < max(1, workers):
                with signals_held():
                    number, run = waiting.pop()
                    receive, send = multiprocessing.Pipe(duplex=False)
                    arguments = (run, folder / str(number), timeout, send)
                    process = multiprocessing.Process(target=work, args=arguments, daemon=True)
                    process.start()
                    send.close()
                    busy[receive] = _Worker(number, process)
            ready = wait(list(busy))
            for pipe, worker in [(pipe, worker) for pipe, worker in busy.items() if pipe in ready]:
                result = _hear(pipe, worker, runs[worker.number], bar)
                if result is not None:
                    results[worker.number] = result
                    _end({pipe: worker})
                    del busy[pipe]
    finally:
        _end(busy)
    return [results[number] for number in range(len(runs))]


def _hear(pipe: Connection, worker: _Worker, run: Run, bar: tqdm) -> nbformat.NotebookNode | RunFailure | None:
    """Take in one message of a worker; return what became of its notebook when that is it."""
    try:
        kind, content = pipe.recv()
    except (EOFError, OSError):
        return failure(run, None, "its process was killed; is there enough memory?")
    if kind == CELL:
        bar.update()
        return None
    worker.kernel = content if kind == KERNEL else None
    return content if kind == END else None


def _end(busy: Mapping[Connection, _Worker]) -> None:
    """End workers and their kernels, and wait until they have ended."""
    for worker in busy.values():
        worker.process.kill()
        if worker.kernel and hasattr(os, "killpg"):
            with suppress(ProcessLookupError):
                os.killpg(worker.kernel, signal.SIGKILL)
    deadline = time.monotonic() + SECONDS_TO_END
    for pipe, worker in busy.items():
        with suppress(EOFError, OSError):  # at the end of the pipe no process is left that could write into it
            while pipe.poll(max(0.0, deadline - time.monotonic())):
                pipe.recv_bytes()
        worker.process.join(max(0.0, deadline - time.monotonic()))
        pipe.close()
