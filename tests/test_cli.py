import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from helpers import cli
from helpers.report import collection, refresh, run
from helpers.study import StudyError, load_study


@pytest.fixture
def call():
    def run_command(*words):
        return CliRunner().invoke(cli.main, list(words))

    return run_command


@pytest.fixture
def rendered(monkeypatch):
    """What `render` asks for, without rendering."""
    asked = {}

    def pretend(study, out, **options):
        asked.update(options, study=study, out=out)
        return Path("reports/x")

    monkeypatch.setattr(collection, "render_collection", pretend)
    return asked


def test_help_names_every_command_and_is_fast(call):
    result = call("--help")
    assert result.exit_code == 0
    assert all(word in result.output for word in ("check", "init", "render", "reconstruct", "refresh"))
    slow = (
        "import helpers.cli, sys; print([name for name in ('pandas', 'nbformat', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", slow], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_render_passes_its_options_on(call, rendered):
    words = ("render", "data/klein_bmt", "--out", "x", "--only", "04", "-p", "seed", "3", "--param", "rate", "0.5")
    result = call(*words, "--workers", "1", "--timeout", "60")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "Reports: reports/x/index.html" in result.stderr
    assert rendered == {
        "study": "data/klein_bmt",
        "out": Path("x"),
        "only": ("04",),
        "parameters": {"seed": "3", "rate": "0.5"},
        "workers": 1,
        "timeout": 60,
    }


def test_the_study_is_second_cart_unless_named(call, rendered):
    call("render")
    assert rendered["study"] == "data/second_cart"
    assert rendered["timeout"] == run.TIMEOUT


@pytest.mark.parametrize(
    "words",
    [
        ("render", "-p", "study", "x"),
        ("render", "-p", "seed", "1", "-p", "seed", "2"),
        ("render", "--workers", "0"),
        ("render", "--timeout", "0"),
        ("refresh", "--timeout", "soon"),
        ("render", "-p", "seed"),
        ("paint",),
    ],
)
def test_wrong_usage_is_status_2(call, rendered, words):
    result = call(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Error" in result.stderr


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (run.RunError([run.RunFailure("04_survival", 7, "OS", "ValueError")]), 1),
        (run.ParameterError("unknown parameter sead"), 2),
        (collection.CollectionError("folder x is not empty"), 2),
    ],
)
def test_failures_have_a_message_and_a_status(call, monkeypatch, error, status):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(collection, "render_collection", fail)
    result = call("render")
    assert result.exit_code == status
    assert str(error) in result.stderr
    assert "Traceback" not in result.stderr


def test_a_fault_of_the_program_is_not_hidden(call, monkeypatch):
    def fail(*_, **__):
        raise KeyError("a fault of ours")

    monkeypatch.setattr(collection, "render_collection", fail)
    assert isinstance(call("render").exception, KeyError)


def test_check_tells_that_a_cohort_is_sound(call):
    result = call("check", "data/klein_bmt")
    assert result.exit_code == 0
    assert "klein_bmt: 137 patients" in result.stderr


def test_check_names_what_is_wrong(call, tmp_path):
    result = call("check", str(tmp_path))
    assert result.exit_code == 1
    assert "no study.toml" in result.stderr
    assert StudyError.__name__ not in result.stderr


def test_refresh_tells_how_many_changed(call, monkeypatch):
    monkeypatch.setattr(collection, "select", lambda folder, only: [Path("01_x.ipynb")])
    monkeypatch.setattr(refresh, "refresh", lambda paths, workers, timeout: paths[:timeout])
    result = call("refresh", "--only", "01", "--timeout", "1")
    assert result.exit_code == 0
    assert "1 notebooks changed" in result.stderr


def test_reconstruct_writes_a_cohort_folder(call, tmp_path):
    result = call("reconstruct", "--seed", "7", "--out", str(tmp_path / "made"))
    assert result.exit_code == 0
    assert {"study.toml", "patients.csv"} <= {path.name for path in (tmp_path / "made").iterdir()}
    assert result.stderr == f"Written: {tmp_path / 'made'}\n"  # no bar where there is no terminal
    assert load_study(tmp_path / "made").synthetic


def test_reconstruct_needs_a_seed_and_a_place(call, tmp_path):
    assert call("reconstruct", "--out", str(tmp_path)).exit_code == 2
    assert call("reconstruct", "--seed", "1").exit_code == 2


def test_init_writes_a_first_definition_and_never_over_another(call, tmp_path):
    table = tmp_path / "patients.csv"
    table.write_text("USUBJID,TRT,os_months,os_event\nA,1,3.5,1\nB,2,9,0\n")
    result = call("init", str(table))
    assert result.exit_code == 0
    assert "patients.csv" in result.stderr
    written = (tmp_path / "study.toml").read_text()
    assert "USUBJID" in written
    assert call("init", str(table)).exit_code == 2
    assert (tmp_path / "study.toml").read_text() == written


def test_init_says_why_a_file_cannot_be_used(call, tmp_path):
    table = tmp_path / "patients.csv"
    table.write_text("name,e-mail\nAnn,a@example.org\n")
    result = call("init", str(table))
    assert result.exit_code == 1
    assert "Ann" not in result.stderr
    assert not (tmp_path / "study.toml").exists()
