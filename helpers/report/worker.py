"""One notebook in a process of its own, which tells its parent how far it is."""

import os
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from helpers.report.forked import CAN_FORK, THREADS, Tell
from helpers.report.markup import without_paths
from helpers.report.notebook import PARAMETERS, is_tagged, read_notebook, to_run

# Their messages never hold values of patients.
OWN_ERRORS = ("FaultError", "CohortError", "StudyError", "NotRecorded", "ParameterError", "PublishError")

FORK, PLAIN = "fork", "plain"  # engines: a shell in a forked process; papermill with a kernel
ENGINE = FORK if CAN_FORK else PLAIN  # unless the user chooses
Finish = Callable[["Run", dict], object]  # what becomes of an executed notebook, in the process that ran it


@dataclass(frozen=True)
class Run:
    """One notebook to run: its file, the values for its parameters cell and the working folder."""

    path: Path
    parameters: Mapping[str, object] = field(default_factory=dict)
    folder: Path = Path()


@dataclass(frozen=True)
class Done:
    """What `finish` made of a notebook, and the seconds it took: each code cell by its number, and the making."""

    value: Any
    cells: Mapping[int, float]
    finishing: float

    @property
    def seconds(self) -> float:
        """All of them."""
        return sum(self.cells.values()) + self.finishing


@dataclass(frozen=True)
class RunFailure:
    """Where a notebook stopped (cell 0: before its first) and why, without anything that a patient's row holds."""

    notebook: str
    cell: int
    section: str
    message: str

    def __str__(self) -> str:
        cell = f", cell {self.cell}" if self.cell else ""
        section = f", section {self.section!r}" if self.section else ""
        return f"{self.notebook}.ipynb{cell}{section}: {self.message}"


def work(run: Run, folder: Path, engine: str, finish: Finish, tell: Tell) -> Done | RunFailure:
    """Run one notebook in this process, with temporary files in `folder`; tell the index of each cell, then None."""
    began: list[tuple[int, float]] = []

    def begins(index: int) -> None:
        began.append((index, time.perf_counter()))
        tell(index)

    try:
        folder.mkdir()
        os.environ.update(environment(folder))
        tempfile.tempdir = str(folder)
        os.chdir(run.folder)
        notebook, failed = (_in_shell if engine == FORK else _in_kernel)(run, begins)
    except OSError as error:
        return failure(run, None, f"cannot run: {error.strerror}")
    if failed is not None:
        return failure(run, failed[0], _reason(failed[1].name, failed[1].text))
    tell(None)
    ended = time.perf_counter()
    value = finish(run, notebook)
    return Done(value, _seconds(notebook, [*began, (-1, ended)]), time.perf_counter() - ended)


def failure(run: Run, index: int | None, message: str) -> RunFailure:
    """Say where a notebook stopped, from the index of the cell in the notebook with its parameters."""
    if index is None:
        return RunFailure(run.path.stem, 0, "", message)
    cells = read_notebook(run.path)["cells"]
    tagged = [place for place, cell in enumerate(cells) if is_tagged(cell, PARAMETERS)]
    shift = bool(run.parameters) and index > tagged[0]  # a cell was inserted after this one
    before = cells[: index + 1 - shift]
    number = sum(cell["cell_type"] == "code" for cell in before)
    lines = [line for cell in before if cell["cell_type"] == "markdown" for line in cell["source"].splitlines()]
    headings = [line.lstrip("# ") for line in lines if line.startswith("#")]
    return RunFailure(run.path.stem, number, headings[-1] if headings else "", message)


def _in_shell(run: Run, begins: Callable[[int], None]) -> tuple[dict, tuple | None]:
    """The notebook run by a shell of this process."""
    from helpers.report.shell import run_cells

    notebook = to_run(run.path, run.parameters)
    return notebook, run_cells(notebook["cells"], begins)


def _in_kernel(run: Run, begins: Callable[[int], None]) -> tuple[dict, tuple | None]:
    """The notebook run by papermill."""
    with warnings.catch_warnings(action="ignore"):  # of tqdm, which papermill imports, about widgets
        from helpers.report.kernel import run_in_kernel

    return run_in_kernel(run.path, run.parameters, Path.cwd(), begins)


def _reason(name: str, text: str) -> str:
    """Why a cell stopped; the text of a foreign error may hold a patient's values."""
    if name == "SystemExit":
        return "SystemExit: the cells after this one did not run"
    if not name:
        return text
    own = name in OWN_ERRORS
    return f"{name}: {without_paths(text)}" if own else f"{name} (run the notebook in JupyterLab to read its message)"


def _seconds(notebook: Mapping, began: list[tuple[int, float]]) -> dict[int, float]:
    """Seconds that each code cell took, by its number."""
    spent = {index: after - before for (index, before), (_, after) in pairwise(began)}
    codes = [index for index, cell in enumerate(notebook["cells"]) if cell["cell_type"] == "code"]
    return {number: spent.get(index, 0.0) for number, index in enumerate(codes, 1)}


def environment(folder: Path) -> dict[str, str]:
    """What a notebook finds in its environment: one thread unless the user wants more, temporary files in `folder`."""
    threads = os.environ.get("OMP_NUM_THREADS", "1")
    wanted = {"PYDEVD_DISABLE_FILE_VALIDATION": "1", **dict.fromkeys(THREADS, threads)}
    if not _writable(os.path.expanduser("~")):  # libraries that cannot write their caches warn or fail
        wanted["MPLCONFIGDIR"] = str(folder / "matplotlib")
    private = {"JUPYTER_RUNTIME_DIR": str(folder), "IPYTHONDIR": str(folder / "ipython"), "TMPDIR": str(folder)}
    return {name: os.environ.get(name, value) for name, value in wanted.items()} | private


def _writable(folder: str | Path) -> bool:
    """Tell whether this is a folder that can be written to."""
    return os.path.isdir(folder) and os.access(folder, os.W_OK)
