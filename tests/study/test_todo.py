"""Lines of study.toml that say TODO stop everything until they are settled."""

import pytest

from helpers.study import StudyError, load_study
from helpers.study.todo import open_decisions

CASES = {
    'age = "Age"  # TODO confirm: header says "age".': [(1, 'confirm: header says "age"')],
    "#TODO": [(1, "not decided yet")],
    'a = 1\n\nb = {values = {"1" = "TODO"}}': [(3, '"TODO" stands for a word that is not decided yet')],
    'b = {values = {"1" = "TODO"}}  # TODO: which?': [(1, "which?")],
    'a = """\n# TODO\n"""\nb = 1 # TODO two': [(4, "two")],
}
SETTLED = (
    'title = "# TODO"',
    "title = '# TODO'",
    'title = "\\" # TODO"',
    'title = "a TODO list"',
    '# age = "Age"  # TODO confirm',
    "# TODOS are none",
    "# nothing TODO",
)


@pytest.mark.parametrize("text", CASES)
def test_each_open_line_is_a_fault(text):
    faults = open_decisions(text)
    assert [(*fault.rows, fault.problem) for fault in faults] == CASES[text]
    assert all("delete its TODO" in fault.remedy for fault in faults)


@pytest.mark.parametrize("text", SETTLED)
def test_strings_and_settled_lines_are_none(text):
    assert open_decisions(text) == []


@pytest.mark.parametrize(("more", "problem"), [("", "unknown key"), ("[[", "not valid TOML")])
def test_open_lines_are_told_beside_other_faults(tmp_path, more, problem):
    text = 'title = "Study"  # TODO confirm: the title\nsynthetic = false\ntitel = 1\n'
    (tmp_path / "study.toml").write_text(text + more, encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        load_study(tmp_path)
    assert problem in str(caught.value)
    assert "study.toml row 1, title: confirm: the title. Confirm or correct the line" in str(caught.value)
