"""Where a collection comes from: cohort files, code, software and time; no path, no user name."""

import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path

from helpers.report.manifest import sha256
from helpers.report.snapshot import data_files
from helpers.study import INSTALLED, PROJECT_ROOT, Study

PACKAGES = ("pandas", "numpy", "scipy", "statsmodels", "lifelines", "matplotlib", "papermill")
UNKNOWN = "unknown"


def commit(folder: Path) -> str:
    """Return the code's commit, "(changed)" after it when files differ from it; "unknown" outside a repository."""
    git = partial(subprocess.check_output, cwd=folder, stderr=subprocess.DEVNULL, text=True)
    try:
        head = git(["git", "rev-parse", "--short=12", "HEAD"]).strip()
        return f"{head} (changed)" if git(["git", "status", "--porcelain", "-uno"]).strip() else head
    except (OSError, subprocess.CalledProcessError):
        return UNKNOWN


def facts(study: Study, parameters: Mapping[str, object]) -> dict:
    """Return what `run.json` and the pages' footers say of a collection; time in UTC, to the second."""
    return {
        "study": {"key": study.key, "title": study.title, "synthetic": study.synthetic},
        "parameters": {name: value for name, value in parameters.items() if name != "study"},
        "data": checksums(study),
        **code(),
        "started": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
    }


@cache
def code() -> dict:
    """The code and the packages that work here, looked up once a process."""
    return {
        "code": {"package": version("second-cart"), "commit": UNKNOWN if INSTALLED else commit(PROJECT_ROOT)},
        "versions": {name: version(name) for name in PACKAGES},
    }


def checksums(study: Study) -> dict[str, str]:
    """The SHA-256 of each file of a cohort that is read, by its name."""
    return {path.name: sha256(path) for path in data_files(study, study.folder)}


def items(facts: Mapping, parameters: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return facts as (label, value) pairs for a page whose notebook ran with these parameters."""
    software = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
    data = [(name, f"SHA-256 {digest}") for name, digest in facts["data"].items()]
    values = [(f"Parameter {name}", str(value)) for name, value in parameters.items() if name != "study"]
    code = f"second-cart {facts['code']['package']}, commit {facts['code']['commit']}"
    return [*data, *values, ("Code", code), ("Run", facts["started"]), ("Software", software)]


def merge(first: Sequence[tuple[str, str]], second: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return both lists, without those of the second whose label the first has."""
    known = {label.casefold() for label, _ in first}
    return [*first, *(item for item in second if item[0].casefold() not in known)]
