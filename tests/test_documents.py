"""Every command printed in a document runs as it is typed, from a copy of the repository, and does what is said of it.

The commands are taken from the documents. One that is neither in COMMANDS nor in NOT_RUN fails its test, so that none
can be added unseen.
"""

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from helpers.cohort import load_cohort
from helpers.stats.estimates import COLUMNS, vocabulary

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("README.md", "data/README.md", "CONTRIBUTING.md", "reports/README.md", "SECURITY.md")
TOOLS = (
    "make",
    "conda",
    "second-cart",
    "papermill",
    "jupyter",
    "python",
    "pip",
    "pytest",
    "ruff",
    "uv",
    "git",
    ".ci/run",
)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", flags=re.M | re.S)
INLINE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
STDERR = re.compile(r"<strong>Warning\.</strong></p>\s*<pre>")  # how a page shows what a cell wrote there
LINK = re.compile(r"\]\(([^)#\s]+)\)")

# Targets of make that take minutes, stay open, need a browser, R or the network: the reason, and a word of the recipe.
# They are checked by `make --dry-run`: the target is there, so is all that its recipe needs, and it does what is said.
NOT_RUN = {
    "make reports": ("takes minutes; renders as the command that is run here", "second-cart render data/second_cart"),
    "make test": ("runs these tests", "--nbval"),
    "make lab": ("stays open until somebody closes it", "jupyter lab"),
    "make refresh": ("runs every notebook: minutes", "second-cart refresh"),
    "make ensemble": ("reconstructs a thousand cohorts: an hour", "--count 1000"),
    "make reference": ("needs R", "Rscript tests/reference/"),
    "make codebook": ("the command that it runs is run here", "-m helpers.codebook"),
    "make architecture": ("needs no more than the imports, which a test compares", "-m tests.architecture"),
    "make help": ("prints this list", "awk"),
    "make lock": ("needs the network", ".ci/lock.py"),
    "make picture": ("needs a browser", "reports/example.png"),
    "make browser": ("needs a browser", "-m browser"),
    "make workflow": ("needs Slurm", "tests/workflow"),
    "make bench": ("measures for many minutes", "benchmarks.bench"),
    "make scale": ("measures for many minutes", "benchmarks.scale"),
    "make portable": ("repeats the statistics' tests for many processors: minutes", "tests.portable"),
    "make reports PYTHON=python3.12": ("another Python: minutes", "second-cart render data/second_cart"),
    "make clean": ("would remove the environment that runs these tests", "rm -rf"),
}


def commands_of(text):
    """The commands of a Markdown text: the lines of its console blocks, and inline code that begins with a tool."""
    blocks = [block for kind, block in FENCE.findall(text) if kind in ("console", "sh", "bash", "shell")]
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    plain = FENCE.sub("", text)
    inline = [" ".join(words.split()) for words in INLINE.findall(plain)]
    return [_without_comment(line) for line in lines if line.strip()] + [words for words in inline if is_command(words)]


def _without_comment(line):
    """A line of a console block without its prompt and its comment."""
    return re.sub(r"\s+#\s.*", "", line).removeprefix("$ ").strip()


def is_command(words):
    """Tell whether inline code is something to type: a tool with something after it, or a file of .venv/bin or .ci."""
    first, _, rest = words.partition(" ")
    if first.startswith((".venv/bin/", ".ci/")):
        return bool(rest) or first.startswith(".ci/")
    return first in TOOLS and bool(rest)


