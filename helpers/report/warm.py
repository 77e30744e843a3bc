"""What processes forked from this one find done: modules imported, fonts found, the first drawing made."""

import ast
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path

from matplotlib.backends import backend_registry
from matplotlib.figure import Figure

from helpers.present.canvas import svg_and_png
from helpers.report.markup import code
from helpers.report.notebook import code_cells, read_notebook

PACKAGE = __name__.partition(".")[0]
# what a shell imports when it begins, and what it asks of a cell's value
OF_SHELLS = ("helpers.report.shell", "IPython.core.completerlib", "IPython.core.oinspect", "IPython.core.application")
_drawn: list[str] = []  # once


def warm(notebooks: Sequence[Path]) -> None:
    """Import what notebooks import of this project, which imports the rest, and the shell; draw and throw away.

    Modules of other names are left to the notebooks: theirs may stand beside them under a name that means another here.
    Nothing is drawn with pyplot, whose pictures belong to the shell of one process.
    """
    for name in OF_SHELLS:
        import_module(name)
    backend_registry.list_all()  # looks through every package installed
    for name in sorted(frozenset().union(*map(_own, _sources(notebooks)))):
        with suppress(ImportError):
            import_module(name)
    if not _drawn:
        figure = Figure(figsize=(1, 1))
        figure.subplots().set_title("A")
        _drawn.extend(map(str, svg_and_png(figure)))


def warm_files(notebooks: Sequence[Path]) -> None:
    """Do what every collection's files need once: templates, the styles of Word documents, the cells' source as HTML.

    It pays for itself from the second collection on.
    """
    import_module("helpers.report.word_styles").new_document()
    import_module("helpers.report.export").load_templates()
    for source in _sources(notebooks):
        code(source)


def _sources(notebooks: Sequence[Path]) -> list[str]:
    return [cell["source"] for path in notebooks for cell in code_cells(read_notebook(path))]


@cache
def _own(source: str) -> frozenset[str]:
    """The modules of this project that a cell imports."""
    names: set[str] = set()
    with suppress(SyntaxError, ValueError):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.update([node.module, *(f"{node.module}.{alias.name}" for alias in node.names)])
    return frozenset(name for name in names if name.partition(".")[0] == PACKAGE)
