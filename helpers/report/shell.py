"""An IPython shell in this process that runs the cells of one notebook, with the outputs that a kernel would give.

It is the shell of ipykernel; what that sends to a front end is kept here, as nbclient keeps it. A process has one shell
in its life: pictures are shown by hooks of the shell that was there first. There are no widgets.
"""

import asyncio
import builtins
import getpass
import logging
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import TextIOBase

from ipykernel.compiler import XCachingCompiler
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython import get_ipython
from IPython.core.error import StdinNotImplementedError
from jupyter_client.session import Session
from traitlets import Any, observe
from traitlets.config import Config

INLINE = "module://matplotlib_inline.backend_inline"
OUTPUTS = {"execute_result", "display_data", "stream", "error"}
ALLOWS_ERRORS, SKIPPED = "raises-exception", "skip-execution"  # tags of nbclient


@dataclass(frozen=True)
class CellError:
    """The error that ended a cell; without a name where it is none of Python's."""

    name: str
    text: str


class Recorder(Session):
    """Keeps what the shell would send: the outputs of the cell that runs."""

    outputs: Any = Any()
    shown: Any = Any()  # outputs by the name they were displayed under
    clear: Any = Any(False)  # before the next output

    def send(
        self, stream: object, msg_or_type: dict | str, content: dict | None = None, *_: object, **__: object
    ) -> dict:
        """Take a message as nbclient does, once it has been through the wire's JSON."""
        message = msg_or_type if isinstance(msg_or_type, dict) else self.msg(msg_or_type, content)
        self.take(message["msg_type"], self.unpack(self.pack(message["content"])))
        return message

    def take(self, kind: str, content: dict) -> None:
        """Add an output, renew those that are displayed under a name, or clear them."""
        name = (content.pop("transient", None) or {}).get("display_id")
        if name and kind != "execute_result":
            for output in self.shown[name]:
                output.update(data=content["data"], metadata=content["metadata"])
        if kind == "clear_output":
            self.clear = content["wait"]
            if not self.clear:
                self.outputs.clear()
        elif kind in OUTPUTS:
            if self.clear:
                self.outputs.clear()
                self.clear = False
            self.outputs.append({"output_type": kind, **content})
            if name:
                self.shown[name].append(self.outputs[-1])


class Stream(TextIOBase):
    """stdout or stderr: text is kept until something is displayed, with what other programs write to the descriptor."""

    encoding = "utf-8"

    def __init__(self, name: str, number: int, recorder: Recorder) -> None:
        self.name, self._number, self._recorder, self._owner = name, number, recorder, os.getpid()
        self._text: list[str] = []
        self._read = 0
        self._file = tempfile.TemporaryFile()  # noqa: SIM115
        os.dup2(self._file.fileno(), number)

    def fileno(self) -> int:
        """The descriptor."""
        return self._number

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, text: str) -> int:
        """Keep a text; in a process that a cell has forked, hand it to this one."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if os.getpid() != self._owner:
            os.write(self._number, text.encode(errors="replace"))
        else:
            self._collect()
            self._text.append(text)
        return len(text)

    def flush(self) -> None:
        """Make what was written an output."""
        if os.getpid() != self._owner:
            return
        self._collect()
        text, self._text = "".join(self._text), []
        if text:
            self._recorder.take("stream", {"name": self.name, "text": text})

    def _collect(self) -> None:
        """Take in what was written to the descriptor."""
        size = os.fstat(self._file.fileno()).st_size
        if size > self._read:
            self._text.append(os.pread(self._file.fileno(), size - self._read, self._read).decode(errors="replace"))
            self._read = size


class Shell(ZMQInteractiveShell):
    """ipykernel's shell without a kernel."""

    def enable_gui(self, gui: object = None) -> None:
        """Nothing: there is no window."""

    @observe("exit_now")
    def _update_exit_now(self, change: dict) -> None:
        """Nothing: `run_cell` below looks at it."""


