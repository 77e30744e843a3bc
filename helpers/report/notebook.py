"""Notebook files as plain dictionaries: read, and given parameters as papermill gives them."""

import json
from collections.abc import Mapping
from pathlib import Path

from helpers.parameters import INJECTED

PARAMETERS = "parameters"  # the tag of the cell that declares them


def read_notebook(path: Path) -> dict:
    """A notebook of format 4 with each source as one text; older ones are converted.

    nbformat, whose import costs more than a notebook, is only asked where there is something to convert.
    """
    notebook = json.loads(path.read_text(encoding="utf-8"))
    if notebook.get("nbformat") != 4:
        import nbformat

        return nbformat.read(path, as_version=4)
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook


def is_tagged(cell: Mapping, tag: str) -> bool:
    """Tell whether a cell has a tag."""
    return tag in cell["metadata"].get("tags", [])


def code_cells(notebook: Mapping) -> list[dict]:
    """The code cells, in their order."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def to_run(path: Path, parameters: Mapping[str, object]) -> dict:
    """A notebook without outputs, and with values for its parameters in a cell below the one that declares them."""
    notebook = read_notebook(path)
    for cell in code_cells(notebook):
        cell["outputs"], cell["execution_count"] = [], None
    if parameters:
        source = INJECTED + "".join(f"{name} = {_literal(value)}\n" for name, value in parameters.items())
        injected: dict = {"cell_type": "code", "source": source, "outputs": [], "execution_count": None}
        injected["metadata"] = {"tags": ["injected-parameters"]}
        place = next(index for index, cell in enumerate(notebook["cells"]) if is_tagged(cell, PARAMETERS))
        notebook["cells"].insert(place + 1, injected)
    return notebook


def _literal(value: object) -> str:
    """A value as papermill writes it."""
    if not isinstance(value, str):
        return str(value)
    escaped = value.encode("unicode_escape").decode().replace('"', '\\"')
    return f'"{escaped}"'
