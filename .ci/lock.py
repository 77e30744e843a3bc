"""Renew requirements.lock and environment.yml together: what the reports need, then what the tests add.

workflow/requirements.lock is another environment, in which Snakemake is free to need other versions.
"""

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK, CONDA = ROOT / "requirements.lock", ROOT / "environment.yml"
BUILD = ["setuptools", "wheel"]  # one package of the workflow comes as source only
WORKFLOW = ROOT / "workflow" / "requirements.lock"
UV = [str(Path(sys.executable).with_name("uv")), "pip", "compile", "--universal", "--quiet"]
UV += ["--python-version", "3.11", "--generate-hashes", "--no-annotate", "--no-header"]
FIRST = "# What the reports need, and what installs it."
SECOND = "# Added by the tests."
CONDA_HEAD = """name: second-cart
channels: [conda-forge]
dependencies:
  - python>=3.11,<3.14
  - make
  - pip
  - pip:
"""


def main(*options: str) -> None:
    """Resolve all pins once, then those of the reports among them; `--keep` keeps every pin that still fits."""
    with tempfile.TemporaryDirectory() as folder:
        everything, reports = Path(folder, "all.lock"), Path(folder, "reports.lock")
        everything.write_text(LOCK.read_text())
        upgrade = [] if "--keep" in options else ["--upgrade"]
        compiled(everything, "pyproject.toml", "--extra", "install", "--extra", "tests", *upgrade)
        compiled(reports, "pyproject.toml", "--extra", "install", "--constraint", str(everything))
        extra = Path(folder, "workflow.in")
        extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
        extra.write_text("\n".join([*extras["workflow"], *BUILD]))
        compiled(WORKFLOW, str(extra), *upgrade)
        first, both = blocks(reports), blocks(everything)
    added = [block for block in both if block not in first]
    LOCK.write_text("\n".join([FIRST, *first, SECOND, *added]) + "\n")
    CONDA.write_text(CONDA_HEAD + "".join(f'      - "{pin(block)}"\n' for block in both) + '      - "-e ."\n')


def compiled(target: Path, *options: str) -> None:
    """Let uv write a lock file; pins that it holds are kept unless an option says otherwise."""
    subprocess.run([*UV, *options, "--output-file", str(target)], cwd=ROOT, check=True)


def blocks(lock: Path) -> list[str]:
    """The packages of a lock file, each with its hashes."""
    return [block.rstrip("\n") for block in re.split(r"^(?=[a-z0-9])", lock.read_text(), flags=re.MULTILINE)[1:]]


def pin(block: str) -> str:
    """A package's name, version and marker."""
    return block.splitlines()[0].removesuffix("\\").strip()


if __name__ == "__main__":
    main(*sys.argv[1:])
