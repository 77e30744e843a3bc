from pathlib import Path

import pandas as pd
import pytest
from toys import ESTIMATE

from helpers.report import batch_files
from helpers.report.batch_files import check_files, runs_table, study_names, write_estimates, write_failures, write_page
from helpers.report.batch_state import DONE, FAILED, State
from helpers.report.manifest import CollectionError
from helpers.report.runs_table import BatchRun
from helpers.report.safe_csv import csv_text
from helpers.report.worker import RunFailure
from helpers.stats.estimates import COLUMNS, NUMBER_COLUMNS


@pytest.fixture
def states(tmp_path):
    """Three runs: one done with an estimate, one done without any, one failed."""
    facts = {"study": {"title": "T", "synthetic": True}, "patients": 35, "seconds": 1.5}
    for name, rows in {"a": [ESTIMATE | {"note": 'two\nlines, "quoted"', "group": "=1+1"}], "b": []}.items():
        (tmp_path / name).mkdir()
        cells = [[*(row.get(column) for column in COLUMNS), "01_x"] for row in rows]
        (tmp_path / name / "estimates.csv").write_text(csv_text([*COLUMNS, "notebook"], cells, synthetic=True))
    failures = [RunFailure("04_x", 7, "Curves", "KeyError"), RunFailure("", 0, "", "=cmd\nmore")]
    runs = [BatchRun(name, Path("/x") / study / "cohort") for name, study in {"a": "s", "b": "t", "c": "=s"}.items()]
    return [
        State(runs[0], DONE, facts=facts),
        State(runs[1], DONE, facts=facts),
        State(runs[2], FAILED, failures=failures),
    ]


def test_all_estimates_stand_in_one_file_with_the_run_first(tmp_path, states):
    write_estimates(tmp_path, states)
    found = pd.read_parquet(tmp_path / "estimates.parquet")
    assert list(found) == ["run", *COLUMNS, "notebook", "data"]
    (row,) = found.to_dict("records")
    given = {"run": "a", "estimate": ESTIMATE["estimate"], "n": 14.0, "note": 'two\nlines, "quoted"', "group": "'=1+1"}
    assert given.items() <= row.items()
    assert {row[name] for name in ("id", "term", "reference")} == {""}
    assert pd.isna(row["p"])


def test_the_types_are_those_of_a_table_even_without_a_row(tmp_path, states):
    write_estimates(tmp_path, [])
    types = pd.read_parquet(tmp_path / "estimates.parquet").dtypes.astype(str)
    assert {name for name, kind in types.items() if kind == "float64"} == set(NUMBER_COLUMNS)
    assert set(types) == {"float64", "object"}


def test_a_run_is_one_row(states):
    table = runs_table(states)
    assert list(table["status"]) == ["done", "done", "failed"]
    assert list(table["study"]) == ["s/cohort", "t/cohort", "=s/cohort"]
    assert list(table["href"]) == ["a/index.html", "b/index.html", ""]
    assert table.loc[2, ["notebook", "cell", "message"]].tolist() == ["04_x", 7, "KeyError"]
    assert list(runs_table([State(states[0].run, "missing")])["status"]) == ["not yet"]


def test_a_study_is_called_by_as_little_of_its_path_as_tells_it_apart(states):
    assert set(study_names(states[:1]).values()) == {"cohort"}
    assert set(study_names(states).values()) == {"s/cohort", "t/cohort", "=s/cohort"}


def test_every_failure_has_a_row_that_no_spreadsheet_runs(tmp_path, states):
    write_failures(tmp_path, states)
    rows = pd.read_csv(tmp_path / "failures.csv", keep_default_na=False, dtype=str).to_numpy().tolist()
    assert rows == [
        ["c", "'=s/cohort", "04_x", "7", "Curves", "KeyError"],
        ["c", "'=s/cohort", "", "", "", "'=cmd\nmore"],
    ]


def test_what_a_batch_wrote_it_may_replace(tmp_path, states):
    write_failures(tmp_path, [])
    write_estimates(tmp_path, states)
    page = write_page(tmp_path, states, lambda runs, estimates: f"{len(runs)} runs, {len(estimates)} estimates")
    assert page.read_text().startswith("3 runs, 1 estimates\n")
    check_files(tmp_path)
    for name in (batch_files.PAGE, batch_files.ESTIMATES, batch_files.FAILURES):
        mine = tmp_path / name
        kept = mine.read_bytes()
        mine.write_text("years of work")
        with pytest.raises(CollectionError, match=f"holds what no batch wrote: {name}; move it away"):
            check_files(tmp_path)
        mine.write_bytes(kept)
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b", "index.html", "estimates.parquet", "failures.csv"}
