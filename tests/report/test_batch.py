"""Batches: what is done is right and whole, what fails is named, and what was stopped goes on."""

import subprocess
import sys
import time
from functools import partial

import pytest
import toy_batch
from toys import code, files, write

from helpers.report import batch as module
from helpers.report.batch import render_batch
from helpers.report.batch_state import DONE, FAILED, MISSING, STALE, Ledger
from helpers.report.forked import CAN_FORK
from helpers.report.manifest import MARK, CollectionError, check_collection
from helpers.report.runs_table import BatchRun, share
from helpers.report.worker import RunFailure

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="tests define what their runs do")


@pytest.fixture
def ledger(tmp_path, notebooks):
    return Ledger(tmp_path / "out", sorted(notebooks.glob("*.ipynb")))


@pytest.fixture
def go(ledger, notebooks):
    """Render runs given as name -> what they do; the states by name."""

    def render(runs, workers=2):
        found = render_batch(runs, ledger, partial(toy_batch.render, notebooks=notebooks), workers=workers)
        return {state.run.name: state for state in found}

    return render


def table(cohort, **acts):
    return [BatchRun(name, cohort, {"subgroup": act} if act else {}) for name, act in acts.items()]


def test_of_200_runs_190_are_done_and_10_are_named(go, cohort, ledger):
    numbers = zip(range(7, 200, 20), ["fail", "leave", "die", "err", "refuse"] * 2, strict=True)
    bad = {f"run{number:03d}": act for number, act in numbers}
    runs = table(cohort, **{f"run{number:03d}": bad.get(f"run{number:03d}", "") for number in range(200)})
    states = go(runs)
    assert [name for name, state in states.items() if state.state == FAILED] == sorted(bad)
    for name in states.keys() - bad.keys():
        check_collection(ledger.out / name, name)
        assert (ledger.out / name / MARK).is_file()
        assert states[name].state == DONE
    assert {path.name for path in ledger.out.iterdir()} == states.keys() - bad.keys() | {".failures"}
    said = {bad[name]: [str(each.message) for each in states[name].failures] for name in bad}
    assert said == {
        "fail": ["ZeroDivisionError", "KeyError"],
        "leave": ["its process left with exit status 3"],
        "die": ["its process was killed (SIGKILL); is there enough memory?"],
        "err": ["it stopped with ValueError in toy_batch.py, line 59"],
        "refuse": ["toy: 2 faults found.\n- patients.csv: not a number. Write one.\n- patients.csv: empty. Fill."],
    }


def test_what_is_done_and_unchanged_is_not_repeated(go, cohort, ledger, notebooks):
    runs = table(cohort, a="", b="x")
    go(runs)
    before = files(ledger.out)
    (ledger.out / "a" / MARK).touch()
    times = [(ledger.out / name).stat().st_ino for name in "ab"]
    assert {state.state for state in go(runs).values()} == {DONE}
    assert [(ledger.out / name).stat().st_ino for name in "ab"] == times
    assert files(ledger.out) == before


def change_data(cohort, notebooks, run):
    (cohort / "patients.csv").write_text("patient_id,arm,last_contact_day,death_day\nP-0001,single,91,\n")


def change_study(cohort, notebooks, run):
    with (cohort / "study.toml").open("a") as file:
        file.write("# remark\n")


def change_notebook(cohort, notebooks, run):
    write(notebooks, "01_x", [code('study: str = ""\nsubgroup: str = "" # more', tags=["parameters"])])


CHANGES = {
    "data": change_data,
    "notebooks": change_notebook,
    "parameters": lambda cohort, notebooks, run: run.parameters.update(subgroup="y"),
}


@pytest.mark.parametrize("part", CHANGES)
def test_a_change_of_an_input_is_told_and_rendered(go, cohort, ledger, notebooks, part):
    runs = table(cohort, a="x")
    go(runs)
    CHANGES[part](cohort, notebooks, runs[0])
    later = Ledger(ledger.out, ledger.notebooks)
    assert (later.state(runs[0]).state, later.state(runs[0]).reason) == (STALE, f"changed since: {part}")


