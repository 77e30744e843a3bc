"""Measure the ways to make collections against each other: `python -m benchmarks.bench`, or `make bench`.

One interleaved run: within each repetition every way makes the same collections, one way after the other, so that
whatever else the machine does falls on all of them. Writes RESULTS.md and the single measurements, results.csv.
"""

import argparse
import compileall
import shutil
import site
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import registry, results
from benchmarks.measure import PROJECT, Cost, MeasureError, end_with_children
from benchmarks.ways import WAYS, Way, cells, empty, make, missing, pictures

PARTS = ("cold", "warm", "batch", "cells")
SMALLEST, LARGEST = 35, 150  # patients of a centre
HERE = Path(__file__).parent

PROTOCOL = """\
Each way makes the same collections from the same cohort folders, in the same environment (that of requirements.lock,
which holds JupyterLab), with bytecode compiled beforehand and one BLAS thread each. A repetition is all ways one after
the other, ours first; ratios are taken within a repetition, so they are paired. Wall seconds are those of the command
from start to end; CPU seconds are those of all its processes, grandchildren and orphans included.

- **cold**: one collection by a fresh command (files may be in the system's cache).
- **warm**: the same again after the age of one patient was changed; nothing else is kept between the two but what the
  command itself keeps.
- **batch**: {collections} collections by ours, the first {first} of them by the other ways (whose start is then shared
  by fewer); ratios are of costs per collection. One collection per centre: patients drawn from the model cohort with
  replacement, {smallest} to {largest} of them (benchmarks/registry.py). They carry the model's mark "synthetic", and
  have neither published claims nor compatible cohorts.
- **cells**: the cells alone, in a hot process on one thread, of the project's two cohorts, now and at an earlier commit
  with its own notebooks, data and environment (its requirements.lock).

What each way writes:

- **ours** writes pages, figures as SVG in two widths, tables and estimates as CSV, two Word documents, a search page,
  an index. Two workers.
- **(a)** and **(b)** write executed notebooks and nbconvert's own HTML, and nothing else.
- **(c)** is one R Markdown page (benchmarks/report.Rmd) with the sections of all notebooks, PNG figures (96 dpi,
  doubled for sharp screens), ggplot2 for all but the flow of patients and the survival curves, and a CSV of estimates;
  R runs on one core.
- **(d)** runs the cells and makes the pages in a process that has made one collection already; starting, importing and
  writing are not counted. One core.

Every way must draw the same number of figures, else the run fails; only cells at another commit draw what they drew.
An executed notebook counts its outputs with a PNG, ours the SVG files, R the embedded images.
"""


def centres(model: Path, folder: Path, count: int) -> list[Path]:
    """Make cohorts like the model's, one per centre."""
    random = np.random.default_rng(registry.SEED)
    made = []
    for number, size in enumerate(random.integers(SMALLEST, LARGEST + 1, count)):
        made.append(folder / f"centre_{number + 1:03d}")
        registry.write(model, registry.registry(model, int(size), seed=number), made[-1])
    return made


def change_one_value(cohort: Path) -> None:
    """Make the patient whose line is the last one year older."""
    file = cohort / "patients.csv"
    head = [line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    table = pd.read_csv(file, comment="#", dtype=str, keep_default_na=False)
    age = next(name for name in registry.AGES if name in table)
    table.loc[table.index[-1], age] = str(int(table[age].iloc[-1]) + 1)
    file.write_text("\n".join([*head, table.to_csv(index=False)]), encoding="utf-8")


def checkout(revision: str, folder: Path) -> Path | None:
    """The project as it was at a commit; None when the repository does not hold it."""
    folder.mkdir()
    packed = subprocess.run(["git", "archive", revision], cwd=PROJECT, capture_output=True, check=False)
    if packed.returncode:
        return None
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed.stdout, check=True)
    return folder


def environment(checkout: Path) -> None:
    """Give another commit a Python with the packages that its lock file names; MeasureError when they cannot be had."""
    python = checkout / ".venv" / "bin" / "python"
    exactly = ["--no-deps", "--require-hashes", "--no-build-isolation", "--compile-bytecode"]
    for command in (
        [sys.executable, "-m", "venv", str(checkout / ".venv")],
        [
            str(Path(sys.executable).with_name("uv")),
            "pip",
            "install",
            "--quiet",
            "--python",
            str(python),
            *exactly,
            "-r",
            "requirements.lock",
        ],
    ):
        done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
        if done.returncode:
            raise MeasureError(f"no environment for the earlier commit: {done.stderr.strip()}")
    compileall.compile_dir(checkout / "helpers", quiet=1)


def row(part: str, study: str, number: int, way: str, collections: int, cost: Cost, figures: int) -> dict:
    """One measurement; also printed."""
    print(f"{part} of {study}, {number}, {way}: {cost.wall:.1f} s, {cost.cpu:.1f} CPU s, {figures} figures", flush=True)
    values = (part, study, number, way, collections, cost.wall, cost.cpu, figures)
    return dict(zip(results.COLUMNS, values, strict=True))


