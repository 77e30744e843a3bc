"""Errors as their reader sees them: on the command line, and in a notebook of a real kernel."""

import nbclient
import nbformat
import pytest

from helpers.faults import CONTROL, Fault, FaultError
from tests.hostile import SEEN, UNSEEN

ONE = Fault("not a number", "patients.csv", "Write a number.", rows=(17,), column="age_years")


def test_one_fault_is_one_line():
    assert str(FaultError("small", [ONE])) == "small: patients.csv row 17, age_years: not a number. Write a number."
    in_place = Fault("missing", "study.toml", "Add it.", column="title")
    assert str(FaultError("small/study.toml", [in_place])) == "small/study.toml, title: missing. Add it."
    assert str(FaultError("study", [Fault("no folder", "study", "Name one.")])) == "study: no folder. Name one."


def test_several_faults_are_a_list():
    lines = str(FaultError("small", [ONE, ONE])).splitlines()
    assert [lines[0], lines[1][:2], len(lines)] == ["small: 2 faults found.", "- ", 3]


@pytest.mark.parametrize("name", UNSEEN)
def test_a_message_steers_no_terminal_and_hides_nothing(name):
    text = UNSEEN[name] + "\n- other.csv: no fault\tat all"
    line = str(FaultError(text, [Fault(text, text, text, column=text)]))
    assert not CONTROL.search(line)
    assert not {"\n", "\t", "\r"}.intersection(line)
    assert len(str(FaultError(text, [Fault(text, text, text)] * 2)).splitlines()) == 3


@pytest.mark.parametrize("name", SEEN)
def test_a_message_shows_other_signs_as_they_are(name):
    assert SEEN[name] in str(Fault(SEEN[name], "x.csv", "Mend it."))


@pytest.fixture(scope="module")
def shown():
    """The error output of each of the project's errors in a kernel."""
    sources = {
        "StudyError": "from helpers.cohort import NotRecorded, load_cohort\nload_cohort('nosuch')",
        "CohortError": "load_cohort('data/klein_bmt', 'sex=femal')",
        "NotRecorded": "raise NotRecorded('CRS is not recorded')",
        "ParameterError": "from helpers.parameters import check_value\ncheck_value('seed', 'x', 'int')",
        "ValueError": "int('x')",
    }
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources.values()])
    nbclient.NotebookClient(notebook, allow_errors=True, kernel_name="python3").execute()
    return dict(zip(sources, (cell.outputs for cell in notebook.cells), strict=True))


@pytest.mark.parametrize("name", ["StudyError", "CohortError", "NotRecorded", "ParameterError"])
def test_a_notebook_shows_the_message_without_a_traceback(shown, name):
    (output,) = shown[name]
    assert output.ename == name
    assert output.traceback == [f"{name}: {output.evalue}"]
    assert output.evalue.strip()
    assert "\n" not in output.evalue


def test_other_errors_keep_their_traceback(shown):
    assert len(shown["ValueError"][0].traceback) > 1
