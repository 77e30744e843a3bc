import hashlib
import re

from helpers.report import provenance
from helpers.study import PROJECT_ROOT, load_study


def test_checksums_are_of_the_files_that_are_read(toy_folder):
    (toy_folder / "letter.docx").write_text("not read")
    found = provenance.facts(load_study(toy_folder), {})["data"]
    (toy_folder / "letter.docx").unlink()
    assert set(found) == {"study.toml", "patients.csv"}
    assert found["patients.csv"] == hashlib.sha256((toy_folder / "patients.csv").read_bytes()).hexdigest()


def test_the_commit_is_the_repositorys_or_unknown(tmp_path):
    assert re.fullmatch(r"[0-9a-f]{12}( \(changed\))?|unknown", provenance.commit(PROJECT_ROOT))
    assert provenance.commit(tmp_path) == "unknown"


def test_what_the_notebook_says_comes_first_and_only_once():
    merged = provenance.merge([("Cohort", "toy"), ("Code", "mine")], [("code", "other"), ("Run", "now")])
    assert merged == [("Cohort", "toy"), ("Code", "mine"), ("Run", "now")]


def test_items_leave_the_cohorts_place_out(toy_folder):
    facts = provenance.facts(load_study(toy_folder), {"seed": 3})
    labels = dict(provenance.items(facts, {"study": "x/y", "seed": 3}))
    assert labels["Parameter seed"] == "3"
    assert not [value for value in labels.values() if "x/y" in value]
