"""One notebook run by papermill with a kernel of this interpreter: the plain way, for systems without fork."""

import logging
import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import nbformat
import papermill
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError
from traitlets import default

from helpers.report.notebook import KernelDied
from helpers.report.shell import CellError
from helpers.stopping import die_with_parent, hear_signals

LONGEST_SOCKET = 100  # bytes of a socket's path; systems allow 104 to 108
SECONDS_TO_START = 300  # for a kernel, on a machine that is busy


class ThisPython(AsyncKernelManager):
    """Starts kernels with the running interpreter, whatever the machine calls `python3`; they end with this process.

    Where the system has them, kernel and parent talk through files in a private folder: network ports are drawn at
    random, so two kernels that start at once may draw the same, and other users of the machine can reach them.
    """

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
        """Start the kernel."""
        if os.name == "posix":
            options |= {"preexec_fn": partial(_follow, os.getpid())}
        await super().start_kernel(**options)


def run_in_kernel(
    path: Path, parameters: Mapping[str, object], folder: Path, begins: Callable[[int], None]
) -> tuple[dict, tuple[int, CellError] | None]:
    """The notebook executed in the working folder, and the index of a cell that ended it with its error.

    Raises KernelDied.
    """
    for name in ("papermill", "traitlets"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    at: list[int] = []

    def begun(cell: object, cell_index: int) -> None:
        at.append(cell_index)
        begins(cell_index)

    try:
        notebook = papermill.execute_notebook(
            nbformat.read(path, as_version=4),
            None,
            parameters=dict(parameters),
            cwd=str(folder),
            progress_bar=False,
            kernel_name="python3",
            kernel_manager_class=ThisPython,
            start_timeout=SECONDS_TO_START,
            on_cell_start=begun,
        )
    except PapermillExecutionError as error:
        return {}, (error.cell_index, CellError(error.ename, error.evalue))
    except (DeadKernelError, RuntimeError) as error:
        raise KernelDied from error
    if at and at[-1] < len(notebook.cells) - 1:  # papermill takes the SystemExit of sys.exit() for a good end
        return {}, (at[-1], CellError("SystemExit", ""))
    return notebook, None


def _sockets() -> str:
    """How the names of a kernel's sockets begin; a number follows."""
    return f"{os.environ['JUPYTER_RUNTIME_DIR']}/k"


def _follow(parent: int) -> None:
    """Make a kernel hear signals and end with its parent."""
    hear_signals()
    die_with_parent()
    if os.getppid() != parent:
        os._exit(1)
