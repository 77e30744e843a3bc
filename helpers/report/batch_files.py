"""What a batch writes beside its collections: one page over all runs, all of their estimates, and what failed."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from helpers.report.batch_state import DONE, FAILED, State
from helpers.report.manifest import CollectionError
from helpers.report.private import claimed_folder
from helpers.report.safe_csv import neutral
from helpers.report.target import in_words
from helpers.report.whole import write_text
from helpers.stats.estimates import COLUMNS, NUMBER_COLUMNS

PAGE, ESTIMATES, FAILURES = "index.html", "estimates.parquet", "failures.csv"
FAILURE_COLUMNS = ("run", "study", "notebook", "cell", "section", "message")
OURS = b"second-cart batch"  # what tells a file that a batch wrote
TYPES = {name: pa.float64() if name in NUMBER_COLUMNS else pa.string() for name in COLUMNS}
TYPES |= {"notebook": pa.string(), "data": pa.string()}
SCHEMA = pa.schema({"run": pa.string(), **TYPES}, metadata={b"written by": OURS})


def check_files(out: Path) -> None:
    """Raise CollectionError when a folder holds files of these names that no batch wrote."""
    signs = {
        PAGE: lambda path: path.read_bytes().rstrip().endswith(b"<!-- " + OURS + b" -->"),
        ESTIMATES: lambda path: (pq.read_schema(path).metadata or {}).get(b"written by") == OURS,
        FAILURES: lambda path: path.read_bytes().startswith(",".join(FAILURE_COLUMNS).encode()),
    }
    foreign = [name for name, sign in signs.items() if (out / name).exists() and not _holds(sign, out / name)]
    if foreign:
        problem = f"{out.name} holds what no batch wrote: {', '.join(foreign)}"
        raise CollectionError(f"{problem}; move it away or name another folder")


def _holds(sign: Callable[[Path], bool], path: Path) -> bool:
    """Tell whether a file has a sign."""
    try:
        return sign(path)
    except (OSError, pa.ArrowException):
        return False


def write_failures(out: Path, states: Sequence[State]) -> None:
    """Write every failure of every run, one a row; without a failure the header only."""
    names = study_names(states)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(FAILURE_COLUMNS)
    for state in states:
        for failure in state.failures:
            place = failure.notebook, failure.cell or "", failure.section, failure.message
            writer.writerow([state.run.name, *map(neutral, (names[state.run.study], *place))])
    _replace(out, FAILURES, lambda path: write_text(path, buffer.getvalue()))


def write_estimates(out: Path, states: Sequence[State]) -> None:
    """Write the estimates of all runs that are done, one run in memory at a time: `run`, then as in estimates.csv."""

    def write(path: Path) -> None:
        with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
            for state in states:
                if state.state == DONE:
                    writer.write_table(_estimates(state.run.name, out / state.run.name / "estimates.csv"))

    _replace(out, ESTIMATES, write)


def write_page(out: Path, states: Sequence[State], page: Callable[[pd.DataFrame, pd.DataFrame], str]) -> Path:
    """Write the page over all runs, made from their table and from the estimates written before; return its path."""
    text = page(runs_table(states), pd.read_parquet(out / ESTIMATES))
    _replace(out, PAGE, lambda path: write_text(path, f"{text.rstrip()}\n<!-- {OURS.decode()} -->\n"))
    return out / PAGE


def runs_table(states: Sequence[State]) -> pd.DataFrame:
    """One row a run: name, study, title, status, synthetic, patients, seconds, its first failure, and a link."""
    names = study_names(states)
    return pd.DataFrame([{"name": state.run.name, "study": names[state.run.study], **_row(state)} for state in states])


def _row(state: State) -> Mapping[str, object]:
    """What a table says of one run."""
    facts, study = state.facts, state.facts.get("study", {})
    failure = state.failures[0] if state.failures else None
    return {
        "title": study.get("title", ""),
        "status": state.state if state.state in (DONE, FAILED) else "not yet",
        "synthetic": study.get("synthetic", False),
        "patients": facts.get("patients", float("nan")),
        "seconds": facts.get("seconds", float("nan")),
        "notebook": failure.notebook if failure else "",
        "cell": failure.cell if failure else 0,
        "message": failure.message if failure else "",
        "href": f"{state.run.name}/index.html" if state.state == DONE else "",
    }


def study_names(states: Sequence[State]) -> dict[Path, str]:
    """A name for each cohort folder, as short as tells them apart: the last parts of its path."""
    folders = {state.run.study for state in states}
    for parts in count(1):
        names = {folder: "/".join(folder.parts[-parts:]) for folder in folders}
        if len(set(names.values())) == len(folders):
            return names
    raise AssertionError  # folders differ


def _estimates(run: str, path: Path) -> pa.Table:
    """The estimates of one collection."""
    options = pa.csv.ConvertOptions(column_types=TYPES, include_columns=list(TYPES), strings_can_be_null=False)
    quoted = pa.csv.ParseOptions(newlines_in_values=True)
    rows = pa.csv.read_csv(path, pa.csv.ReadOptions(use_threads=False), quoted, options)
    return rows.add_column(0, "run", pa.repeat(run, len(rows))).cast(SCHEMA)


def _replace(out: Path, name: str, write: Callable[[Path], object]) -> None:
    """Write a file of a batch's folder, whole or not at all."""
    with in_words(name), claimed_folder(out, f".{name}.new") as staging:
        write(staging / name)
        (staging / name).replace(out / name)
