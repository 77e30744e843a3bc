"""The command batch: what it says and writes, and how it is shared, stopped, killed and started again."""

import csv
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from importlib import import_module

import psutil
import pytest
import toy_batch
from toys import files, wait_for

from helpers.report.forked import CAN_FORK
from helpers.report.manifest import MARK
from helpers.report.warm import warm, warm_files

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="tests define what their runs do")


@pytest.fixture(scope="module", autouse=True)
def warmed():
    """Commands, forked from this process, that find done what each would do first."""
    import_module("helpers.report.batch_command")
    warm([])
    warm_files([])


class Command:
    """`second-cart batch` in a process forked from this one; it and all it starts have one working folder."""

    def __init__(self, folder, notebooks, words, pause):
        self.temporary, self.folder = folder / "tmp", folder / f"working{len(list(folder.iterdir()))}"
        self.temporary.mkdir(exist_ok=True)
        self.folder.mkdir()
        words = ["batch", str(folder / "runs.csv"), "--out", str(folder / "out"), *words]
        self.process = os.fork()
        if not self.process:
            sys.stdout, sys.stderr = (open(self.folder / name, "w") for name in ("out", "err"))  # noqa: SIM115
            tempfile.tempdir = str(self.temporary)
            os.chdir(self.folder)
            os.setsid()
            toy_batch.main(notebooks, words, pause)

    def ended(self):
        """Whether the command has ended, without waiting for it."""
        return os.waitid(os.P_PID, self.process, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None

    def end(self):
        """Its exit status and what it said; nothing of it is alive."""
        status = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        deadline = time.monotonic() + 3
        while self.alive() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert self.alive() == []
        return status, *((self.folder / name).read_text() for name in ("out", "err"))

    def alive(self):
        """The processes that live in its working folder."""
        found = psutil.process_iter(["cwd", "status"])
        mine = [each for each in found if each.info["cwd"] == str(self.folder)]
        return [each for each in mine if each.info["status"] != psutil.STATUS_ZOMBIE]


@pytest.fixture
def command(tmp_path, notebooks, cohort):
    """Start a batch on a table of name -> what it does."""
    started = []

    def start(*words, acts=None, pause=0.0):
        if acts is not None:
            lines = ["name,study,subgroup", *(f"{name},{cohort},{act}" for name, act in acts.items())]
            (tmp_path / "runs.csv").write_text("\n".join(lines))
        started.append(Command(tmp_path, notebooks, words, pause))
        return started[-1]

    yield start
    for each in started:
        for process in each.alive():
            process.kill()


SUMMARY = ["index.html", "estimates.parquet", "failures.csv"]
TEN = {f"r{number}": "" for number in range(10)}


def test_the_command_names_what_failed_and_its_files_hold_the_rest(command, tmp_path):
    status, out, said = command(acts={"a": "", "b": "fail", "c": "x"}).end()
    assert (status, out) == (1, "")
    assert said.splitlines()[-4:] == [
        "2 of 3 runs done, 1 failed:",
        "  b: 04_x.ipynb, cell 7, section 'Curves': ZeroDivisionError",
        "  b: 05_x.ipynb, cell 1: KeyError",
        f"Page over all runs: {tmp_path / 'out' / 'index.html'}",
    ]
    with (tmp_path / "out" / "failures.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[1:] == [
        ["b", "cohort", "04_x", "7", "Curves", "ZeroDivisionError"],
        ["b", "cohort", "05_x", "1", "", "KeyError"],
    ]
    (tmp_path / "out" / "old").mkdir()
    shutil.copytree(tmp_path / "out" / "a", tmp_path / "out" / "old", dirs_exist_ok=True)
    status, out, _ = command("--status").end()
    assert status == 0
    assert [line.split()[:2] for line in out.splitlines()[:3]] == [["a", "done"], ["b", "failed"], ["c", "done"]]
    assert out.splitlines()[3:] == ["Not in the table, and left alone: old", "2 done, 1 failed"]


def test_shares_together_are_the_whole_and_write_nothing_else(command, tmp_path):
    first, second = command("--chunk", "1/2", acts=TEN, pause=0.1), command("--chunk", "2/2", pause=0.1)
    assert [each.end()[0] for each in (first, second)] == [0, 0]
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(TEN)
    shares = files(tmp_path / "out")
    assert command().end()[0] == 0
    whole = files(tmp_path / "out")
    assert {name: whole[name] for name in shares} == shares
    assert whole.keys() - shares.keys() == set(SUMMARY)


def test_two_commands_at_once_share_the_work(command, tmp_path):
    both = [command(acts=TEN, pause=0.2), command(pause=0.2)]
    assert [each.end()[0] for each in both] == [0, 0]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *TEN,
        "index.html",
        "estimates.parquet",
        "failures.csv",
    }


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"])
def test_a_signal_keeps_what_is_done_and_leaves_nothing_else(command, tmp_path, number, status):
    started = command("--workers", "2", acts=TEN | {"s": "sleep", "t": "sleep"})
    wait_for(partial(has_done, tmp_path, 10))
    began = time.monotonic()
    os.kill(started.process, number)
    ended, _, said = started.end()
    assert ended == status
    assert said.splitlines()[-1] == "Stopped; 10 of 12 runs done. The same command goes on from there."
    assert time.monotonic() - began < 5
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(TEN)
    assert list(started.temporary.iterdir()) == []


