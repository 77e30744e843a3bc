"""A reconstructed cohort replaces reconstructed cohorts and nothing else."""

import os
import shutil

import pytest
from click.testing import CliRunner

from helpers.cli import main
from helpers.faults import FaultError
from helpers.study import PROJECT_ROOT
from helpers.synthetic import ensemble
from helpers.synthetic.reconstruct import reconstruct
from helpers.synthetic.write import refuse_other_files, write_cohort


@pytest.fixture
def cohort(tmp_path):
    """A folder as `reconstruct` writes it."""
    return shutil.copytree(PROJECT_ROOT / "data" / "second_cart", tmp_path / "cohort")


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_was_reconstructed_may_be_replaced(tmp_path, cohort):
    shutil.copytree(cohort, tmp_path / "many" / "seed_0001")
    (tmp_path / "many" / "summary.csv").write_text("seed,x\n1,2\n")
    for folder in (cohort, tmp_path / "many", tmp_path / "missing"):
        refuse_other_files(folder, folder.name)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("thesis.docx", "years", "thesis.docx: is not a reconstructed cohort's"),
        (".notes", "years", ".notes: is not a reconstructed cohort's"),
        ("study.toml", "title = 'mine'", "study.toml: was changed"),
        ("published.csv", "key\n", "published.csv: was changed"),
        ("adverse_events.csv", "patient_id,term\nP01,Anemia\n", "adverse_events.csv: holds patients who are not"),
        ("summary.csv", "month,sales\n", "summary.csv: is not a summary of reconstructed cohorts"),
        ("seed_0001/notes.txt", "mine", "seed_0001/notes.txt: is not a reconstructed cohort's"),
        ("seed_0001/seed_0002/x", "mine", "seed_0001/seed_0002: is not a reconstructed cohort's"),
    ],
)
def test_anything_else_is_refused_and_named(cohort, name, text, words):
    (cohort / name).parent.mkdir(parents=True, exist_ok=True)
    (cohort / name).write_text(text)
    before = contents(cohort)
    with pytest.raises(FaultError, match=words):
        write_cohort(reconstruct(1), cohort)
    assert contents(cohort) == before


def test_the_command_replaces_a_cohort_whole_or_not_at_all(cohort, monkeypatch):
    command = ["reconstruct", "--seed", "1", "--out", str(cohort)]
    before = contents(cohort)

    def half(*_, **__):
        (_[1] / "patients.csv").write_text("half")
        raise OSError(28, "No space left on device", str(_[1] / "patients.csv"))

    monkeypatch.setattr(ensemble, "write_cohort", half)
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1
    assert "Error: cohort cannot be written: No space left on device. Free some space" in result.output
    assert contents(cohort) == before
    monkeypatch.undo()
    assert CliRunner().invoke(main, command).exit_code == 0
    assert contents(cohort)["patients.csv"] != before["patients.csv"]
    assert os.listdir(cohort.parent) == ["cohort"]


def test_the_command_refuses_a_folder_with_other_files(cohort):
    (cohort / "thesis.docx").write_text("years")
    result = CliRunner().invoke(main, ["reconstruct", "--seed", "1", "--summary-only", "--out", str(cohort)])
    assert result.exit_code == 1
    assert "thesis.docx" in result.output
    assert (cohort / "thesis.docx").read_text() == "years"
