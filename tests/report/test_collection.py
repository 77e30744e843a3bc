import csv
import json
import os
from pathlib import Path

import pytest
from toys import ESTIMATE, code, markdown, write

from helpers.report import collection
from helpers.report.collection import CollectionError, render_collection
from helpers.report.run import ParameterError, RunError
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
        "estimates.csv",
        "report.docx",
        "run.json",
        "tables",
        "figures",
    }
    assert {path.name for path in (toy_collection / "figures").iterdir()} == {
        "01-response-figure-os.svg",
        "02-other-figure-os.svg",
    }
    assert "01-response-table-rates.csv" in os.listdir(toy_collection / "tables")


def test_estimates_are_unrounded_and_say_where_they_are_shown(toy_collection):
    first, second = rows(toy_collection / "estimates.csv")
    assert list(first)[:15] == list(collection.COLUMNS)
    assert float(first["estimate"]) == ESTIMATE["estimate"]
    assert (first["n"], first["events"], first["p"], first["data"]) == ("14", "12", "", "synthetic")
    assert [first["notebook"], second["notebook"]] == ["01_response", "02_other"]


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
        ("01_response", "done", 1),
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
    assert len(same) == 4
    assert [name for name in same if first[name] != second[name]] == []


def test_a_notebook_without_estimates_still_leaves_the_header(toy_folder):
    study = load_study(toy_folder)
    assert collection.estimates_csv([], study).splitlines() == [",".join([*collection.COLUMNS, "notebook", "data"])]
