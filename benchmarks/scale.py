"""Time and memory against the number of patients: `python -m benchmarks.scale`, or `make scale`.

Each notebook runs in a process of its own on cohorts like the project's two, marked real so that all analyses run; then
the whole collection is made by the command, and a few of its estimates are compared with R's. Writes SCALE.md.
"""

import argparse
import io
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

from benchmarks import registry, results
from benchmarks.measure import PROJECT, MeasureError, end_with_children, measured
from benchmarks.ways import BIN, NOTEBOOKS

MODELS = ("second_cart", "klein_bmt")
WITH_EVENTS = 100_000  # patients up to which adverse events and blood counts are made as well
HERE = Path(__file__).parent
SAME = 1e-6  # relative difference from R that is none: printed with 12 digits, summed in another order

HOW = """\
Cohorts are those of benchmarks/registry.py, marked real so that all analyses run; up to {events:,} patients like
second_cart have adverse events and blood counts, larger ones patients only. Each notebook ran in a process of its own,
one at a time, on one thread: CPU seconds of its cells and page (imports are not counted), most memory of the process
(imports are), and the size of its page (of the collection, of all its files). The exponent is that of the time between
the two largest sizes: 1 is linear, 2 quadratic. The whole collection is `second-cart render` with two workers: seconds
on the clock and CPU seconds from start to end, and the memory of all its processes together (proportional set size,
looked at every half second).
"""


def cohort(model: str, patients: int, folder: Path) -> Path:
    """The cohort folder, made if it is not there."""
    out = folder / f"{model}_{patients}"
    if not out.exists():
        tables = registry.registry(PROJECT / "data" / model, patients)
        kept = {name: rows for name, rows in tables.items() if name == "patients.csv" or patients <= WITH_EVENTS}
        registry.write(PROJECT / "data" / model, kept, out, real=True)
    return out


def notebook_cost(notebook: Path, study: Path, folder: Path, timeout: float) -> dict:
    """What one notebook costs; `failed` says why it has no cost."""
    out = folder / "cost.json"
    command = [sys.executable, "-m", "benchmarks.one_notebook", str(notebook), str(study), str(out)]
    try:
        measured(command, folder / "log.txt", timeout=timeout)
    except MeasureError as error:
        return {"failed": str(error).splitlines()[-1][:200]}
    return json.loads(out.read_text(encoding="utf-8"))


def collection_cost(study: Path, out: Path, timeout: float) -> dict:
    """What `second-cart render` costs, with the memory of all its processes."""
    command = [str(BIN / "second-cart"), "render", str(study), "--out", str(out), "--timeout", f"{timeout:.0f}"]
    try:
        cost = measured(command, out.parent / "log.txt", timeout=timeout, watch_memory=True)
    except MeasureError as error:
        return {"failed": str(error).splitlines()[-1][:200]}
    files = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    return {"wall": cost.wall, "cpu": cost.cpu, "memory_mb": cost.memory / 2**20, "page_mb": files / 2**20}


def run(options: argparse.Namespace, folder: Path) -> pd.DataFrame:
    """Every notebook and the whole collection, on every cohort: one row for each."""
    rows = []
    for model in options.like:
        for patients in options.sizes:
            study = cohort(model, patients, options.cohorts or folder)
            for notebook in NOTEBOOKS:
                cost = notebook_cost(notebook, study, folder, options.timeout)
                rows.append({"model": model, "patients": patients, "what": notebook.stem, **cost})
                print(rows[-1], flush=True)
            cost = collection_cost(study, folder / f"out_{study.name}", options.timeout)
            rows.append({"model": model, "patients": patients, "what": "collection", **cost})
            print(rows[-1], flush=True)
    return pd.DataFrame(rows).reindex(
        columns=["model", "patients", "what", "wall", "cpu", "memory_mb", "page_mb", "failed"]
    )


def size_lines(rows: pd.DataFrame) -> list[str]:
    """A table for each model: notebook by size, CPU seconds, memory and page, with the exponent of the growth."""
    lines = []
    for model, measured_rows in rows.groupby("model", sort=False):
        sizes = sorted(measured_rows["patients"].unique())
        heads = " | ".join(f"{size:,}" for size in sizes)
        head = f"| CPU s, memory MB, page MB | {heads} | exponent |"
        lines += [f"### Like {model}", "", head, "|---" * (len(sizes) + 2) + "|"]
        for what, cells in measured_rows.set_index("patients").groupby("what", sort=False):
            texts = " | ".join(_cell(cells.loc[size]) for size in sizes)
            lines.append(f"| {what} | {texts} | {exponent(cells['cpu'])} |")
        lines.append("")
    return lines


