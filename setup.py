"""What an installed second-cart needs beside its code: the notebooks, the tables that it reads, the two cohorts.

In a checkout they lie beside the package; in a wheel they lie in it. Only what is named here is shipped, so that no
cohort of a centre, left in data/, gets into one.
"""

import shutil
from glob import glob
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

INSIDE = "helpers/project"  # where helpers.study.definition looks for them
TABLES = ("definitions", "dictionary", "response_designs", "runs.example", "vocabulary")
PARTS = (*(f"data/{name}.csv" for name in TABLES), "data/README.md", "data/study.example.toml")
PARTS += ("data/guide/*", "data/klein_bmt/*", "data/second_cart/*", "notebooks/*.ipynb", "notebooks/template/*.ipynb")


class WithProject(build_py):
    """Builds the package with the project's own files in it."""

    def run(self) -> None:
        """Build the package; one that is installed in place finds the files where they are."""
        if not self.editable_mode:
            shutil.rmtree(self.build_lib, ignore_errors=True)  # of an earlier build
        super().run()
        for name in () if self.editable_mode else self.parts():
            target = Path(self.build_lib, INSIDE, name)
            self.mkpath(str(target.parent))
            self.copy_file(name, str(target))

    def get_source_files(self) -> list[str]:
        """What a source package holds."""
        return [*super().get_source_files(), *self.parts()]

    @staticmethod
    def parts() -> list[str]:
        """The names of the files, from the root of the project."""
        return sorted(name for part in PARTS for name in glob(part) if Path(name).is_file())


setup(cmdclass={"build_py": WithProject})
