"""What no way can go below: `python -m benchmarks.limit OUT STUDY...`.

One process that has imported everything and made one whole collection already runs the cells of all notebooks in one
IPython shell, on one thread, and makes their pages. Starting, importing and writing files are not counted.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

import nbformat
from IPython.core.displayhook import CapturingDisplayHook
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import RichOutput, capture_output
from nbformat import NotebookNode

import helpers
from benchmarks.measure import MeasureError
from helpers.report.export import export_notebook

T = TypeVar("T")
# Those beside the package that is imported: another checkout's, where the path says so.
NOTEBOOKS = sorted((Path(helpers.__file__).parents[1] / "notebooks").glob("0*.ipynb"))


def new_shell() -> InteractiveShell:
    """The shell that runs the cells of a process; pictures are made as in a kernel."""
    shell = InteractiveShell.instance()
    shell.display_formatter.active_types = shell.display_formatter.format_types
    return shell


def executed(shell: InteractiveShell, notebook: NotebookNode, parameters: Mapping[str, object], name: str) -> None:
    """Run a notebook's cells in a shell that has been reset; they keep what they showed."""
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        given = [f"{key} = {value!r}" for key, value in parameters.items()] if _declares(cell) else []
        cell.outputs = _outputs(shell, "\n".join([cell.source, *given]), name)


def _declares(cell: NotebookNode) -> bool:
    """Tell whether this cell declares the parameters."""
    return "parameters" in cell.metadata.get("tags", [])


def _outputs(shell: InteractiveShell, source: str, name: str) -> list[dict]:
    """Run one cell; return its outputs. MeasureError when it fails."""
    displays: list[dict] = []
    shell.display_trap.hook = CapturingDisplayHook(shell, displays)  # the value of a cell
    with capture_output() as shown:  # what it shows before
        result = shell.run_cell(source, store_history=True)
    if not result.success:
        raise MeasureError(f"{name}: {result.error_in_exec or result.error_before_exec}")
    return [{"output_type": "display_data", **item} for item in [*map(_bundle, shown.outputs), *displays]]


def _bundle(shown: RichOutput) -> dict:
    """The forms of something that a cell shows."""
    return {"data": shown.data, "metadata": shown.metadata}


def collection(shell: InteractiveShell, study: Path) -> tuple[dict[str, tuple[NotebookNode, str]], dict[str, float]]:
    """The executed notebooks of a cohort with their pages, by name; seconds: wall, cpu, cells (their CPU)."""
    made, cost = {}, dict.fromkeys(("wall", "cpu", "cells"), 0.0)
    for path in NOTEBOOKS:
        shell.reset(new_session=True)
        notebook = nbformat.read(path, as_version=4)
        _, wall, cpu = spent(partial(executed, shell, notebook, {"study": str(study)}, path.name))
        done = nbformat.from_dict(notebook)
        page, wall_of_page, cpu_of_page = spent(partial(export_notebook, done, path.stem))
        made[path.name] = done, page
        for name, seconds in (("wall", wall + wall_of_page), ("cpu", cpu + cpu_of_page), ("cells", cpu)):
            cost[name] += seconds
    return made, cost


def spent(call: Callable[[], T]) -> tuple[T, float, float]:
    """What a call returns, and the seconds on the clock and of the processor that it took."""
    began, used = time.monotonic(), time.process_time()
    value = call()
    return value, time.monotonic() - began, time.process_time() - used


def main(out: Path, studies: list[Path]) -> None:
    """Make the collections; write them, and what cells and pages cost."""
    shell = new_shell()
    collection(shell, studies[0])
    costs = []
    for study in studies:
        made, cost = collection(shell, study)
        costs.append(cost)
        for name, (notebook, page) in made.items():
            (out / study.name).mkdir(exist_ok=True)
            nbformat.write(notebook, out / study.name / name)
            (out / study.name / name).with_suffix(".html").write_text(page, encoding="utf-8")
    total = {name: sum(cost[name] for cost in costs) for name in costs[0]}
    (out / "cost.json").write_text(json.dumps(total), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(study) for study in sys.argv[2:]])
