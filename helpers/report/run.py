"""Running notebooks with papermill: declared parameters only, this interpreter, one progress bar."""

import logging
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import papermill
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError
from tqdm import tqdm
from traitlets import default

from helpers.parameters import ParameterError, check_value, declared_in
from helpers.report.markup import without_paths

# Their messages never hold values of patients.
OWN_ERRORS = ("FaultError", "CohortError", "StudyError", "NotRecorded", "ParameterError")
KERNEL_ENVIRONMENT = {"PYDEVD_DISABLE_FILE_VALIDATION": "1", "OMP_NUM_THREADS": "1"}
TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
CONVERT: dict[str, Callable[[str], object]] = {
    "int": int,
    "float": float,
    "bool": lambda text: TRUTH[text.lower()],
    "str": str,
    "None": str,
}


@dataclass(frozen=True)
class RunFailure:
    """Where a notebook stopped and why, without anything that a patient's row holds."""

    notebook: str
    cell: int
    section: str
    message: str

    def __str__(self) -> str:
        place = f"cell {self.cell}" + (f", section {self.section!r}" if self.section else "")
        return f"{self.notebook}.ipynb, {place}: {self.message}"


class RunError(Exception):
    """One or more notebooks failed; `failures` says which, at which cell, and why."""

    def __init__(self, failures: Sequence[RunFailure]) -> None:
        super().__init__("\n".join(map(str, failures)))
        self.failures = list(failures)


@dataclass(frozen=True)
class Run:
    """One notebook to run: its file, the values for its parameters cell and the working folder."""

    path: Path
    parameters: Mapping[str, object] = field(default_factory=dict)
    folder: Path = Path()


class ThisPython(AsyncKernelManager):
    """Starts kernels with the running interpreter, whatever the machine calls `python3`.

    Where the system has them, kernel and parent talk through files in a private folder: network ports are drawn at
    random, so two kernels that start at once may draw the same, and other users of the machine can reach them.
    """

    @default("transport")
    def _files(self) -> str:
        return "ipc" if os.name == "posix" else "tcp"

    @default("ip")
    def _address(self) -> str:
        return f"{os.environ['JUPYTER_RUNTIME_DIR']}/k" if os.name == "posix" else "127.0.0.1"

    @property
    def kernel_spec(self) -> KernelSpec:
        """The kernel of the interpreter that asks for it."""
        return KernelSpec(**get_kernel_dict(extra_arguments=["--log-level=CRITICAL"]))


def declared(path: Path) -> dict[str, str]:
    """Return the parameters a notebook declares: name -> type ("str", "int", "float", "bool", "None")."""
    cells = nbformat.read(path, as_version=4).cells
    sources = [cell.source for cell in cells if "parameters" in cell.metadata.get("tags", [])]
    return declared_in(sources[0]) if sources else {}


def typed(name: str, value: object, kind: str) -> object:
    """Return a command-line value as the type its parameters cell declares; ParameterError if it is not one."""
    try:
        typed_value = CONVERT.get(kind, str)(value) if isinstance(value, str) else value
    except (ValueError, KeyError):
        typed_value = value
    check_value(name, typed_value, kind)
    return typed_value


def share_parameters(paths: Sequence[Path], values: Mapping[str, object]) -> dict[Path, dict[str, object]]:
    """Return for each notebook the values it declares; ParameterError for a name that none declares."""
    known = {path: declared(path) for path in paths}
    names = {name for kinds in known.values() for name in kinds}
    unknown = sorted(set(values) - names)
    if unknown:
        settable = sorted(names - ({"study"} & set(values)))  # a collection's study has been given
        there = ", ".join(settable) or "none"
        raise ParameterError(f"unknown parameter {', '.join(unknown)}; the notebooks chosen declare {there}")
    return {
        path: {name: typed(name, values[name], kinds[name]) for name in kinds if name in values}
        for path, kinds in known.items()
    }


