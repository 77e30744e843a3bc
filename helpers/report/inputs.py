"""What a collection is made from, as checksums: they tell that it need not be made again, or what has changed."""

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import helpers
from helpers.report.manifest import sha256
from helpers.report.notebook import read_notebook
from helpers.report.worker import Run
from helpers.study import PROJECT_ROOT

Inputs = dict[str, str]  # part -> SHA-256
PACKAGE = Path(helpers.__file__).parent
NO_CODE = {"__pycache__", "project"}  # the second has what is no part of the package in a checkout


def inputs(data: Mapping[str, str], runs: Sequence[Run]) -> Inputs:
    """The checksums of a collection's data (given by file), notebooks, parameters, code and installed packages.

    Stored outputs of the notebooks are no inputs; the parameters are those that each notebook is given, the study's
    name among them.
    """
    return {
        "data": _sum(dict(data)),
        "notebooks": _sum({run.path.stem: _cells(run.path, run.path.stat().st_mtime_ns) for run in runs}),
        "parameters": _sum({run.path.stem: dict(run.parameters) for run in runs}),
        "code": _code(),
        "packages": _packages(),
    }


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The parts that are not what they were."""
    return [part for part, digest in now.items() if before.get(part) != digest]


@cache
def _cells(path: Path, _written: int) -> str:
    """The sum of a notebook's cells without their outputs; asked again when the file was written."""
    cells = read_notebook(path)["cells"]
    return _sum([[cell["cell_type"], cell["source"], cell["metadata"].get("tags", [])] for cell in cells])


@cache
def _code() -> str:
    """The sum of the package's files and of the tables that it reads, once a process: the code that is loaded."""
    files = {f"data/{path.name}": path for path in (PROJECT_ROOT / "data").glob("*.csv")}
    for path in PACKAGE.rglob("*"):
        name = path.relative_to(PACKAGE)
        if path.is_file() and not NO_CODE.intersection(name.parts):
            files[f"helpers/{name.as_posix()}"] = path
    return _sum({name: sha256(path) for name, path in files.items()})


@cache
def _packages() -> str:
    """The sum of the versions of Python and of all packages installed: their folders' names tell both, unread."""
    folders = {folder.name for place in sys.path for folder in Path(place).glob("*-info")}
    return _sum([sys.version, *sorted(folders)])


def _sum(content: object) -> str:
    """The SHA-256 of plain values."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
