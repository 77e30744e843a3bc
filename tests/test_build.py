"""The package works where it is installed in place; nothing else can be built, and the reason is said."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """Runs a hook of the build backend in a copy of what a build reads, as pip does; returns status and output."""
    folder = tmp_path_factory.mktemp("build")
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "helpers", folder / "helpers", ignore=shutil.ignore_patterns("__pycache__"))

    def run(hook):
        code = f"import setuptools.build_meta as backend; backend.{hook}('built')"
        (folder / "built").mkdir(exist_ok=True)
        done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
        return done, [path.suffix for path in (folder / "built").iterdir()]

    return run


@pytest.mark.parametrize("hook", ["build_wheel", "build_sdist"])
def test_what_would_lack_the_notebooks_is_not_built(build, hook):
    done, _ = build(hook)
    assert done.returncode == 1
    assert done.stderr.strip().endswith("is used from its repository, not as a package: clone it and run make reports")
    assert "Traceback" not in done.stderr


def test_installing_in_place_is_built(build):
    done, files = build("build_editable")
    assert done.returncode == 0, done.stderr
    assert files == [".whl"]
