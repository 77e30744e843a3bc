import csv
import errno
import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest
from toys import ESTIMATE, code, markdown, write

from helpers.report import collection
from helpers.report.collection import render_collection
from helpers.report.manifest import CollectionError, sha256
from helpers.report.run import ParameterError, RunError
from helpers.report.target import OutputError
from helpers.study import load_study


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_collection_holds_every_part(toy_collection):
    assert {path.name for path in toy_collection.iterdir()} == {
        "01_response.html",
        "02_other.html",
        "index.html",
        "search.html",
        "estimates.csv",
        "report-full.docx",
        "report.docx",
        "run.json",
        "tables",
        "figures",
    }
    assert {path.name for path in (toy_collection / "figures").iterdir()} == {
        "01-response-figure-os.svg",
        "01-response-figure-marked.svg",
        "02-other-figure-os.svg",
    }
    assert "01-response-table-rates.csv" in os.listdir(toy_collection / "tables")


def test_estimates_are_unrounded_and_say_where_they_are_shown(toy_collection):
    first, other, again, _ = rows(toy_collection / "estimates.csv")
    assert list(first) == [*collection.COLUMNS, "notebook", "data"]
    assert float(first["estimate"]) == ESTIMATE["estimate"]
    assert (first["n"], first["events"], first["p"], first["data"]) == ("14", "12", "", "synthetic")
    assert [first["origin"], other["origin"]] == ["published", "invented"]
    assert (first["id"], again["id"]) == ("response-" + first["id"][-8:],) * 2
    assert [first["notebook"], again["notebook"]] == ["01_response", "02_other"]


def test_every_exported_file_says_synthetic(toy_collection):
    for path in toy_collection.rglob("*.csv"):
        assert {row["data"] for row in rows(path)} == {"synthetic"}, path.name
    for path in toy_collection.rglob("*.svg"):
        assert "Synthetic data, not patients." in path.read_text(), path.name


def test_run_json_tells_where_the_reports_come_from(toy_collection, toy_folder):
    facts = json.loads((toy_collection / "run.json").read_text())
    assert facts["study"] == {"key": "toy", "title": "Toy <b>study</b>", "synthetic": True}
    assert set(facts["data"]) == {"study.toml", "patients.csv"}
    assert [(entry["name"], entry["status"], entry["figures"]) for entry in facts["notebooks"]] == [
        ("01_response", "done", 2),
        ("02_other", "done", 1),
    ]
    assert str(toy_folder) not in json.dumps(facts)


def test_no_file_holds_a_path_of_this_machine(toy_collection, toy_folder, toy_notebooks):
    places = [str(place).encode() for place in (toy_folder.parent, toy_notebooks, Path.home(), collection.PROJECT_ROOT)]
    for name, content in files(toy_collection).items():
        assert not [place for place in places if place in content], name


def test_a_failed_notebook_leaves_the_previous_reports_untouched(tmp_path, toy_folder):
    notebooks, out = tmp_path / "notebooks", tmp_path / "reports" / "toy"
    notebooks.mkdir()
    write(notebooks, "01_x", [markdown("# X"), code('study: str = ""', tags=["parameters"])])
    assert render_collection(toy_folder, out, notebooks=notebooks, progress=False) == out
    before = files(out)
    write(notebooks, "02_x", [code('study: str = ""', tags=["parameters"]), code("1 / 0")])
    with pytest.raises(RunError, match=r"02_x\.ipynb, cell 2"):
        render_collection(toy_folder, out, notebooks=notebooks, progress=False)
    assert files(out) == before
    assert os.listdir(out.parent) == ["toy"]


CHANGE = """
from pathlib import Path
before = Path(study, "patients.csv").read_text()
Path({cohort!r}, "patients.csv").write_text("patient_id,arm\\nP-0002,single\\n")
assert Path(study, "patients.csv").read_text() == before and "P-0001" in before
"""


@pytest.fixture
def own_folder(tmp_path, toy_folder):
    """A cohort folder that a test may change."""
    return Path(shutil.copytree(toy_folder, tmp_path / "data" / "toy"))


def test_data_that_change_during_the_run_are_not_read(tmp_path, own_folder):
    notebooks, out = tmp_path / "notebooks", tmp_path / "reports" / "toy"
    notebooks.mkdir()
    start = [markdown("# X"), code('study: str = ""', tags=["parameters"])]
    write(notebooks, "01_x", [*start, code(CHANGE.format(cohort=str(own_folder)))])
    write(notebooks, "02_x", [*start, code("import os; print(study, os.listdir('.'))")])
    digest = sha256(own_folder / "patients.csv")
    render_collection(own_folder, out, notebooks=notebooks, workers=1, progress=False)
    assert "P-0002" in (own_folder / "patients.csv").read_text()
    assert json.loads((out / "run.json").read_text())["data"]["patients.csv"] == digest
    assert digest in (out / "index.html").read_text()
    assert "toy [&#39;toy&#39;]" in (out / "02_x.html").read_text()