def run_notebooks(runs: Sequence[Run], *, workers: int = 2, progress: bool = True) -> list[nbformat.NotebookNode]:
    """Return the executed notebooks in the order given; RunError names every notebook that failed.

    Notebooks run in `workers` processes, each with a kernel of the current interpreter. One bar on stderr counts code
    cells over all notebooks. The files themselves are not changed.
    """
    for run in runs:
        share_parameters([run.path], run.parameters)
    counter = multiprocessing.Value("i", 0)
    cells = sum(_code_cells(run) for run in runs)
    tqdm.monitor_interval = 0  # no thread of the bar's own beside the process pool
    with ProcessPoolExecutor(max(1, min(workers, len(runs))), initializer=_start, initargs=(counter,)) as pool:
        futures = [pool.submit(_run, run) for run in runs]
        with tqdm(total=cells, unit="cell", desc="Running notebooks", disable=not progress) as bar:
            _watch(futures, counter, bar)
        results = [future.result() for future in futures]
    failures = [result for result in results if isinstance(result, RunFailure)]
    if failures:
        raise RunError(failures)
    return results


def _code_cells(run: Run) -> int:
    """Number of code cells that will run, papermill's injected one included."""
    cells = nbformat.read(run.path, as_version=4).cells
    return sum(cell.cell_type == "code" for cell in cells) + bool(run.parameters)


def _watch(futures: list[Future], counter: object, bar: tqdm) -> None:
    """Move the bar until every notebook is done."""
    waiting = set(futures)
    while waiting:
        _, waiting = wait(waiting, timeout=0.1)
        if counter.value > bar.n:
            bar.update(counter.value - bar.n)


def _quiet() -> None:
    """Keep papermill's log off the terminal."""
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)


def _start(counter: object) -> None:
    """Prepare a worker process."""
    global _done_cells
    _done_cells = counter
    os.environ.update({name: os.environ.get(name, value) for name, value in KERNEL_ENVIRONMENT.items()})
    _quiet()


def _tick(**_: object) -> None:
    """Count one executed cell."""
    with _done_cells.get_lock():
        _done_cells.value += 1


def _run(run: Run) -> nbformat.NotebookNode | RunFailure:
    """Execute one notebook in a worker process."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kernel-") as private:
        os.environ["JUPYTER_RUNTIME_DIR"] = private
        try:
            done = _execute(run)
        except PapermillExecutionError as error:
            return _failure(run, error)
        except (DeadKernelError, RuntimeError):
            return RunFailure(run.path.stem, 0, "", "the kernel died; is there enough memory?")
    done.metadata["seconds"] = round(time.monotonic() - began, 1)
    return done


def _execute(run: Run) -> nbformat.NotebookNode:
    """Execute one notebook with papermill, without its log, bar and files."""
    return papermill.execute_notebook(
        nbformat.read(run.path, as_version=4),
        None,
        parameters=dict(run.parameters),
        cwd=str(run.folder),
        progress_bar=False,
        kernel_name="python3",
        kernel_manager_class=ThisPython,
        on_cell_executed=_tick,
    )


def _failure(run: Run, error: PapermillExecutionError) -> RunFailure:
    """Say where and why a notebook stopped; the text of a foreign error may hold a patient's values, so it is cut."""
    cells = nbformat.read(run.path, as_version=4).cells
    tagged = [i for i, cell in enumerate(cells) if "parameters" in cell.metadata.get("tags", [])]
    shift = bool(run.parameters) and error.cell_index > tagged[0]  # papermill inserted one cell after this one
    before = cells[: error.cell_index + 1 - shift]
    number = sum(cell.cell_type == "code" for cell in before)
    lines = [line for cell in before if cell.cell_type == "markdown" for line in cell.source.splitlines()]
    headings = [line.lstrip("# ") for line in lines if line.startswith("#")]
    message = f"{error.ename}: {without_paths(error.evalue)}"
    if error.ename not in OWN_ERRORS:
        message = f"{error.ename} (run the notebook in JupyterLab to read its message)"
    return RunFailure(run.path.stem, number, headings[-1] if headings else "", message)