def test_an_output_stored_in_a_notebook_and_a_remark_elsewhere_change_nothing(go, cohort, ledger, notebooks):
    runs = table(cohort, a="")
    go(runs)
    (cohort / "letter.txt").write_text("not read")
    text = (notebooks / "01_x.ipynb").read_text()
    (notebooks / "01_x.ipynb").write_text(text.replace('"execution_count": null', '"execution_count": 7'))
    assert "7" in (notebooks / "01_x.ipynb").read_text()
    assert Ledger(ledger.out, ledger.notebooks).state(runs[0]).state == DONE


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda folder: (folder / "index.html").unlink(), "index.html is missing"),
        (lambda folder: (folder / "estimates.csv").write_text(""), "estimates.csv was changed after the run"),
        (lambda folder: (folder / MARK).write_text("{}"), f"a holds a {MARK} of another tool or an earlier version"),
    ],
)
def test_a_collection_that_is_not_whole_is_not_done(go, cohort, ledger, damage, reason):
    runs = table(cohort, a="")
    go(runs)
    damage(ledger.out / "a")
    state = ledger.state(runs[0])
    assert (state.state, state.reason.startswith(reason)) == (STALE, True)


def test_what_is_missing_is_made_again_and_what_the_user_changed_is_the_users(go, cohort, ledger):
    runs = table(cohort, a="", b="")
    go(runs)
    (ledger.out / "a" / "index.html").unlink()
    (ledger.out / "b" / "index.html").write_text("corrected by hand")
    states = go(runs)
    assert (states["a"].state, states["b"].state) == (DONE, FAILED)
    assert "b holds what was changed after the run: index.html; move it away" in states["b"].failures[0].message
    assert (ledger.out / "b" / "index.html").read_text() == "corrected by hand"


def test_a_failure_is_remembered_until_its_inputs_change(go, cohort, ledger):
    runs = table(cohort, a="fail", b="")
    assert ledger.state(runs[0]).state == MISSING
    go(runs)
    state = Ledger(ledger.out, ledger.notebooks).state(runs[0])
    assert state.state == FAILED
    assert state.reason == "04_x.ipynb, cell 7, section 'Curves': ZeroDivisionError; 05_x.ipynb, cell 1: KeyError"
    change_data(cohort, None, None)
    assert Ledger(ledger.out, ledger.notebooks).state(runs[0]).state == MISSING
    (ledger.out / ".failures" / "a.json").write_text("[")
    assert ledger.state(runs[0]).state == MISSING


def test_a_failure_of_data_that_were_edited_meanwhile_is_remembered_as_theirs(cohort, ledger):
    (run,) = table(cohort, a="")
    ledger.out.mkdir()
    assert ledger.state(run).state == MISSING
    (cohort / "patients.csv").write_text("edited\n")
    ledger.record(run, [RunFailure("", 0, "", "no such column")])
    assert Ledger(ledger.out, ledger.notebooks).state(run).state == FAILED


def test_a_failed_run_is_tried_again(go, cohort, ledger, monkeypatch):
    runs = table(cohort, a="fail")
    go(runs)
    monkeypatch.setitem(toy_batch.ACTS, "fail", bool)
    assert go(runs)["a"].state == DONE
    assert list((ledger.out / ".failures").iterdir()) == []


def test_a_study_that_cannot_be_read_fails_alone(go, cohort, toy_folder):
    (cohort / "study.toml").write_text("title = 1")
    states = go([*table(cohort, a=""), *table(toy_folder, b="")])
    assert [states[name].state for name in "ab"] == [FAILED, DONE]
    assert "study.toml" in states["a"].failures[0].message


@pytest.mark.parametrize("count", [1, 3, 8, 20])
def test_the_shares_of_a_table_are_all_of_it_and_alike(cohort, count):
    runs = table(cohort, **{f"r{number}": "" for number in range(17)})
    shares = [share(runs, number, count) for number in range(1, count + 1)]
    assert sorted(run.name for each in shares for run in each) == sorted(run.name for run in runs)
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
    assert shares[0] == share([*runs, *table(cohort, late="")][:17], 1, count)


LOCKED = """
import fcntl, os, sys, time
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("locked", flush=True)
time.sleep(1.5)
os.unlink(sys.argv[1])
"""


def test_a_run_that_another_command_writes_is_waited_for(go, cohort, ledger, monkeypatch):
    monkeypatch.setattr(module, "SECONDS_TO_WAIT", 0.05)
    ledger.out.mkdir()
    other = subprocess.Popen([sys.executable, "-c", LOCKED, str(ledger.out / ".a.lock")], stdout=subprocess.PIPE)
    other.stdout.readline()
    began = time.monotonic()
    states = go(table(cohort, a="", b=""))
    assert time.monotonic() - began > 1
    assert [state.state for state in states.values()] == [DONE, DONE]
    other.communicate()


@pytest.mark.parametrize("place", [".", "reports"])
def test_nothing_is_written_into_the_folder_of_a_cohort(go, cohort, ledger, place):
    before = files(cohort)
    ledger.out = cohort / place
    with pytest.raises(CollectionError, match="is or lies in the folder of a cohort"):
        go(table(cohort, a=""))
    assert files(cohort) == before
