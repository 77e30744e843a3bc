"""The engine `fork` of papermill: a notebook's cells in a shell of a forked process, watched by papermill's.

`.venv/bin/papermill notebooks/04_survival.ipynb out.ipynb -p study data/klein_bmt --engine fork`.
papermill imports this module whenever it starts, so it imports little more than papermill has.
"""

import sys
from dataclasses import dataclass
from functools import partial
from typing import Any

from nbformat import NotebookNode, from_dict
from papermill.engines import Engine, NBClientEngine, NotebookExecutionManager
from tqdm.auto import tqdm

from helpers.report.forked import CAN_FORK, GB, Died, Task, Tell, run_forked

tqdm.monitor_interval = 0  # no thread of the bar's own: processes are forked
LANGUAGE = {
    "name": "python",
    "version": sys.version.split()[0],
    "mimetype": "text/x-python",
    "codemirror_mode": {"name": "ipython", "version": sys.version_info[0]},
    "pygments_lexer": f"ipython{sys.version_info[0]}",
    "nbconvert_exporter": "python",
    "file_extension": ".py",
}


class ForkEngine(Engine):
    """Runs notebooks without a kernel; the outputs are those of papermill's own engine.

    Options of papermill: `execution_timeout` (seconds that a cell may take), and from Python `memory` (GB that the
    process may hold). A cell that ends its process, hangs or holds too much is marked as one that raised an error.
    """

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        execution_timeout: float | None = None,
        memory: float | None = None,
        **options: Any,
    ) -> None:
        """Run the cells of `nb_man.nb`; papermill's own engine does so where a process cannot be forked."""
        if not CAN_FORK:
            timeout = {"execution_timeout": execution_timeout}
            NBClientEngine.execute_managed_notebook(nb_man, kernel_name, **timeout, **options)
            return
        cells = nb_man.nb.cells
        at = [0]
        task = Task(
            "notebook",
            partial(_run, [dict(cell) for cell in cells]),
            silence=execution_timeout,
            memory=int(memory * GB) if memory else None,
        )

        def hear(_: int, message: Any) -> None:
            index, cell = message
            at[0] = index
            if cell is None:
                nb_man.cell_start(cells[index], cell_index=index)
            else:
                _take(cells[index], from_dict(cell))
                nb_man.cell_complete(cells[index], cell_index=index)

        [(_, outcome)] = run_forked([task], workers=1, hear=hear)
        if isinstance(outcome, Ran):
            for cell, ran in zip(cells, outcome.cells, strict=True):
                _take(cell, from_dict(ran))  # a later cell may have changed what an earlier one displays
        if not isinstance(outcome, Ran) or outcome.failed:
            _mark(nb_man, at[0], outcome)
        nb_man.nb.metadata["language_info"] = from_dict(LANGUAGE)


@dataclass(frozen=True)
class Ran:
    """Cells that have run, and whether one of them failed."""

    cells: list[dict]
    failed: bool


def _run(cells: list[dict], tell: Tell) -> Ran:
    """Run cells in this process; tell of each its beginning, and the cell when it has run."""
    from helpers.report.shell import run_cells

    last = [0]

    def begins(index: int) -> None:
        if index:
            tell((index - 1, cells[index - 1]))
        last[0] = index
        tell((index, None))

    ended = run_cells(cells, begins)
    tell((last[0], cells[last[0]]))
    return Ran(cells, failed=ended is not None)


def _take(cell: NotebookNode, ran: NotebookNode) -> None:
    """Put what a cell has after it ran into papermill's, which has papermill's notes as well."""
    cell.metadata |= {name: note for name, note in ran.metadata.items() if name != "papermill"}
    cell.update({name: ran[name] for name in ("outputs", "execution_count") if name in ran})


def _mark(nb_man: NotebookExecutionManager, index: int, outcome: object) -> None:
    """Mark a cell as the one that ended the notebook; of one whose process died, add why to its outputs."""
    cell = nb_man.nb.cells[index]
    if isinstance(outcome, Died):
        error = {"output_type": "error", "ename": "ProcessDied", "evalue": outcome.reason}
        cell.outputs.append(from_dict(error | {"traceback": [outcome.reason]}))
    nb_man.cell_exception(cell, cell_index=index)
    nb_man.cell_complete(cell, cell_index=index)
