"""Parameters as the notebooks declare them, as papermill reads and gives them, and what is said of a wrong one."""

import ast
import logging

import nbformat
import papermill
import pytest
from papermill.exceptions import PapermillExecutionError
from papermill.translators import PythonTranslator

from helpers.parameters import ParameterError, check_run, check_value, declared_in
from helpers.report.run import Run, declared, run_notebooks, share_parameters
from helpers.study import PROJECT_ROOT

NOTEBOOKS = sorted((PROJECT_ROOT / "notebooks").glob("*.ipynb"))
OTHER = {"study": "data/klein_bmt", "subgroup": "sex=female", "horizon_months": 12.0, "p_values": True}
CELL = 'study: str = "data/second_cart"  # cohort folder\nhorizon: float = 0'
DEFAULTS = {"study": "data/second_cart", "horizon": 0}
IMPORTS, LOAD, MINE = "import math", "cohort = load_cohort(study)", "# Parameters of my model\nalpha = 0.05"


def given(**values):
    """papermill's cell as IPython keeps it."""
    return PythonTranslator.codify(values).rstrip("\n")


def loading_part(path):
    """A notebook up to the cell that loads the cohort."""
    notebook = nbformat.read(path, as_version=4)
    (load,) = [place for place, cell in enumerate(notebook.cells) if "= Report(" in cell.source]
    notebook.cells = notebook.cells[: load + 1]
    return notebook


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_papermill_reads_every_parameter_of_the_notebooks(path, caplog):
    (source,) = [cell.source for cell in nbformat.read(path, 4).cells if "parameters" in cell.metadata.get("tags", [])]
    assigned = {line.target.id: ast.unparse(line.annotation) for line in ast.parse(source).body}
    with caplog.at_level(logging.WARNING, logger="papermill.translators"):
        seen = papermill.inspect_notebook(path)
    assert caplog.messages == []
    assert {name: entry["inferred_type_name"] for name, entry in seen.items()} == assigned == declared(path)
    assert all(entry["help"] for entry in seen.values())


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_parameter_can_be_set_as_text_of_the_command_line(path):
    values = {name: OTHER[name] for name in declared(path)}
    assert share_parameters([path], {name: str(value) for name, value in values.items()}) == {path: values}


def last_result(notebook):
    return notebook["cells"][-1]["outputs"][0]["data"]["text/plain"]


def test_every_parameter_of_every_notebook_is_settable_by_papermill(tmp_path):
    runs, expected = [], []
    for path in NOTEBOOKS:
        names, notebook = list(declared(path)), loading_part(path)
        notebook.cells.append(nbformat.v4.new_code_cell(f"dict({', '.join(f'{name}={name}' for name in names)})"))
        nbformat.write(notebook, tmp_path / path.name)
        expected.append({name: OTHER[name] for name in names})
        runs.append(Run(tmp_path / path.name, expected[-1], PROJECT_ROOT))
    done = run_notebooks(runs, progress=False)
    assert [ast.literal_eval(last_result(each.value)) for each in done] == expected


def test_a_mistyped_parameter_stops_papermill_with_one_line():
    notebook, wrong = loading_part(NOTEBOOKS[1]), {"studdy": "data/klein_bmt"}
    with pytest.raises(PapermillExecutionError) as caught:
        papermill.execute_notebook(notebook, None, wrong, progress_bar=False, cwd=PROJECT_ROOT)
    expected = "ParameterError: unknown parameter studdy; this notebook declares study, subgroup"
    assert caught.value.traceback == [expected]


@pytest.mark.parametrize(
    "history",
    [
        [CELL, IMPORTS, LOAD],
        [CELL, given(study="data/klein_bmt"), IMPORTS, LOAD],
        [CELL, given(PAPERMILL_INPUT_PATH="a.ipynb", PAPERMILL_OUTPUT_PATH="b.ipynb", horizon=3), IMPORTS, LOAD],
        [IMPORTS, "%matplotlib inline", CELL, given(study="x"), LOAD],
        [CELL, given(studdy="x"), IMPORTS, LOAD, given(study="x"), LOAD],  # corrected in JupyterLab
        [CELL, given(studdy="x"), IMPORTS, LOAD, CELL, LOAD],  # given cell deleted, notebook run again
        [LOAD, IMPORTS, given(study="x"), CELL, LOAD],  # out of order
        [CELL, IMPORTS, LOAD, MINE, LOAD],
        [CELL, MINE, IMPORTS, LOAD],
        [CELL, IMPORTS, "# Parameters\nalpha = 0.05", LOAD],  # somebody's own cell
        ["# Parameters\n" + CELL, IMPORTS, LOAD],
        ["horizon: int = None", CELL, IMPORTS, "weeks: int = None", LOAD],  # annotated, but no parameters
        [LOAD],
        [],
    ],
)
def test_a_run_without_an_unknown_value_is_not_stopped(history):
    check_run(["", *history], DEFAULTS | {"weeks": "none"})


@pytest.mark.parametrize(
    "history",
    [
        [CELL, given(studdy="data/klein_bmt"), IMPORTS, LOAD],
        [CELL, given(study="x", horizon=3, seed=1), IMPORTS, LOAD],
        [IMPORTS, CELL, given(Study=None), LOAD],
        ["weeks: int = 4", CELL, given(weeks=4), "days: int = 28", LOAD],
        [CELL, given(study="x"), IMPORTS, LOAD, CELL, given(studdy="x"), LOAD],
    ],
)
def test_a_value_that_reached_no_parameter_names_the_declared_ones(history):
    with pytest.raises(ParameterError, match=r"^unknown parameter \w+; this notebook declares study, horizon$"):
        check_run(["", *history], DEFAULTS)


def test_values_given_above_an_untagged_parameters_cell_are_not_lost_in_silence():
    with pytest.raises(ParameterError, match='needs the tag "parameters"'):
        check_run(["", given(study="data/klein_bmt"), IMPORTS, CELL, LOAD], DEFAULTS)


@pytest.mark.parametrize(
    ("kind", "value"), [("str", ""), ("int", 3), ("float", 3), ("float", 0.5), ("bool", False), ("None", [1])]
)
def test_values_of_the_declared_type_pass(kind, value):
    check_value("x", value, kind)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("str", 12),
        ("str", None),
        ("int", 3.5),
        ("int", True),
        ("float", "abc"),
        ("float", float("nan")),
        ("float", float("inf")),
        ("float", -5),
        ("bool", "yes"),
        ("bool", 1),
        ("bool", ["x" * 1000] * 3),
    ],
)
def test_a_value_of_another_type_is_named_with_the_type_wanted(kind, value):
    with pytest.raises(ParameterError, match=f"^parameter x: .* is not of type {kind}") as caught:
        check_run(["", f"study: str = ''\nx: {kind} = None"], {"x": value})
    assert len(str(caught.value)) < 160


def test_only_assignments_declare():
    assert declared_in("a: int = 1\nb = 2  # type: int\nprint(3)\nc.d = 4") == {"a": "int", "b": "None"}
    assert declared_in("%time x = 1") == {}