def _cell(row: pd.Series) -> str:
    """One measurement in a few words."""
    if pd.notna(row["failed"]):
        return f"failed: {row['failed']}"
    wall = f" in {row['wall']:.0f} s" if row["what"] == "collection" else ""
    return f"{row['cpu']:.1f}{wall}, {row['memory_mb']:.0f}, {row['page_mb']:.1f}"


def exponent(cpu: pd.Series) -> str:
    """How the time grows with the size between the two largest sizes measured."""
    known = cpu.dropna().sort_index()
    if len(known) < 2:
        return ""
    (small, before), (large, after) = list(known.items())[-2:]
    return f"{math.log(after / before) / math.log(large / small):.2f}"


def against_r(model: str, study: Path, collection: Path) -> pd.DataFrame:
    """Estimates of overall survival beside those of R: name, ours, r, difference (relative), seconds in R."""
    command = ["Rscript", str(HERE / "direct.R"), str(study), model]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = pd.read_csv(io.StringIO(printed))
    found["ours"] = ours(pd.read_csv(collection / "estimates.csv", comment="#"))
    found["difference"] = (found["ours"] / found["value"] - 1).abs()
    return found


def ours(estimates: pd.DataFrame) -> list[float]:
    """The numbers that direct.R prints, in its order."""
    os = estimates[estimates["endpoint"].eq("os")]
    at = os[os["measure"].eq("survival") & os["group"].eq("All") & os["time_months"].eq(24) & os["analysis"].isna()]
    survival = at[at["notebook"].eq("04_survival")].iloc[0][["estimate", "ci_low", "ci_high"]].tolist()
    tests = os[os["method"].eq("Log-rank") & os["notebook"].eq("04_survival") & os["analysis"].isna()]
    arms = tests.loc[tests["comparison"].eq("arms") | tests["df"].gt(1), "statistic"].tolist()[:1]
    cox = os[os["method"].eq("Cox, Efron ties") & os["notebook"].eq("05_multivariate") & os["analysis"].isna()]
    return [*survival, *arms, *cox["estimate"]]


def r_lines(compared: pd.DataFrame) -> list[str]:
    """The comparison with R as a table; says how many numbers differ."""
    lines = ["| patients | number | ours | R | relative difference | seconds in R |", "|---" * 6 + "|"]
    for row in compared.itertuples():
        name = f"{row.model}: {row.name} ({row.number})"
        lines.append(
            f"| {row.patients:,} | {name} | {row.ours:.9g} | {row.value:.9g} | {row.difference:.1e} | {row.seconds} |"
        )
    differing = int((compared["difference"] > SAME).sum())
    return [*lines, "", f"{len(compared)} numbers compared; {differing} differ by more than {SAME:g} of their value."]


def report(rows: pd.DataFrame, compared: pd.DataFrame | None) -> str:
    """The page of results."""
    beside = r_lines(compared) if compared is not None else ["Not measured: R is missing, or no collection was made."]
    how = HOW.format(events=WITH_EVENTS)
    head = ["# Scale", "", "Written by `make scale`.", "", *results.facts(), "", how, "## Time against size", ""]
    return "\n".join([*head, *size_lines(rows), "## Against R", "", *beside, ""])


def main() -> None:
    """Measure; write SCALE.md and scale.csv."""
    options = _options()
    end_with_children()
    with tempfile.TemporaryDirectory(prefix="scale-") as name:
        folder = Path(name).resolve()
        rows = run(options, folder)
        compared = [
            against_r(row.model, cohort(row.model, row.patients, options.cohorts or folder), out).assign(
                model=row.model, patients=row.patients
            )
            for row in rows[rows["what"].eq("collection")].itertuples()
            if (out := folder / f"out_{row.model}_{row.patients}").exists() and row.patients == max(options.sizes)
        ]
    rows.round(3).to_csv(options.out / "scale.csv", index=False)
    text = report(rows, pd.concat(compared) if compared else None)
    (options.out / "SCALE.md").write_text(text, encoding="utf-8")
    print(text)


def _options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--like", nargs="+", default=list(MODELS), choices=MODELS)
    parser.add_argument("--sizes", nargs="+", type=int, default=[1000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--timeout", type=float, default=1800, help="seconds for a notebook, and for the collection")
    parser.add_argument("--cohorts", type=Path, help="folder of cohorts to keep or to use again")
    parser.add_argument("--out", type=Path, default=HERE, help="folder for SCALE.md and scale.csv")
    return parser.parse_args()


if __name__ == "__main__":
    main()
