"""One notebook run with papermill, in a process of its own that tells its parent how far it is."""

import logging
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import nbformat
import papermill
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError
from traitlets import default

from helpers.report.markup import without_paths
from helpers.stopping import die_with_parent, hear_signals

# Their messages never hold values of patients.
OWN_ERRORS = ("FaultError", "CohortError", "StudyError", "NotRecorded", "ParameterError", "PublishError")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
LONGEST_SOCKET = 100  # bytes of a socket's path; systems allow 104 to 108
SECONDS_TO_START = 300  # for a kernel, on a machine that is busy
KERNEL, CELL, END = "kernel", "cell", "end"  # what a worker tells: (KERNEL, process), (CELL, None), (END, result)


@dataclass(frozen=True)
class Run:
    """One notebook to run: its file, the values for its parameters cell and the working folder."""

    path: Path
    parameters: Mapping[str, object] = field(default_factory=dict)
    folder: Path = Path()


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


class ThisPython(AsyncKernelManager):
    """Starts kernels with the running interpreter, whatever the machine calls `python3`; they end with this process.

    Where the system has them, kernel and parent talk through files in a private folder: network ports are drawn at
    random, so two kernels that start at once may draw the same, and other users of the machine can reach them.
    """

    pipe: Connection  # to the parent; the kernel holds it too, so that its end tells the end of both

    @default("transport")
    def _files(self) -> str:
        fits = len(os.fsencode(_sockets())) < LONGEST_SOCKET
        return "ipc" if os.name == "posix" and fits else "tcp"

    @default("ip")
    def _address(self) -> str:
        return _sockets() if self.transport == "ipc" else "127.0.0.1"

    @default("transport_encryption")
    def _encryption(self) -> str:
        return "disabled" if self.transport == "ipc" else "auto"

    @property
    def kernel_spec(self) -> KernelSpec:
        """The kernel of the interpreter that asks for it."""
        return KernelSpec(**get_kernel_dict(extra_arguments=["--log-level=CRITICAL"]))

    async def start_kernel(self, **options: object) -> None:
        """Start the kernel and tell the parent its process."""
        if os.name == "posix":
            options |= {"preexec_fn": partial(_follow, os.getpid()), "pass_fds": [self.pipe.fileno()]}
        await super().start_kernel(**options)
        self.pipe.send((KERNEL, self.provisioner.pid))


def work(run: Run, folder: Path, timeout: int, pipe: Connection) -> None:
    """Run one notebook in this process, with temporary files in `folder`; tell the parent through the pipe."""
    die_with_parent()
    parent = multiprocessing.parent_process()
    if parent and parent.is_alive():
        pipe.send((END, _outcome(run, folder, timeout, pipe)))


def failure(run: Run, index: int | None, message: str) -> RunFailure:
    """Say where a notebook stopped, from the index of the cell in the notebook that papermill made of it."""
    if index is None:
        return RunFailure(run.path.stem, 0, "", message)
    cells = nbformat.read(run.path, as_version=4).cells
    tagged = [i for i, cell in enumerate(cells) if "parameters" in cell.metadata.get("tags", [])]
    shift = bool(run.parameters) and index > tagged[0]  # papermill inserted one cell after this one
    before = cells[: index + 1 - shift]
    number = sum(cell.cell_type == "code" for cell in before)
    lines = [line for cell in before if cell.cell_type == "markdown" for line in cell.source.splitlines()]
    headings = [line.lstrip("# ") for line in lines if line.startswith("#")]
    return RunFailure(run.path.stem, number, headings[-1] if headings else "", message)


def _outcome(run: Run, folder: Path, timeout: int, pipe: Connection) -> nbformat.NotebookNode | RunFailure:
    """The executed notebook, or where and why it stopped."""
    began = time.monotonic()
    at: list[int] = []  # indices of the cells begun
    try:
        folder.mkdir()
        os.environ.update(_environment(folder))
        tempfile.tempdir = str(folder)  # for connection files
        done = _execute(run, timeout, pipe, lambda cell, cell_index: at.append(cell_index))
    except PapermillExecutionError as error:  # the text of a foreign error may hold a patient's values
        ours = error.ename in OWN_ERRORS
        why = f": {without_paths(error.evalue)}" if ours else " (run the notebook in JupyterLab to read its message)"
        return failure(run, error.cell_index, f"{error.ename}{why}")
    except CellTimeoutError:
        return failure(run, at[-1], f"no result after {timeout} s; raise --timeout or make the cell quicker")
    except (DeadKernelError, RuntimeError):
        return failure(run, at[-1] if at else None, "the kernel died; is there enough memory?")
    except OSError as error:
        return failure(run, None, f"cannot run: {error.strerror}")
    if at and at[-1] < len(done.cells) - 1:  # papermill takes the SystemExit of sys.exit() for a good end
        return failure(run, at[-1], "SystemExit: the cells after this one did not run")
    done.metadata["seconds"] = round(time.monotonic() - began, 1)
    return done


def _execute(
    run: Run, timeout: int, pipe: Connection, begun: Callable[[nbformat.NotebookNode, int], None]
) -> nbformat.NotebookNode:
    """Execute one notebook with papermill, without its log, bar and files."""
    for name in ("papermill", "traitlets"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return papermill.execute_notebook(
        nbformat.read(run.path, as_version=4),
        None,
        parameters=dict(run.parameters),
        cwd=str(run.folder),
        progress_bar=False,
        kernel_name="python3",
        kernel_manager_class=type("Kernel", (ThisPython,), {"pipe": pipe}),
        start_timeout=SECONDS_TO_START,
        execution_timeout=timeout,
        iopub_timeout=timeout,
        on_cell_start=begun,
        on_cell_executed=lambda **_: pipe.send((CELL, None)),
    )


def _environment(folder: Path) -> dict[str, str]:
    """What a kernel finds in its environment: one thread unless the user wants more, temporary files in `folder`."""
    threads = os.environ.get("OMP_NUM_THREADS", "1")
    wanted = {"PYDEVD_DISABLE_FILE_VALIDATION": "1", **dict.fromkeys(THREADS, threads)}
    if not _writable(os.path.expanduser("~")):  # libraries that cannot write their caches warn or fail
        wanted["MPLCONFIGDIR"] = str(folder / "matplotlib")
        if not _writable(Path(papermill.__file__).parents[1]):  # beside the code
            wanted["NUMBA_CACHE_DIR"] = str(folder / "numba")
    private = {"JUPYTER_RUNTIME_DIR": str(folder), "IPYTHONDIR": str(folder / "ipython"), "TMPDIR": str(folder)}
    return {name: os.environ.get(name, value) for name, value in wanted.items()} | private


def _writable(folder: str | Path) -> bool:
    """Tell whether this is a folder that can be written to."""
    return os.path.isdir(folder) and os.access(folder, os.W_OK)


def _sockets() -> str:
    """How the names of a kernel's sockets begin; a number follows."""
    return f"{os.environ['JUPYTER_RUNTIME_DIR']}/k"


def _follow(parent: int) -> None:
    """Make a kernel hear signals and end with its parent."""
    hear_signals()
    die_with_parent()
    if os.getppid() != parent:
        os._exit(1)
