import io
import json
import sys

import psutil
import pytest
from toys import anatomy, code, markdown, write

from helpers.report.forked import CAN_FORK
from helpers.report.notebook import read_notebook
from helpers.report.run import ParameterError, Run, RunError, declared, run_notebooks, share_parameters, typed

PARAMETERS = code('study: str = "x"\nseed: int = 1\nrelease: bool = False\nrate: float = 0.5', tags=["parameters"])


def outputs_of(done):
    cells = [cell for cell in done.value["cells"] if cell["cell_type"] == "code"]
    return "".join(str(output) for cell in cells for output in cell["outputs"])


def test_declared_parameters_have_their_types(tmp_path):
    path = write(tmp_path, "01_x", [PARAMETERS])
    assert declared(path) == {"study": "str", "seed": "int", "release": "bool", "rate": "float"}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [("int", "3", 3), ("float", "1e-3", 0.001), ("bool", "False", False), ("bool", "yes", True), ("str", "7", "7")],
)
def test_command_line_values_become_the_declared_type(kind, text, value):
    assert typed("x", text, kind) == value
    assert type(typed("x", text, kind)) is type(value)


@pytest.mark.parametrize(
    ("kind", "text"), [("int", "3.5"), ("int", "-3"), ("float", "much"), ("float", "nan"), ("bool", "maybe")]
)
def test_values_of_another_type_are_refused(kind, text):
    with pytest.raises(ParameterError, match=f"seed.*{kind}"):
        typed("seed", text, kind)


@pytest.mark.parametrize("name", ["sead", "seed=1; import os; x", "__import__('os')"])
def test_undeclared_parameters_are_refused_before_anything_runs(tmp_path, name):
    path = write(tmp_path, "01_x", [PARAMETERS, code("raise ValueError")])
    with pytest.raises(ParameterError, match="declare rate, release, seed, study"):
        run_notebooks([Run(path, {name: "1"})], progress=False)


def test_a_parameter_goes_only_to_notebooks_that_declare_it(tmp_path):
    first = write(tmp_path, "01_x", [PARAMETERS])
    second = write(tmp_path, "02_x", [code('study: str = "x"', tags=["parameters"])])
    assert share_parameters([first, second], {"seed": "4"}) == {first: {"seed": 4}, second: {}}


def test_a_comment_with_an_equals_sign_hides_no_parameter(tmp_path):
    path = write(tmp_path, "01_x", [code('group: str = ""  # "a=b"\nseed: int = 1', tags=["parameters"])])
    assert declared(path) == {"group": "str", "seed": "int"}


def test_the_study_of_a_collection_is_not_among_the_names_to_set(tmp_path):
    path = write(tmp_path, "01_x", [PARAMETERS])
    with pytest.raises(ParameterError, match=r"declare rate, release, seed$"):
        share_parameters([path], {"study": "x", "sead": "1"})


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_notebooks_run_in_order_with_this_interpreter_and_their_parameters(tmp_path, capfd, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    asked = "import sys\n(sys.executable, seed)"
    paths = [write(tmp_path, f"0{n}_x", [PARAMETERS, code(asked)]) for n in (1, 2)]
    stored = paths[0].read_bytes()
    done = run_notebooks([Run(path, {"seed": 10 + n}) for n, path in enumerate(paths)])
    shown = [outputs_of(notebook) for notebook in done]
    assert all(repr(sys.executable) in text for text in shown)
    assert ["10)" in shown[0], "11)" in shown[1]] == [True, True]
    assert paths[0].read_bytes() == stored
    shown = terminal.getvalue().replace("\r", "\n").split("\n")
    assert {line.partition(":")[0] for line in shown if line.strip()} == {"Running notebooks"}
    assert "6/6" in terminal.getvalue()
    assert capfd.readouterr() == ("", "")


DEAD = "the kernel died; is there enough memory?"
ENGINES = {  # what each says of a cell that ends its process, and of one in which it is killed
    "fork": ("its process left with exit status 1", "its process was killed (SIGKILL); is there enough memory?"),
    "plain": (DEAD, DEAD),
}
if not CAN_FORK:
    del ENGINES["fork"]
FAILING = {
    "02_foreign": "1 / 0",
    "03_with_a_value": "int('P-0017')",
    "04_own": "class CohortError(Exception): pass\nraise CohortError('/home/ann/x/patients.csv row 17: relapse_day')",
    "05_dead": "import os; os._exit(1)",
    "06_leaves": "import sys; sys.exit(0)",
    "07_killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "08_parameter": "from helpers.parameters import check_value\ncheck_value('seed', 'x', 'int')",
}


@pytest.fixture(scope="module", params=ENGINES)
def failures(tmp_path_factory, request):
    """What is said of notebooks that fail in different ways, beside one that does not."""
    folder = tmp_path_factory.mktemp("failing")
    head = [markdown("# Title\n\n## Section *A*"), PARAMETERS]
    runs = [Run(write(folder, "01_good", anatomy("Good")))]
    runs += [
        Run(write(folder, name, [*head, code(source), code("1")]), {"seed": 2}) for name, source in FAILING.items()
    ]
    with pytest.raises(RunError) as caught:
        run_notebooks(runs, engine=request.param)
    assert str(caught.value) == "\n".join(map(str, caught.value.failures))
    return {failure.notebook: failure for failure in caught.value.failures} | {"engine": request.param}


def test_every_failed_notebook_is_named(failures):
    assert list(failures) == [*FAILING, "engine"]


WHERE = ".ipynb, cell 2, section 'Section *A*': "
SAID = {
    "02_foreign": "ZeroDivisionError",
    "03_with_a_value": "ValueError",
    "04_own": "CohortError: …/patients.csv row 17: relapse_day",
    "05_dead": lambda engine: ENGINES[engine][0],
    "06_leaves": "SystemExit",
    "07_killed": lambda engine: ENGINES[engine][1],
    "08_parameter": "ParameterError: parameter seed: 'x' is not of type int (a whole number, 0 or more)",
}


@pytest.mark.parametrize("name", SAID)
def test_a_failure_names_cell_section_and_reason(failures, name):
    said = SAID[name](failures["engine"]) if callable(SAID[name]) else SAID[name]
    assert str(failures[name]).startswith(f"{name}{WHERE}{said}")


def test_a_foreign_error_keeps_its_text_to_itself(failures):
    assert "P-0017" not in failures["03_with_a_value"].message


@pytest.mark.parametrize("engine", ENGINES)
def test_a_cell_that_holds_too_much_memory_is_named(tmp_path, engine):
    greedy = "import time\nkept = [bytearray(10**8) for _ in range(20)]\ntime.sleep(60)"
    runs = [Run(write(tmp_path, "01_x", [code("1"), code(greedy)])), Run(write(tmp_path, "02_x", [code("1")]))]
    limit = (psutil.Process().memory_info().rss + 5 * 10**8) / 2**30
    with pytest.raises(RunError, match=r"^01_x.ipynb, cell 2: it held .* raise --memory or make the cell smaller$"):
        run_notebooks(runs, engine=engine, memory=limit)


def test_a_notebook_of_an_older_format_is_converted(tmp_path):
    cell = {"cell_type": "code", "input": ["a = 1\n", "a"], "language": "python", "outputs": [], "metadata": {}}
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": [cell]}]}
    (tmp_path / "01_old.ipynb").write_text(json.dumps(old))
    assert [cell["source"] for cell in read_notebook(tmp_path / "01_old.ipynb")["cells"]] == ["a = 1\na"]