def docstrings():
    """The documentation of every module of the package."""
    for path in sorted((ROOT / "helpers").rglob("*.py")):
        yield (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").replace("``", "`")


def documented():
    """Every command of every document, once."""
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in DOCUMENTS]
    return list(dict.fromkeys(command for text in [*texts, *docstrings()] for command in commands_of(text)))


FOUND = documented()
# The commands of the guide to data, by the folder of the cohort, in order.
GUIDE = commands_of((ROOT / "data" / "README.md").read_text(encoding="utf-8"))
GUIDES = {name: [command for command in GUIDE if f"cohorts/{name}" in command] for name in ("excel", "redcap")}


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """The repository in a folder of its own, with the environment that `make reports` leaves there."""
    folder = tmp_path_factory.mktemp("copy") / "second-cart"
    for name in files_of_repository():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def files_of_repository():
    """The files that git tracks; without git all, but for what tools leave behind."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
        return [name for name in listed.stdout.split("\0") if (ROOT / name).is_file()]
    left = {".venv", "__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".ruff_cache", ".mypy_cache", ".hypothesis"}
    found = [path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file()]
    return [str(path) for path in found if not left & {*path.parts}]


@pytest.fixture
def repository(copied):
    """The copy as it is when a command is typed: the commands above it have left their table, nothing has rendered."""
    shutil.rmtree(copied / "cohorts", ignore_errors=True)
    (copied / "cohorts" / "mine").mkdir(parents=True)
    shutil.copy(ROOT / "data" / "klein_bmt" / "patients.csv", copied / "cohorts" / "mine")
    return copied


@pytest.fixture
def typed(repository):
    """Types a command in the copy, where nothing of the environment is on the path; returns what it printed."""

    def run(command, *, status=0):
        path = os.pathsep.join(
            p for p in os.environ["PATH"].split(os.pathsep) if not (Path(p) / "second-cart").exists()
        )
        # the environment is shared with the checkout, whose package it has installed in place
        env = {**os.environ, "PATH": path, "PYTHONPATH": str(repository), "MAKEFLAGS": ""}
        done = subprocess.run(command, shell=True, cwd=repository, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stderr
        return done.stdout + done.stderr

    return run


# What is said of each command: a function of its words, the copy and the function that types it.


def makes_folder(command, folder, typed):
    """The folder is there."""
    shutil.rmtree(folder / "cohorts")
    typed(command)
    assert (folder / command.split()[-1]).is_dir()


def copies(command, folder, typed):
    """The table is there, and git does not see it."""
    (folder / "cohorts" / "mine" / "patients.csv").unlink()
    typed(command)
    assert (folder / "cohorts" / "mine" / "patients.csv").is_file()
    assert "/cohorts/" in (folder / ".gitignore").read_text(encoding="utf-8").splitlines()


def initialises(command, folder, typed):
    """A first study.toml stands beside the table, and what is to be confirmed is told."""
    printed = typed(command)
    assert (folder / Path(command.split()[-1]).parent / "study.toml").is_file()
    assert "study.toml written beside patients.csv; lines to confirm: " in printed


def checks(command, folder, typed):
    """What was read is told, and that there is no fault; of a faulty one every fault by row and column, no value."""
    printed = typed(command)
    assert printed.endswith("klein_bmt: 137 patients, no fault\n")
    assert "Table patients: patients.csv, 137 rows" in printed
    shutil.copy(folder / "data" / "klein_bmt" / "study.toml", folder / "cohorts" / "mine")
    table = folder / "cohorts" / "mine" / "patients.csv"
    faulty = pd.read_csv(table, dtype=str)
    faulty.loc[[0, 3], "z1"] = ["444.5", "unknown"]
    faulty.to_csv(table, index=False)
    printed = typed(command.replace("data/klein_bmt", "cohorts/mine"), status=1)
    assert "patients.csv row 2, age_years: " in printed
    assert "patients.csv row 5, age_years: " in printed
    assert "444.5" not in printed
    assert "unknown" not in printed


def renders(command, folder, typed):
    """The reports are where they were wanted, with every file that the README names, and no cell wrote a warning."""
    words = shlex.split(command)
    out = words[words.index("--out") + 1] if "--out" in words else "reports/klein_bmt"
    only = words[words.index("--only") + 1] if "--only" in words else ""
    assert typed(command).endswith(f"Reports: {out}/index.html\n")
    names = {path.name for path in (folder / out).iterdir()}
    pages = {f"{path.stem}.html" for path in (folder / "notebooks").glob(f"{only}*.ipynb")}
    assert names == {
        "index.html",
        "search.html",
        "estimates.csv",
        "report.docx",
        "report-full.docx",
        "run.json",
        "tables",
        "figures",
        *pages,
    }
    assert {path.suffix for path in (folder / out / "tables").iterdir()} == {".csv"}
    assert {path.suffix for path in (folder / out / "figures").iterdir()} <= {".svg"}
    texts = [(folder / out / page).read_text(encoding="utf-8") for page in pages]
    kept = "57 of 137 patients: the subgroup sex=female." if "sex=female" in command else "137 patients."
    assert all(kept in text.replace("\u00a0", " ") for text in texts)
    assert not any(STDERR.search(text) for text in texts)
    assert unexplained(pd.read_csv(folder / out / "estimates.csv")) == []


def unexplained(estimates):
    """The columns and methods of an estimates.csv that the codebook in reports/README.md does not have."""
    names = [re.compile(re.escape(name).replace(re.escape("..."), ".+")) for name in vocabulary("method")]
    methods = [method for method in estimates["method"].unique() if not any(name.fullmatch(method) for name in names)]
    columns = {*COLUMNS, "notebook", "data"}
    return [*methods, *columns.symmetric_difference(estimates.columns)]


def papermills(command, folder, typed):
    """The notebook that papermill writes shows the study that was asked for, and no cell wrote a warning."""
    typed(command)
    notebook = nbformat.read(folder / shlex.split(command)[2], as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert {output.output_type for output in outputs} <= {"execute_result", "display_data"}
    assert any("137 patients." in output.data.get("text/plain", "") for output in outputs)


def batches(command, folder, typed):
    """Each run of the table has a collection, and a page and a file are over all."""
    typed(command)
    out = folder / command.split()[4]
    assert {path.parent.name for path in out.glob("*/run.json")} == {"all", "women", "men"}
    assert set(pd.read_parquet(out / "estimates.parquet")["run"]) == {"all", "women", "men"}
    assert "women" in (out / "index.html").read_text(encoding="utf-8")


def says_status(command, folder, typed):
    """Every run of the table is in the answer."""
    assert {line.split()[0] for line in typed(command).splitlines()[:3]} == {"all", "women", "men"}


def exports(command, folder, typed):
    """nbconvert writes the report page."""
    typed(command)
    page = (folder / command.split()[-1]).with_suffix(".html").read_text(encoding="utf-8")
    assert "Content-Security-Policy" in page
    assert "Overall survival" in page


def writes_codebook(command, folder, typed):
    """The codebooks in the repository are those that the command writes."""
    typed(command)
    for name in ("data/README.md", "reports/README.md"):
        assert (folder / name).read_bytes() == (ROOT / name).read_bytes()


def writes_guide(command, folder, typed):
    """The text files of the guide are those that the command writes (a workbook holds the time of its writing)."""
    typed(command)
    for name in ("records.csv", "dictionary.csv"):
        assert (folder / "data" / "guide" / name).read_bytes() == (ROOT / "data" / "guide" / name).read_bytes()


def reconstructs(command, folder, typed):
    """The shipped cohort is written again, byte for byte."""
    typed(command)
    written = folder / command.split()[-1]
    shipped = folder / "data" / "second_cart"
    for path in shipped.iterdir():
        assert (written / path.name).read_bytes() == path.read_bytes()


def belongs_to_the_guide(command, folder, typed):
    """The guide is followed from its first command to its last, below."""
    assert any(command in guide for guide in GUIDES.values())


def begins(command, folder, typed):
    """A study.toml and the header of its table stand in the folder."""
    typed(command)
    names = {path.name for path in (folder / command.split()[-1]).iterdir()}
    assert names == {"study.toml", "patients.csv"}


def is_listed(command, folder, typed):
    """The environment's file names the environment; conda itself needs the network."""
    name = command.split()[-1]
    assert (folder / name).read_text(encoding="utf-8").startswith("name: second-cart\n")


def has_valid_shell(command, folder, typed):
    """The script is there and can be run; it runs these tests."""
    assert os.access(folder / command, os.X_OK)
    typed(f"sh -n {command}")


def is_a_target(command, folder, typed):
    """The target exists, make knows how to make everything that it needs, and the recipe does what is said."""
    _, does = NOT_RUN[command]
    assert does in typed(f"{command} --dry-run")


COMMANDS = {
    r".*cohorts/(excel|redcap)\b.*": belongs_to_the_guide,
    r"\.venv/bin/second-cart init --example \w+ --out \S+": begins,
    r"\.venv/bin/python -m tests\.cohort\.guide_files": writes_guide,
    r"\.venv/bin/second-cart init \S+": initialises,
    r"mkdir -p cohorts/mine": makes_folder,
    r"cp data/klein_bmt/patients\.csv cohorts/mine/": copies,
    r"\.venv/bin/second-cart check data/klein_bmt": checks,
    r"\.venv/bin/second-cart render data/klein_bmt( --only \d+ --param .+)?": renders,
    r"\.venv/bin/second-cart reconstruct --seed \d+ --out \S+": reconstructs,
    r"\.venv/bin/papermill \S+ \S+ -p study data/klein_bmt( --engine fork)?": papermills,
    r"\.venv/bin/second-cart batch \S+ --out \S+ --only 01": batches,
    r"\.venv/bin/second-cart batch \S+ --out \S+ --only 01 --status": says_status,
    r"\.venv/bin/jupyter nbconvert --to \S+ \S+": exports,
    r"\.venv/bin/python -m helpers\.codebook": writes_codebook,
    r"conda env create -f \S+": is_listed,
    r"\.ci/run": has_valid_shell,
    "|".join(map(re.escape, NOT_RUN)): is_a_target,
}


def test_the_documents_print_commands():
    assert {"make reports", "make test", ".venv/bin/second-cart check data/klein_bmt"} <= set(FOUND)
    assert any("--param subgroup" in command for command in FOUND)


@pytest.mark.parametrize("command", FOUND)
def test_a_command_does_what_the_documents_say(command, repository, typed):
    known = [look for pattern, look in COMMANDS.items() if re.fullmatch(pattern, command)]
    assert known, f"say in COMMANDS or NOT_RUN how this command of the documents is tested: {command}"
    known[0](command, repository, typed)


def settled(text):
    """A study.toml whose guesses are confirmed, of patients who are not real."""
    text = re.sub(r" *# TODO.*", "", text)
    return text.replace('title = "Untitled study"', 'title = "Guide"').replace("synthetic = false", "synthetic = true")


@pytest.mark.parametrize("name", GUIDES)
def test_the_guide_leads_from_a_file_to_a_report_of_the_same_patients(name, repository, typed):
    folder, commands = repository / "cohorts" / name, GUIDES[name]
    first = next(number for number, command in enumerate(commands) if " check " in command)
    for command in commands[:first]:
        typed(command)
    refused = typed(commands[first], status=1)
    assert "TODO" in refused
    study = folder / "study.toml"
    study.write_text(settled(study.read_text(encoding="utf-8")), encoding="utf-8")
    assert typed(commands[first]).endswith(f"{name}: 35 patients, no fault\n")
    typed(f"{commands[first + 1]} --only 01")
    assert "Synthetic" in (repository / "reports" / name / "index.html").read_text(encoding="utf-8")
    ours, shipped = load_cohort(folder), load_cohort(ROOT / "data" / "second_cart")
    assert_same_patients(ours, shipped)


def assert_same_patients(ours, shipped):
    """Columns that both have hold the same cells; of the arms the keys may be called otherwise."""
    for table in ("patients", "adverse_events"):
        left, right = getattr(ours, table), getattr(shipped, table)
        common = [name for name in left if name in right and name not in ("arm", "contrast")]
        assert len(common) >= 4
        pd.testing.assert_frame_equal(left[common], right[common], check_dtype=False, check_categorical=False)


@pytest.mark.parametrize("name", [*DOCUMENTS, "CHANGELOG.md"])
def test_links_lead_to_files(name):
    links = [link for link in LINK.findall((ROOT / name).read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in links if not (ROOT / name).parent.joinpath(link).exists()] == []


@pytest.mark.parametrize("name", [*DOCUMENTS, "CHANGELOG.md"])
def test_files_that_are_named_exist(name):
    tops = {path.name for path in ROOT.iterdir()} - {"reports", ".venv"}
    words = [word for word in INLINE.findall((ROOT / name).read_text(encoding="utf-8")) if " " not in word]
    named = [word for word in words if word.partition("/")[0] in tops]
    missing = [word for word in named if not list(ROOT.glob(word.rstrip("/")))]
    assert set(missing) <= {"notebooks/07_example.ipynb"}  # which a recipe makes
