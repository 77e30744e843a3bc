"""A toy collection, rendered once, and what a batch of toys needs."""

import shutil
from pathlib import Path

import pytest
from toys import anatomy, code, everything, write


@pytest.fixture(scope="session")
def toy_notebooks(tmp_path_factory):
    """The folder of two notebooks, not executed: one with everything, one with the minimum."""
    folder = tmp_path_factory.mktemp("notebooks")
    write(folder, "01_response", anatomy("Response", everything()))
    write(folder, "02_other", anatomy("Other"))
    return folder


@pytest.fixture(scope="session")
def toy_folder(tmp_path_factory):
    """A cohort folder; the toy notebooks do not read its patients."""
    folder = tmp_path_factory.mktemp("cohorts") / "toy"
    folder.mkdir()
    definition = [
        'title = "Toy <b>study</b>"',
        "synthetic = true",
        "[time]",
        'unit = "days"',
        'zero = "second infusion"',
        "[[arms]]",
        'key = "single"',
        'label = "Single"',
        "[[arms]]",
        'key = "tandem"',
        'label = "Tandem & more"',
    ]
    (folder / "study.toml").write_text("\n".join(definition) + "\n")
    (folder / "patients.csv").write_text("patient_id,arm,last_contact_day,death_day\nP-0001,single,90,\n")
    return folder


@pytest.fixture(scope="session")
def toy_collection(tmp_path_factory, toy_notebooks, toy_folder):
    """The rendered collection of the toy notebooks; read it, do not change it."""
    from helpers.report.collection import render_collection

    out = tmp_path_factory.mktemp("reports") / "toy"
    return render_collection(toy_folder, out, notebooks=toy_notebooks, progress=False)


@pytest.fixture
def notebooks(tmp_path):
    """A folder with one notebook that is declared, hashed and never run."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    write(folder, "01_x", [code('study: str = ""\nsubgroup: str = ""', tags=["parameters"])])
    return folder


@pytest.fixture
def cohort(tmp_path, toy_folder):
    """A cohort folder that a test may change."""
    return Path(shutil.copytree(toy_folder, tmp_path / "cohort"))