def repetition(
    part: str, number: int, ways: Sequence[Way], cohorts: Sequence[Path], folder: Path, *, first: int | None = None
) -> list[dict]:
    """Every way once, all but ours with the `first` cohorts only; MeasureError when these have not as many figures."""
    rows, counts, common = [], {}, cohorts[:first]
    for way in ways:
        mine = cohorts if way.key == "ours" else common
        cost, figures = make(way, mine, folder / way.key)
        study = cohorts[0].name if len(cohorts) == 1 else "centres"
        rows.append(row(part, study, number, way.key, len(mine), cost, figures))
        places = [folder / way.key / "runs" / cohort.name for cohort in common]
        counts[way.key] = figures if len(mine) == len(common) else sum(map(way.figures, places))
    if len(set(counts.values())) > 1:
        raise MeasureError(f"{part}: the ways drew different numbers of figures: {counts}")
    return rows


def cell_rows(number: int, then: Path, folder: Path) -> Iterator[dict]:
    """The cells of both cohorts, now and then; each draws what its notebooks draw."""
    pythons = {"now": Path(sys.executable), "then": then / ".venv" / "bin" / "python"}
    for study in results.CELLS:
        for key, place in (("now", PROJECT), ("then", then)):
            out = empty(folder / key)
            cost = cells(pythons[key], place, study, out)
            yield row("cells", study, number, key, 1, cost, pictures(out))


def run(options: argparse.Namespace, ways: Sequence[Way], folder: Path) -> Iterator[dict]:
    """Measure all parts, interleaved; one row for each command."""
    cohort = folder / "cohorts" / options.study.name
    shutil.copytree(options.study, cohort)
    many = centres(options.study, folder / "cohorts", options.collections) if "batch" in options.parts else []
    then = checkout(options.against, folder / "then_checkout") if "cells" in options.parts else None
    if then:
        environment(then)
    for number in range(1, options.pairs + 1):
        if "cold" in options.parts:
            yield from repetition("cold", number, ways, [cohort], folder)
        if "warm" in options.parts and number <= options.warm_pairs:
            change_one_value(cohort)
            yield from repetition("warm", number, ways, [cohort], folder)
        yield from cell_rows(number, then, folder) if then else ()
    for number in range(1, options.batch_pairs + 1):
        yield from repetition("batch", number, ways, many, folder, first=options.first) if many else ()


def report(rows: pd.DataFrame, options: argparse.Namespace, left_out: Sequence[str]) -> str:
    """The page of results."""
    names = {way.key: f"({way.key}) {way.label}" if way.key != "ours" else f"ours: {way.label}" for way in WAYS}
    names |= {"now": "cells now", "then": f"cells at {options.against}"}
    parts = ", ".join(f"{part} {n}" for part, n in rows.groupby("part", sort=False)["repetition"].max().items())
    absent = [*left_out, *(f"part {part}" for part in PARTS if part not in set(rows["part"]))]
    first = min(options.first, options.collections)
    protocol = PROTOCOL.format(collections=options.collections, first=first, smallest=SMALLEST, largest=LARGEST)
    return "\n".join(
        [
            "# Speed",
            "",
            "Written by `make bench`; every number is of one run.",
            "",
            *results.facts(),
            f"- Cohort: {options.study.name}; repetitions: {parts}",
            f"- Not measured: {'; '.join(absent) or 'nothing of the protocol'}",
            "",
            "## Ratios",
            "",
            *results.ratio_lines(rows),
            "",
            "## Costs",
            "",
            *results.cost_lines(rows, names),
            "",
            "## Protocol",
            "",
            protocol,
        ]
    )


def main() -> None:
    """Measure, print the ratios, write RESULTS.md and results.csv; exit status 1 when something failed."""
    options = _options()
    end_with_children()
    compileall.compile_dir(PROJECT / "helpers", quiet=1)
    for folder in site.getsitepackages():
        compileall.compile_dir(folder, quiet=2, workers=0)
    asked = [way for way in WAYS if way.key in options.ways]
    absent = {way.key: missing(way, options.study) for way in asked}
    left_out = [f"({key}) skipped: {reason}" for key, reason in absent.items() if reason]
    left_out += [f"({way.key}) was not asked for" for way in WAYS if way not in asked]
    rows: list[dict] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        try:
            rows.extend(run(options, [way for way in asked if not absent[way.key]], Path(folder).resolve()))
        except MeasureError as error:
            left_out.append(f"all after this failure: {error}")
    table = pd.DataFrame(rows, columns=results.COLUMNS)
    print("\n".join(results.ratio_lines(table)))
    options.out.mkdir(parents=True, exist_ok=True)
    table.round(3).to_csv(options.out / "results.csv", index=False)
    (options.out / "RESULTS.md").write_text(report(table, options, left_out), encoding="utf-8")
    sys.exit(f"stopped: {left_out[-1]}" if left_out and left_out[-1].startswith("all after") else 0)


def _options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", type=Path, default=PROJECT / "data" / "second_cart")
    parser.add_argument("--pairs", type=int, default=3, help="repetitions of the single collection")
    parser.add_argument("--warm-pairs", type=int, default=1, help="of these, with a changed value once more")
    parser.add_argument("--batch-pairs", type=int, default=1, help="repetitions of the batch")
    parser.add_argument("--against", default="17c4997", help="the commit whose cells are compared")
    parser.add_argument("--collections", type=int, default=40, help="of the batch")
    parser.add_argument("--first", type=int, default=8, help="of the batch, made by all ways; ours makes all")
    parser.add_argument("--ways", nargs="+", default=[way.key for way in WAYS], choices=[way.key for way in WAYS])
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=PARTS)
    parser.add_argument("--out", type=Path, default=HERE, help="folder for RESULTS.md and results.csv")
    return parser.parse_args()


if __name__ == "__main__":
    main()