def test_a_batch_killed_at_any_moment_goes_on_to_the_same_files(command, tmp_path):
    assert command(acts=TEN).end()[0] == 0
    expected = files(tmp_path / "out")
    shutil.rmtree(tmp_path / "out")
    moments = random.Random(11)
    for number in range(4):
        started = command("--workers", "2", acts=TEN, pause=0.05)
        wait_for(partial(has_done, tmp_path, 2 * number))
        time.sleep(moments.uniform(0, 0.1))
        os.kill(started.process, signal.SIGKILL)
        started.end()
    assert command().end()[0] == 0
    assert files(tmp_path / "out") == expected
    assert list((tmp_path / "tmp").iterdir()) == []


def has_done(folder, number):
    """Tell whether so many collections are there."""
    return len(list((folder / "out").glob(f"*/{MARK}"))) >= number


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 2 MB as the folder out."""
    (tmp_path / "out").mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(tmp_path / "out")]
    mounted = subprocess.run(words, capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("only root can make a small disk")
    yield tmp_path / "out"
    subprocess.run(["umount", str(tmp_path / "out")], check=True)


def test_a_full_disk_fails_in_words_and_the_same_command_goes_on(command, small_disk, tmp_path):
    started = command("--workers", "1", acts={"a": "", "b": "full", "c": ""})
    status, _, said = started.end()
    assert status == 1
    assert "1 of 3 runs done, 2 failed:\n  b: a file: No space left on device. Look at the rights of the file" in said
    assert " cannot be written: No space left on device. Free some space" in said.splitlines()[-1]
    assert {path.name for path in small_disk.iterdir()} <= {"a", "ballast", ".failures", "failures.csv"}
    (small_disk / "ballast").unlink()
    assert command(acts={"a": "", "b": "", "c": ""}).end()[0] == 0


@pytest.mark.parametrize("words", ["--chunk 3/2", "--chunk x", "--workers 0", "--estimate", "--estimate os"])
def test_wrong_words_are_wrong_usage(command, words):
    assert command(*words.split(), acts=TEN).end()[0] == 2


def test_an_estimate_that_no_run_has_is_named_and_all_else_is_written(command, tmp_path):
    status, _, said = command("--estimate", "survival-00000000", acts={"a": "", "b": ""}).end()
    assert status == 1
    assert "no run has an estimate with the id 'survival-00000000'" in said
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"a", "b", *SUMMARY}


def test_to_say_what_has_become_of_runs_imports_no_analysis(command, tmp_path, cohort):
    (tmp_path / "runs.csv").write_text(f"name,study\na,{cohort}\n")
    words = ["batch", str(tmp_path / "runs.csv"), "--out", str(tmp_path / "out"), "--status"]
    code = f"import sys; from helpers import cli; cli.main({words}, standalone_mode=False); print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.startswith("a  missing")
    assert not {"numpy", "pandas", "scipy", "matplotlib"} & set(out.split())


def test_a_table_at_fault_runs_nothing(command, tmp_path):
    status, out, said = command(acts={"a": "", "A": "", "b/c": ""}).end()
    assert (status, out) == (2, "")
    assert "rows 2, 3, name" in said
    assert "row 4, name" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", SUMMARY)
def test_a_file_that_no_batch_wrote_is_refused_at_once(command, tmp_path, name):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text("years of work")
    status, _, said = command(acts=TEN).end()
    assert status == 2
    assert f"out holds what no batch wrote: {name}" in said
    assert [path.name for path in (tmp_path / "out").iterdir()] == [name]


def test_a_centre_whose_folder_is_missing_fails_alone(command, cohort, tmp_path):
    (tmp_path / "runs.csv").write_text(f"name,study\na,{cohort}\nb,nowhere\nd,a\0b\nc,{cohort}\n")
    status, _, said = command().end()
    assert status == 1
    assert "2 of 4 runs done, 2 failed:\n  b: study: no cohort folder nowhere. There are: data/" in said
    assert command("--status").end()[1].splitlines()[1].startswith("b  failed   study: no cohort folder nowhere.")
