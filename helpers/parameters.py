"""The parameters of a notebook: which it declares, of which type, and whether every value given reached one.

A parameters cell holds one annotated assignment a line (`study: str = "data/second_cart"  # cohort folder`). papermill
puts the values it is given into a cell of its own below it, whatever their names, so a mistyped name would leave the
default in place without a word.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence

from helpers.faults import UsageError

INJECTED = "# Parameters\n"  # how papermill begins its cell
OF_PAPERMILL = {"PAPERMILL_INPUT_PATH", "PAPERMILL_OUTPUT_PATH"}  # from its option --inject-paths
WANTED = {
    "str": "text; papermill passes digits as text with -r in place of -p",
    "int": "a whole number, 0 or more",
    "float": "a number, 0 or more",
    "bool": "True or False",
}
IS_KIND: dict[str, Callable[[object], bool]] = {
    "str": lambda value: isinstance(value, str),
    "int": lambda value: _is_amount(value, int),
    "float": lambda value: _is_amount(value, (int, float)),
    "bool": lambda value: isinstance(value, bool),
}


class ParameterError(UsageError, ValueError):
    """A parameter that no parameters cell declares, or a value that is not of the declared type."""


def declared_in(source: str) -> dict[str, str]:
    """The parameters that a cell declares: name -> annotation, "None" where there is none."""
    return {name: kind for line in _statements(source) for name, kind in _assigned(line).items()}


def check_value(name: str, value: object, kind: str) -> None:
    """Raise ParameterError unless the value is of the kind; a number is finite and 0 or more, a float may be whole."""
    if kind in IS_KIND and not IS_KIND[kind](value):
        raise ParameterError(f"parameter {name}: {value!r:.60} is not of type {kind} ({WANTED[kind]})")


def _is_amount(value: object, kind: type | tuple[type, ...]) -> bool:
    """True for a finite number of the kind that is 0 or more."""
    return isinstance(value, kind) and not isinstance(value, bool) and 0 <= value < float("inf")


def check_run(sources: Sequence[str], values: Mapping[str, object]) -> None:
    """Raise ParameterError when a value given by papermill reached no parameter, or a parameter has another type.

    `sources` are the cells run so far, in the order they ran; `values` the names of the notebook. Without papermill's
    cell nothing can be unknown. A parameters cell run again, or a corrected cell of papermill's, counts as it is now.
    """
    cells = [f"{source}\n" for source in sources if source.strip()]
    places = [place for place, source in enumerate(cells) if _is_declaration(source)]
    if not places:
        return
    last = places[-1]
    declared = declared_in(cells[last])
    _check_given(cells[:last], cells[last + 1 :], declared)
    for name, kind in declared.items():
        if name in values:
            check_value(name, values[name], kind)


def _check_given(before: Sequence[str], after: Sequence[str], declared: Mapping[str, str]) -> None:
    """Raise ParameterError for a value of papermill's that reached no parameter.

    papermill's cell directly follows the parameters cell; when it was corrected and run again, the last one counts.
    """
    if after and _is_injected(after[0]):
        given = declared_in([source for source in after if _is_injected(source)][-1])
        unknown = sorted(given.keys() - declared.keys() - OF_PAPERMILL)
        if unknown:
            names = ", ".join(declared)
            raise ParameterError(f"unknown parameter {', '.join(unknown)}; this notebook declares {names}")
    elif before and _is_injected(before[0]) and not any(map(_is_injected, after)):
        raise ParameterError('the parameters cell replaced the values given; it needs the tag "parameters"')


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


def _assigned(statement: ast.stmt) -> dict[str, str]:
    """The names that a statement assigns, with their annotations."""
    if isinstance(statement, ast.AnnAssign):
        targets, kind = [statement.target], ast.unparse(statement.annotation)
    else:
        targets, kind = getattr(statement, "targets", []), "None"
    return {target.id: kind for target in targets if isinstance(target, ast.Name)}
