import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from helpers import cli
from helpers.faults import CONTROL
from helpers.report import collection, refresh, run
from helpers.report.forked import CAN_FORK
from helpers.report.manifest import CollectionError
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
    assert all(word in result.output for word in ("batch", "check", "init", "render", "reconstruct", "refresh"))
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
    assert rendered.pop("times").seconds > 0
    assert rendered == {
        "study": "data/klein_bmt",
        "out": Path("x"),
        "only": ("04",),
        "parameters": {"seed": "3", "rate": "0.5"},
        "workers": 1,
        "timeout": 60,
        "engine": "fork" if CAN_FORK else "plain",
        "memory": None,
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
    "words", [("--param", "subgroup=sex"), ("-p", "subgroup"), ("--param", "subgroup=sex=female", "--only", "04")]
)
def test_a_parameter_without_its_value_is_answered_by_an_example(call, rendered, words):
    result = call("render", *words)
    assert result.exit_code == 2
    assert "--param subgroup sex=female" in result.stderr
    assert rendered == {}


@pytest.mark.parametrize("command", ["check", "render"])
def test_a_mistyped_study_is_answered_in_one_line_with_those_there_are(call, command):
    result = call(command, "data/klein_bmtt")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "Error: study: no cohort folder data/klein_bmtt. There are: data/klein_bmt, data/second_cart."
    ]


def test_a_mistyped_subgroup_is_said_once_before_any_notebook_runs(call, monkeypatch, tmp_path):
    monkeypatch.setattr(collection, "run_notebooks", lambda *_, **__: pytest.fail("a notebook was run"))
    result = call("render", "data/klein_bmt", "--out", str(tmp_path / "x"), "--param", "subgroup", "sex=femal")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert 'its words are "female", "male"' in result.stderr


@pytest.mark.parametrize(
    ("words", "settable"),
    [
        (("-p", "sead", "1"), "horizon_months, p_values, subgroup"),
        (("-p", "study_", "x", "--only", "01"), "p_values, subgroup"),
        (("-p", "horizon_months", "12", "--only", "02"), "subgroup"),
    ],
)
def test_a_value_that_reaches_no_notebook_is_refused_with_what_can_be_set(call, tmp_path, words, settable):
    result = call("render", "data/klein_bmt", "--out", str(tmp_path / "x"), *words)
    assert result.exit_code == 2
    assert result.stderr.endswith(f"; the notebooks chosen declare {settable}\n")


def test_a_subgroup_of_the_command_line_reaches_its_report(call, tmp_path):
    words = ("--only", "01", "--param", "subgroup", "sex=female", "--param", "p_values", "yes")
    result = call("render", "data/second_cart", "--out", str(tmp_path / "women"), *words)
    assert result.exit_code == 0, result.stderr
    page = (tmp_path / "women" / "01_cohort.html").read_text(encoding="utf-8")
    assert "of 35 patients: the subgroup sex=female." in page.replace("\u00a0", " ")
    assert "Parameter p_values</dt><dd>True<" in page


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (run.RunError([run.RunFailure("04_survival", 7, "OS", "ValueError")]), 1),
        (run.ParameterError("unknown parameter sead"), 2),
        (CollectionError("folder x is not empty"), 2),
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
    assert result.stderr == "klein_bmt: 137 patients, no fault\n"
    assert "Table patients: patients.csv, 137 rows" in result.stdout
    assert "Not read (column): z4, z5, z6, z7, z9" in result.stdout


def test_check_prints_one_document_and_writes_a_page(call, tmp_path):
    result = call("check", "data/klein_bmt", "--json", "--html", str(tmp_path / "check.html"))
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["tables"][0]["rows"] == 137
    assert "What was read of klein_bmt" in (tmp_path / "check.html").read_text()


def test_check_tells_what_it_read_beside_the_faults(call, make_cohort, patients):
    patients.loc[0, "crs_grade"] = "9"
    folder = str(make_cohort(patients.rename(columns={"sex": "sx"})))
    result = call("check", folder)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: small: patients.csv row 2, crs_grade: above 5")
    assert "sx (did you mean sex?)" in result.stdout
    document = json.loads(call("check", folder, "--json").stdout)
    assert [fault["rows"] for fault in document["faults"]] == [[2]]
    assert [item["column"] for item in document["questions"]] == ["sx"]


def test_check_names_what_is_wrong(call, tmp_path):
    result = call("check", str(tmp_path))
    assert result.exit_code == 1
    assert "no study.toml" in result.stderr
    assert StudyError.__name__ not in result.stderr


def test_refresh_tells_how_many_changed(call, monkeypatch):
    monkeypatch.setattr(collection, "select", lambda folder, only: [Path("01_x.ipynb")])
    monkeypatch.setattr(refresh, "refresh", lambda paths, *, timeout, **how: paths[:timeout])
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
    assert 'patient_id <- "USUBJID": header says "usubjid"' in result.stderr
    assert "study.toml written beside patients.csv; lines to confirm: 8\n" in result.stderr
    written = (tmp_path / "study.toml").read_text()
    assert written.count("# TODO") == 8
    assert call("check", str(tmp_path)).stderr.count("delete its TODO") == 8
    assert call("init", str(table)).exit_code == 2
    assert (tmp_path / "study.toml").read_text() == written


def test_init_never_writes_through_a_dangling_link(call, tmp_path):
    (tmp_path / "table.csv").write_text("id,os_months,os_status\n1,2,3\n")
    (tmp_path / "study.toml").symlink_to("elsewhere.toml")
    assert call("init", str(tmp_path / "table.csv")).exit_code == 2
    assert not (tmp_path / "elsewhere.toml").exists()


@pytest.mark.parametrize("place", ["/secret/folder/patients.csv", None])
def test_an_error_of_the_system_is_one_line_without_a_folder(call, monkeypatch, place):
    def broken(*_, **__):
        raise PermissionError(13, "Permission denied", place)

    monkeypatch.setattr(collection, "render_collection", broken)
    result = call("render")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {'patients.csv' if place else 'a file'}: Permission denied. Look at")
    assert result.stderr.count("\n") == 1
    assert "secret" not in result.stderr


def test_init_says_why_a_file_cannot_be_used(call, tmp_path):
    table = tmp_path / "patients.docx"
    table.write_text("name,e-mail\nAnn,a@example.org\n")
    result = call("init", str(table))
    assert result.exit_code == 1
    assert "not a kind of file that is read" in result.stderr
    assert not (tmp_path / "study.toml").exists()


def test_init_reads_the_tables_of_one_folder(call, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    files = [tmp_path / "a.csv", tmp_path / "elsewhere" / "b.csv"]
    for file in files:
        file.write_text("id,os_months,os_status\n1,2,1\n")
    result = call("init", *map(str, files))
    assert result.exit_code == 2
    assert "all files must be in one folder" in result.stderr


ODD = "x\x1b[31mred\u202egpj"


@pytest.mark.parametrize(
    "words",
    [
        ("check", ODD),
        ("render", "data/klein_bmt", "--out", "x", "--only", ODD),
        ("render", "data/klein_bmt", "--out", "x", "--only", "01", "-p", "subgroup", f"sex={ODD}"),
        ("init", f"{ODD}.csv"),
        ("batch", f"{ODD}.csv", "--out", "x", "--only", "01"),
    ],
)
def test_no_word_of_a_command_or_a_file_steers_the_terminal(tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    Path(f"{ODD}.csv").write_text(f"name,study,{ODD}\na,{ODD},1\n")
    said = CliRunner().invoke(cli.main, list(words), color=True).output
    assert "red" in said
    assert not CONTROL.search(said.replace("\n", ""))