def test_run_json_lists_every_other_file(toy_collection):
    facts = json.loads((toy_collection / "run.json").read_text())
    listed = {name: hashlib.sha256(content).hexdigest() for name, content in files(toy_collection).items()}
    del listed["run.json"]
    assert facts["files"] == listed
    assert list(facts["files"]) == sorted(listed)
    assert (facts["tool"], facts["schema"]) == ("second-cart", 1)


@pytest.mark.parametrize("kind", ["thesis.docx", "run.json", "cohort"])
def test_other_peoples_files_are_refused_before_the_first_cell(tmp_path, toy_folder, monkeypatch, kind):
    monkeypatch.setattr(collection, "run_notebooks", None)  # calling it would fail
    out = tmp_path / "mine"
    out.mkdir()
    (out / "thesis.docx").write_text("years")
    if kind == "run.json":
        (out / "run.json").write_text('{"tool":"other"}')
    cohort = Path(shutil.copytree(toy_folder, out / "toy")) if kind == "cohort" else toy_folder
    before = files(tmp_path)
    with pytest.raises(CollectionError, match=r"^mine (holds|is)"):
        render_collection(cohort, out, progress=False)
    assert files(tmp_path) == before


def full_disk(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device", "/x/y")


def test_a_disk_that_is_full_when_the_pages_are_written_keeps_the_old_ones(
    tmp_path, toy_folder, toy_collection, toy_notebooks, monkeypatch
):
    out = Path(shutil.copytree(toy_collection, tmp_path / "toy"))
    before = files(tmp_path)
    monkeypatch.setattr(collection, "_pages", lambda *_, **__: ([], {}))
    monkeypatch.setattr(collection, "write", full_disk)
    with pytest.raises(OutputError, match=r"^toy cannot be written: No space left on device\. Free some space"):
        render_collection(toy_folder, out, notebooks=toy_notebooks, progress=False)
    assert files(tmp_path) == before
    assert os.listdir(tmp_path) == ["toy"]


def test_the_previous_reports_come_back_although_the_next_run_fails(
    tmp_path, toy_folder, toy_collection, toy_notebooks
):
    shutil.copytree(toy_collection, tmp_path / ".toy.old-99999")
    before = files(tmp_path / ".toy.old-99999")
    with pytest.raises(CollectionError, match="no notebook begins"):
        render_collection(toy_folder, tmp_path / "toy", only=["99"], notebooks=toy_notebooks, progress=False)
    assert files(tmp_path / "toy") == before
    assert os.listdir(tmp_path) == ["toy"]


def test_unknown_notebooks_and_parameters_are_refused(toy_folder, toy_notebooks, tmp_path):
    with pytest.raises(CollectionError, match="no notebook begins with '09'; there are: 01_response, 02_other"):
        render_collection(toy_folder, tmp_path / "x", only=["09"], notebooks=toy_notebooks)
    with pytest.raises(ParameterError, match="unknown parameter sead"):
        render_collection(toy_folder, tmp_path / "x", parameters={"sead": "1"}, notebooks=toy_notebooks)
    assert not (tmp_path / "x").exists()


def test_only_the_notebooks_asked_for_are_taken(toy_notebooks):
    assert [path.stem for path in collection.select(toy_notebooks, ["02"])] == ["02_other"]
    assert len(collection.select(toy_notebooks)) == 2


def test_notebooks_are_given_the_cohort_by_its_name(toy_notebooks, tmp_path):
    runs = collection.plan("toy", tmp_path, collection.select(toy_notebooks), {"seed": "3"})
    assert [dict(run.parameters) for run in runs] == [{"study": "toy", "seed": 3}] * 2
    assert {run.folder for run in runs} == {tmp_path}


def test_a_notebook_that_cannot_be_given_the_cohort_is_refused(tmp_path):
    write(tmp_path, "01_x", [code('study: str = ""', tags=["parameters"])])
    write(tmp_path, "02_deaf", [markdown("# X")])
    with pytest.raises(CollectionError, match="02_deaf: no parameter 'study'"):
        collection.plan("toy", tmp_path, collection.select(tmp_path), {})


@pytest.mark.parametrize(
    ("key", "name"), [("klein_bmt", "klein_bmt"), ("..", "item"), ("Übersicht <1>", "bersicht-1"), ("-rf", "rf")]
)
def test_folder_names_are_safe(key, name):
    assert collection.folder_name(key) == name


def test_the_same_run_gives_the_same_numbers(tmp_path, toy_collection, toy_folder, toy_notebooks):
    again = render_collection(toy_folder, tmp_path / "x", only=["01"], notebooks=toy_notebooks, progress=False)
    first, second = files(toy_collection), files(again)
    same = [name for name in second if name.startswith(("tables", "figures"))]
    assert len(same) == 7
    assert [name for name in same if first[name] != second[name]] == []


def test_a_notebook_without_estimates_still_leaves_the_header(toy_folder):
    study = load_study(toy_folder)
    assert collection.estimates_csv([], study).splitlines() == [",".join([*collection.COLUMNS, "notebook", "data"])]
