"""The wheel works outside the repository: it holds what git has of the project, nothing else, and finds it."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from helpers.report.inputs import inputs

ROOT = Path(__file__).parents[1]
BUILT_FROM = ("pyproject.toml", "setup.py", "README.md", "LICENSE", "helpers", "data", "notebooks")
OWN = ("data/mine/patients.csv", "data/patients.csv", "data/own.csv")  # what a centre may have there
ONLY_TESTED = {"notebooks/conftest.py"}


def built(hook, folder):
    """What a hook of the build backend makes of a folder, as pip does."""
    code = f"import setuptools.build_meta as backend; print(backend.{hook}('built'))"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    return folder / "built" / done.stdout.split()[-1]


def contents(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("RECORD")}


@pytest.fixture(scope="module")
def tracked():
    """The files of git that a wheel is made from, in the repository."""
    listed = subprocess.run(["git", "ls-files", *BUILT_FROM], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def checkout(tracked, tmp_path_factory):
    """A copy of the repository in which a centre has left its own data."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in (*tracked, *OWN):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "data" / "klein_bmt" / "patients.csv" if name in OWN else ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def wheel(checkout):
    return built("build_wheel", checkout)


@pytest.fixture(scope="module")
def site(wheel, tmp_path_factory):
    """The wheel where Python finds it, before the repository."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def call(site, tmp_path):
    """Runs the command of the wheel in a folder with nothing in it, for a user with nothing at home."""
    homes = {"HOME": str(tmp_path / "home"), "PYTHONPATH": str(site)}
    for name in ("home", "work"):
        (tmp_path / name).mkdir()

    def run(*words):
        command = [sys.executable, "-m", "helpers.cli", *words]
        done = subprocess.run(
            command, cwd=tmp_path / "work", env=os.environ | homes, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stderr

    return run


def test_a_wheel_holds_the_files_of_the_project_and_no_others(wheel, tracked):
    project = [name for name in tracked if name.startswith(("data/", "notebooks/")) and name not in ONLY_TESTED]
    package = [name for name in tracked if name.startswith("helpers/")]
    expected = {name: ROOT / name for name in package} | {f"helpers/project/{name}": ROOT / name for name in project}
    held = {name: text for name, text in contents(wheel).items() if ".dist-info/" not in name}
    assert sorted(held) == sorted(expected)
    assert all(held[name] == path.read_bytes() for name, path in expected.items())


def test_a_source_package_builds_the_same_wheel(checkout, wheel, tmp_path):
    with tarfile.open(built("build_sdist", checkout)) as archive:
        archive.extractall(tmp_path, filter="data")
    [folder] = tmp_path.iterdir()
    assert not [name for name in OWN if (folder / name).exists()]
    assert contents(built("build_wheel", folder)) == contents(wheel)


def test_installing_in_place_copies_nothing(checkout):
    held = contents(built("build_editable", checkout))
    assert not [name for name in held if name.startswith("helpers/")]


def test_the_command_works_where_the_wheel_is_installed(call, tmp_path):
    there = "There are: data/klein_bmt, data/second_cart."
    assert call("check", "data/nowhere") == (1, f"Error: study: no cohort folder data/nowhere. {there}\n")
    status, said = call("render", "data/klein_bmt", "--only", "01")
    assert (status, said.splitlines()[-1]) == (0, "Reports: reports/klein_bmt/index.html")
    folder = tmp_path / "work" / "reports" / "klein_bmt"
    facts = json.loads((folder / "run.json").read_text())
    assert facts["code"]["commit"] == "unknown"  # not that of a repository in which the environment lies
    assert facts["inputs"]["code"] == inputs({}, [])["code"]  # that of the repository
    places = [str(place).encode() for place in (tmp_path, ROOT)]
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert not [path.name for path in written if any(place in path.read_bytes() for place in places)]
