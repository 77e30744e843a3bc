"""The parameters of a notebook: which it declares, of which type, and whether every value given reached one.

A parameters cell holds one annotated assignment a line (`study: str = "data/second_cart"  # cohort folder`). papermill
puts the values it is given into a cell of its own below it, whatever their names, so a mistyped name would leave the
default in place without a word.
"""

import ast
from collections.abc import Mapping, Sequence

from helpers.faults import UsageError

INJECTED = "# Parameters\n"  # how papermill begins its cell
OF_PAPERMILL = {"PAPERMILL_INPUT_PATH", "PAPERMILL_OUTPUT_PATH"}  # from its option --inject-paths
KINDS: dict[str, tuple[type | tuple[type, ...], str]] = {  # annotation -> types, and what is wanted
    "str": (str, "text; papermill passes digits as text with -r in place of -p"),
    "int": (int, "a whole number, 0 or more"),
    "float": ((int, float), "a number, 0 or more"),
    "bool": (bool, "True or False"),
}


class ParameterError(UsageError, ValueError):
    """A parameter that no parameters cell declares, or a value that is not of the declared type."""


def declared_in(source: str) -> dict[str, str]:
    """The parameters that a cell declares: name -> annotation, "None" where there is none."""
    kinds: dict[str, str] = {}
    for line in _statements(source):
        targets, kind = getattr(line, "targets", []), "None"
        if isinstance(line, ast.AnnAssign):
            targets, kind = [line.target], ast.unparse(line.annotation)
        kinds |= {target.id: kind for target in targets if isinstance(target, ast.Name)}
    return kinds


def check_value(name: str, value: object, kind: str) -> None:
    """Raise ParameterError unless the value is of the kind; a number is finite and 0 or more, a float may be whole."""
    if kind not in KINDS:
        return
    types, wanted = KINDS[kind]
    fits = isinstance(value, types) and (kind == "bool" or not isinstance(value, bool))
    if not fits or (isinstance(value, int | float) and not 0 <= value < float("inf")):
        raise ParameterError(f"parameter {name}: {value!r:.60} is not of type {kind} ({wanted})")


def check_run(sources: Sequence[str], values: Mapping[str, object]) -> None:
    """Raise ParameterError when a value given by papermill reached no parameter, or a parameter has another type.

    `sources` are the cells run so far, in the order they ran; `values` the names of the notebook. Without papermill's
    cell nothing can be unknown. A parameters cell run again, or a corrected cell of papermill's, counts as it is now.
    """
    cells = [f"{source}\n" for source in sources if source.strip()]
    places = [place for place, source in enumerate(cells) if _is_declaration(source)]
    if not places:
        return
    declared = declared_in(cells[places[-1]])
    before, after = cells[: places[-1]], cells[places[-1] + 1 :]
    injected = [source for source in after if _is_injected(source)]
    if after and _is_injected(after[0]):  # where papermill puts it; corrected and run again, the last one counts
        unknown = ", ".join(sorted(declared_in(injected[-1]).keys() - declared.keys() - OF_PAPERMILL))
        if unknown:
            raise ParameterError(f"unknown parameter {unknown}; this notebook declares {', '.join(declared)}")
    elif before and _is_injected(before[0]) and not injected:
        raise ParameterError('the parameters cell replaced the values given; it needs the tag "parameters"')
    for name, kind in declared.items():
        if name in values:
            check_value(name, values[name], kind)


def _is_declaration(source: str) -> bool:
    """True for a parameters cell: annotated assignments and nothing else, the study, which every notebook has, too."""
    return "study" in declared_in(source) and all(isinstance(line, ast.AnnAssign) for line in _statements(source))


def _is_injected(source: str) -> bool:
    """True for a cell of papermill's."""
    return source.startswith(INJECTED) and not _is_declaration(source)


def _statements(source: str) -> list[ast.stmt]:
    """The statements of a cell; none when it is not plain Python."""
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError):
        return []
