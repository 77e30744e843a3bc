"""Notebooks as they are stored in git: executed, and the same bytes on every machine."""

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

import nbformat

from helpers.faults import UsageError
from helpers.report.from_html import stored
from helpers.report.run import How, run_notebooks
from helpers.report.target import OutputError
from helpers.report.warm import warm
from helpers.report.whole import replace_files
from helpers.report.worker import Run
from helpers.stopping import too_late_to_stop
from helpers.study import INSTALLED, PROJECT_ROOT

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python"}
PERSONAL = {"tags", "jupyter", "collapsed"}  # cell metadata that a person set


def refresh(paths: Sequence[Path], **how: Unpack[How]) -> list[Path]:
    """Execute notebooks with their own defaults, store clean outputs, and return the files that changed; see How.

    RunError if one fails, OutputError if one cannot be written or was changed by somebody during the run; then no
    file is touched. UsageError in an installed package, which is no place to store outputs.
    """
    if INSTALLED:
        raise UsageError("refresh stores outputs in a checkout of second-cart; this is an installed package")
    before = {path: path.read_text(encoding="utf-8") for path in paths}
    runs = [Run(path, {}, PROJECT_ROOT) for path in paths]
    warm([run.path for run in runs])
    done = run_notebooks(runs, **how)
    notebooks = [tidy(nbformat.from_dict(made.value)) for made in done]
    after = {path: nbformat.writes(notebook) + "\n" for path, notebook in zip(paths, notebooks, strict=True)}
    changed = [path for path in paths if after[path] != before[path]]
    edited = [path.name for path in paths if path.read_text(encoding="utf-8") != before[path]]
    if edited:
        raise OutputError(f"{', '.join(edited)} changed during the run; nothing was stored. Save it and run again.")
    too_late_to_stop()
    replace_files({path: after[path] for path in changed})
    return changed


def tidy(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return a notebook without clocks, paths, versions and what is exact or large; cells numbered from 1."""
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": LANGUAGE})
    number = 0
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({key: cell.metadata[key] for key in cell.metadata if key in PERSONAL})
        if cell.cell_type != "code":
            continue
        number += 1
        cell.execution_count = number
        for output in cell.outputs:
            if "data" in output:
                output.metadata, output.data = nbformat.from_dict({}), nbformat.from_dict(stored(output.data))
            if "execution_count" in output:
                output.execution_count = number
    return notebook