class Runner:
    """Runs cells in this process, which must have been forked for them, and leaves their outputs in them."""

    def __init__(self) -> None:
        self._recorder = Recorder(outputs=[], shown=defaultdict(list))
        if (present := get_ipython()) is not None:
            type(present).clear_instance()
        _no_input()
        self._streams = [Stream(name, number, self._recorder) for number, name in ((1, "stdout"), (2, "stderr"))]
        sys.stdout, sys.stderr = self._streams
        sys.argv[:] = [""]
        logging.root.handlers.clear()  # the parent's
        logging.root.setLevel(logging.WARNING)
        asyncio.set_event_loop(asyncio.new_event_loop())
        self._shell = _new_shell(self._recorder)
        _draw_inline()

    def run(self, cell: dict) -> CellError | None:
        """Run one cell of a notebook as nbclient does; return the error that ends the notebook, if there is one."""
        source, tags = "".join(cell["source"]), cell["metadata"].get("tags", [])
        if cell["cell_type"] != "code" or not source.strip() or SKIPPED in tags:
            return None
        outputs: list[dict] = []
        cell["outputs"], cell["execution_count"] = outputs, self._shell.execution_count
        self._recorder.outputs, self._recorder.clear = outputs, False
        times = {"iopub.status.busy": _now(), "iopub.execute_input": _now()}
        result = self._shell.run_cell(source, store_history=True)
        for stream in self._streams:
            stream.flush()
        cell["metadata"]["execution"] = times | {"iopub.status.idle": _now(), "shell.execute_reply": _now()}
        if self._shell.exit_now:
            return CellError("SystemExit", "")
        error = result.error_before_exec or result.error_in_exec
        failed = not result.success or self._shell._last_traceback_during_displayhook
        return CellError(type(error).__name__, str(error)) if failed and ALLOWS_ERRORS not in tags else None


def run_cells(cells: list[dict], begins: Callable[[int], None]) -> tuple[int, CellError] | None:
    """Run the cells of a notebook; return the index of one that ended it and its error.

    `begins` is told the index of each cell, markdown too, before it runs.
    """
    runner = Runner()
    for index, cell in enumerate(cells):
        begins(index)
        error = runner.run(cell)
        leaves = error == CellError("SystemExit", "") or error == CellError("SystemExit", "0")
        if error and not (leaves and index == len(cells) - 1):  # at its end a notebook may leave, says papermill
            return index, error
    return None


def _new_shell(recorder: Recorder) -> Shell:
    """The shell, which records instead of sending, and keeps no history on disk."""
    config = Config()
    config.HistoryManager.enabled = False
    shell = Shell.instance(config=config, compiler_class=XCachingCompiler, user_ns={})
    shell.display_pub.set_trait("session", recorder)
    shell.displayhook.set_trait("session", recorder)
    setattr(shell.displayhook, "topic", b"execute_result")  # noqa: B010
    return shell


def _draw_inline() -> None:
    """Let pyplot find the inline backend at the first figure; what the parent knew of it belongs to another shell."""
    backend = os.environ.get("MPLBACKEND") or INLINE
    os.environ["MPLBACKEND"] = backend
    if "matplotlib_inline.backend_inline" in sys.modules:
        del sys.modules["matplotlib_inline.backend_inline"]
        sys.modules["matplotlib_inline.config"].InlineBackend.clear_instance()
    if "matplotlib" in sys.modules:
        sys.modules["matplotlib"].rcParams["backend"] = backend
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot and pyplot._backend_mod:
        pyplot.close("all")
        pyplot.switch_backend(backend)


def _no_input() -> None:
    """Refuse questions to the user, as a kernel does without a front end."""

    def refuse(name: str) -> Callable[..., str]:
        def ask(*_: object, **__: object) -> str:
            raise StdinNotImplementedError(f"{name} was called, but this frontend does not support input requests.")

        return ask

    builtins.input, getpass.getpass = refuse("raw_input"), refuse("getpass")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


def _now() -> str:
    """The time as nbclient writes it."""
    return datetime.fromtimestamp(time.time(), UTC).isoformat().replace("+00:00", "Z")
