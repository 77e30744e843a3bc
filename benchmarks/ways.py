"""The ways to make collections that are compared: each takes cohort folders, writes a folder, says what it cost."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from benchmarks.measure import PROJECT, Cost, MeasureError, measured

BIN = Path(sys.executable).parent
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("0*.ipynb"))
HERE = Path(__file__).parent
R_PACKAGES = ("rmarkdown", "knitr", "survival", "cmprsk", "ggplot2")


@dataclass(frozen=True)
class Way:
    """A way to make collections: what it is, how it is run, how its figures are counted."""

    key: str
    label: str
    make: Callable[[Sequence[Path], Path], Cost]
    figures: Callable[[Path], int]


def render(cohorts: Sequence[Path], out: Path) -> Cost:
    """`second-cart render`, once per cohort."""
    costs = [
        measured([str(BIN / "second-cart"), "render", str(cohort), "--out", str(out / cohort.name)], out / "log.txt")
        for cohort in cohorts
    ]
    return Cost(sum(cost.wall for cost in costs), sum(cost.cpu for cost in costs))


def batch(cohorts: Sequence[Path], out: Path) -> Cost:
    """`second-cart batch`, once for all cohorts; `second-cart render` where there is one."""
    if len(cohorts) == 1:
        return render(cohorts, out)
    runs = out / "runs.csv"
    pd.DataFrame({"name": [c.name for c in cohorts], "study": [str(c) for c in cohorts]}).to_csv(runs, index=False)
    return measured([str(BIN / "second-cart"), "batch", str(runs), "--out", str(out / "runs")], out / "log.txt")


def commands(cohorts: Sequence[Path], out: Path) -> Cost:
    """The commands `papermill` and `jupyter nbconvert`, one after another, in a shell's loop."""
    script = """
        set -e; bin=$1; out=$2; shift 2
        for study in "$@"; do
            to=$out/$(basename $study); mkdir -p $to
            for notebook in notebooks/0*.ipynb; do
                name=$(basename $notebook .ipynb)
                $bin/papermill $notebook $to/$name.ipynb -k python3 -p study $study --no-progress-bar --log-level ERROR
                $bin/jupyter nbconvert --to html --log-level ERROR $to/$name.ipynb
            done
        done"""
    return measured(["bash", "-c", script, "loop", str(BIN), str(out), *map(str, cohorts)], out / "log.txt")


def pool(cohorts: Sequence[Path], out: Path) -> Cost:
    """Papermill and nbconvert's HTML in one Python program with two workers."""
    return measured([sys.executable, "-m", "benchmarks.pool", str(out), *map(str, cohorts)], out / "log.txt")


def r_markdown(cohorts: Sequence[Path], out: Path) -> Cost:
    """`benchmarks/report.Rmd`, knitted for all cohorts in one R session."""
    program = """
        arguments <- commandArgs(TRUE)
        for (study in arguments[-1]) {
          to <- file.path(arguments[1], basename(study))
          rmarkdown::render("benchmarks/report.Rmd", output_dir = to, intermediates_dir = to, knit_root_dir = to,
                            params = list(study = study), envir = new.env(), quiet = TRUE)
        }"""
    return measured(["Rscript", "-e", program, str(out), *map(str, cohorts)], out / "log.txt")


def limit(cohorts: Sequence[Path], out: Path) -> Cost:
    """Cells and pages alone, in a process that has done it all once before; what came before is not counted."""
    measured([sys.executable, "-m", "benchmarks.limit", str(out), *map(str, cohorts)], out / "log.txt")
    cost = json.loads((out / "cost.json").read_text(encoding="utf-8"))
    return Cost(cost["wall"], cost["cpu"])


def cells(python: Path, checkout: Path, study: str, out: Path) -> Cost:
    """The cells alone in the same way: a checkout's code, notebooks and data, and the Python that has its packages."""
    path = f"PYTHONPATH={checkout}:{PROJECT}"
    script, cohort = HERE / "limit.py", checkout / "data" / study
    measured(["env", path, str(python), str(script), str(out), str(cohort)], out / "log.txt")
    cost = json.loads((out / "cost.json").read_text(encoding="utf-8"))
    return Cost(cost["cells"], cost["cells"])


def drawings(out: Path) -> int:
    """Figures of collections: their files, those for one column of a journal left out."""
    return sum(not path.stem.endswith("-85mm") for path in out.rglob("figures/*.svg"))


def pictures(out: Path) -> int:
    """Figures of executed notebooks: outputs with a PNG."""
    notebooks = [json.loads(path.read_text(encoding="utf-8")) for path in out.rglob("*.ipynb")]
    cells = [cell for notebook in notebooks for cell in notebook["cells"]]
    return sum("image/png" in output.get("data", {}) for cell in cells for output in cell.get("outputs", []))


def images(out: Path) -> int:
    """Figures of R Markdown pages: their embedded PNGs."""
    pages = out.rglob("report.html")
    return sum(len(re.findall("<img [^>]*data:image/png", page.read_text(encoding="utf-8"))) for page in pages)


WAYS = (
    Way("ours", "`second-cart render`; `second-cart batch` for many", batch, drawings),
    Way("a", "the commands `papermill` and `jupyter nbconvert --to html`, in a shell's loop", commands, pictures),
    Way("b", "papermill and nbconvert's HTMLExporter in one Python program, two workers", pool, pictures),
    Way("c", "R Markdown of the same analyses, one R session", r_markdown, images),
    Way("d", "the limit: cells and pages in a hot process, one thread", limit, pictures),
)


def missing(way: Way, study: Path) -> str:
    """Why a way cannot be measured here; empty when it can."""
    if way.key != "c":
        return ""
    if study.name != "second_cart":
        return "report.Rmd is written for cohorts like second_cart"
    if not shutil.which("Rscript"):
        return "R is missing"
    names = ", ".join(f"'{name}'" for name in R_PACKAGES)
    program = f"cat(Filter(function(name) !requireNamespace(name, quietly = TRUE), c({names})), sep = ', ')"
    absent = subprocess.run(["Rscript", "-e", program], capture_output=True, text=True, check=True).stdout
    return f"R package {absent} missing" if absent else ""


def empty(folder: Path) -> Path:
    """The folder, made anew."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


def make(way: Way, cohorts: Sequence[Path], out: Path) -> tuple[Cost, int]:
    """Make the collections into an empty folder; return the cost and the number of figures."""
    cost = way.make(cohorts, empty(out))
    figures = way.figures(out)
    if not figures:
        raise MeasureError(f"({way.key}) drew no figure")
    return cost, figures
