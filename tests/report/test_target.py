import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from helpers.report import private, target
from helpers.report.manifest import MARK, CollectionError, check_collection, manifest
from helpers.report.target import OutputError, check_place, replacing
from helpers.study import PROJECT_ROOT

FACTS = {"study": {"key": "toy"}, "code": {"commit": "1"}, "notebooks": []}
PARTS = 20
WRITE = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from test_target import fill, target, replacing, check_collection
if sys.argv[4] == "two renames":
    target.exchange = lambda *_: False
print("ready", flush=True)
number = int(sys.argv[2])
while True:
    number += 1
    with replacing(Path(sys.argv[1]), check_collection) as fresh:
        fill(fresh, str(number))
    if sys.argv[4] == "once":
        break
"""


def fill(folder: Path, words: str) -> Path:
    """Write a collection of many files that all hold the same words."""
    (folder / "tables").mkdir(parents=True)
    for number in range(PARTS):
        (folder / "tables" / f"{number}.csv").write_text(words)
    (folder / "index.html").write_text(words)
    (folder / MARK).write_text(manifest(folder, FACTS))
    return folder


def state(folder: Path) -> str:
    """The words of a collection; "partial" when it is not whole, "missing" when there is none."""
    if not folder.exists():
        return "missing"
    words = {path.read_text() for path in folder.rglob("*") if path.is_file() and path.name != MARK}
    listed = json.loads((folder / MARK).read_text())["files"] if (folder / MARK).is_file() else {}
    return words.pop() if len(words) == 1 and len(listed) == PARTS + 1 else "partial"


def render(folder: Path, words: str = "new") -> None:
    with replacing(folder, check_collection) as fresh:
        fill(fresh, words)


def fail(folder: Path) -> None:
    with pytest.raises(ZeroDivisionError), replacing(folder, check_collection):
        raise ZeroDivisionError


def two_renames(monkeypatch, how):
    if how == "two renames":
        monkeypatch.setattr(target, "exchange", lambda *_: False)


@pytest.fixture
def mine(tmp_path):
    return fill(tmp_path / "mine", "old")


both = pytest.mark.parametrize("how", ["exchange", "two renames"])


@both
def test_a_collection_replaces_all_of_the_previous_one(mine, how, monkeypatch):
    two_renames(monkeypatch, how)
    render(mine)
    assert state(mine) == "new"
    assert os.listdir(mine.parent) == ["mine"]


@both
def test_a_run_that_fails_changes_nothing(mine, how, monkeypatch):
    two_renames(monkeypatch, how)
    fail(mine)
    assert state(mine) == "old"
    assert os.listdir(mine.parent) == ["mine"]


def test_a_run_that_fails_makes_no_folder(tmp_path):
    fail(tmp_path / "a" / "b" / "mine")
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems may exchange folders or not")
def test_there_is_no_moment_without_a_target_where_the_system_can_exchange(mine, monkeypatch):
    monkeypatch.setattr(Path, "rename", None)
    render(mine)
    assert state(mine) == "new"


def test_an_exchange_that_is_not_possible_changes_nothing(mine):
    assert not target.exchange(mine, mine.parent / "missing")
    assert state(mine) == "old"


def test_rights_of_the_folder_are_kept(mine):
    mine.chmod(0o750)
    render(mine)
    assert mine.stat().st_mode & 0o777 == 0o750


def test_a_link_stays_and_its_folder_is_replaced(mine, tmp_path):
    (tmp_path / "link").symlink_to("mine")
    (tmp_path / "dangling").symlink_to("later")
    render(tmp_path / "link")
    render(tmp_path / "dangling")
    assert (tmp_path / "link").is_symlink()
    assert (state(mine), state(tmp_path / "later")) == ("new", "new")
    assert sorted(os.listdir(tmp_path)) == ["dangling", "later", "link", "mine"]


def test_foreign_files_are_refused_before_the_run(mine):
    (mine / "thesis.docx").write_text("years")
    entered = []
    words = r"mine holds what no run wrote: thesis\.docx"
    with pytest.raises(CollectionError, match=words), replacing(mine, check_collection):
        entered.append(True)
    assert not entered
    assert (mine / "thesis.docx").read_text() == "years"
    assert os.listdir(mine.parent) == ["mine"]


def test_a_file_added_during_the_run_is_not_lost(mine):
    words = "mine holds what no run wrote: notes"
    with pytest.raises(CollectionError, match=words), replacing(mine, check_collection):
        (mine / "notes").write_text("years")
    assert (mine / "notes").read_text() == "years"
    assert os.listdir(mine.parent) == ["mine"]


@both
def test_a_file_added_at_the_last_moment_is_not_lost(mine, how, monkeypatch):
    two_renames(monkeypatch, how)
    asked = []

    def check(folder, name):
        asked.append(name)
        if len(asked) == 3:  # after the exchange or the first rename
            (folder / "notes").write_text("years")
        check_collection(folder, name)

    words = "mine holds what no run wrote: notes"
    with pytest.raises(CollectionError, match=words), replacing(mine, check) as fresh:
        fill(fresh, "new")
    assert (mine / "notes").read_text() == "years"
    assert os.listdir(mine.parent) == ["mine"]


NEIGHBOURS = (".mine.backup-20240101", ".mine.old-20240101", ".mine.new-1", ".mine.new-1-abcdefgh", ".mine.old-x", "a")


def test_neighbours_are_never_touched(mine, tmp_path):
    for name in NEIGHBOURS:
        (tmp_path / name).mkdir()
        (tmp_path / name / "thesis.docx").write_text("years")
    (tmp_path / ".mine.old-7").write_text("a file")
    render(mine)
    fail(mine)
    mine.rename(tmp_path / "elsewhere")
    render(mine)
    assert sorted(os.listdir(tmp_path)) == sorted([*NEIGHBOURS, ".mine.old-7", "elsewhere", "mine"])
    assert {(tmp_path / name / "thesis.docx").read_text() for name in NEIGHBOURS} == {"years"}


def test_a_backup_of_the_users_own_is_not_taken_for_a_leftover(mine, tmp_path):
    backups = [".mine.old-20240101", ".mine.backup-1", ".mine.old-x"]
    for name in backups:
        fill(tmp_path / name, "backup")
    mine.rename(tmp_path / "elsewhere")
    fail(mine)
    assert not mine.exists()
    render(mine)
    assert {state(tmp_path / name) for name in backups} == {"backup"}


@pytest.mark.parametrize("name", [".mine.old-99999", ".mine.old-99999-abcdefgh"])
def test_an_interrupted_swap_is_repaired_before_the_next_run_fails(mine, name):
    mine.rename(mine.with_name(name))
    fail(mine)
    assert state(mine) == "old"
    assert os.listdir(mine.parent) == ["mine"]


def test_a_repair_does_not_need_a_run_that_may_start(mine, tmp_path):
    """The folder comes back although the user has changed a file in it, so that the run is refused."""
    left_by_a_kill(mine, "renamed away")
    (aside,) = tmp_path.glob(".mine.old-*")
    (aside / "index.html").write_text("by hand")
    with pytest.raises(CollectionError, match="changed after the run"):
        render(mine)
    assert (mine / "index.html").read_text() == "by hand"
    assert os.listdir(tmp_path) == ["mine"]


KILL = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_target import fill, target, replacing, check_collection
target.exchange = lambda *_: False
rename, left = Path.rename, {"renamed away": 1, "renamed": 2, "written": 0}[sys.argv[3]]
def counted(path, goal):
    global left
    if left == 0:
        os.kill(os.getpid(), 9)
    left -= 1
    return rename(path, goal)
Path.rename = counted
with replacing(Path(sys.argv[1]), check_collection) as fresh:
    fill(fresh, "new")
"""


def left_by_a_kill(folder, moment):
    command = [sys.executable, "-c", KILL, str(folder), str(Path(__file__).parent), moment]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL


@pytest.mark.parametrize(("moment", "words"), [("written", "old"), ("renamed away", "old"), ("renamed", "new")])
def test_a_kill_at_each_step_leaves_old_or_new_and_the_next_run_leaves_nothing_beside(mine, moment, words):
    left_by_a_kill(mine, moment)
    assert len(os.listdir(mine.parent)) > 1
    fail(mine)
    assert state(mine) == words
    assert os.listdir(mine.parent) == ["mine"]


@both
def test_kills_at_any_moment_leave_old_or_new(mine, how):
    generator = random.Random(20240501)
    for attempt in range(4):
        command = [sys.executable, "-c", WRITE, str(mine), str(attempt * 1000), str(Path(__file__).parent), how]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            time.sleep(generator.uniform(0.01, 0.1))
            process.kill()
        fail(mine)
        assert state(mine) not in ("missing", "partial")
        assert os.listdir(mine.parent) == ["mine"]


def test_a_second_run_into_the_folder_is_refused_at_once(mine):
    with replacing(mine, check_collection) as fresh:
        fill(fresh, "new")
        command = [sys.executable, "-c", WRITE, str(mine), "0", str(Path(__file__).parent), "once"]
        second = subprocess.run(command, capture_output=True, text=True, check=False)
        with pytest.raises(OutputError, match="another run is writing mine; wait until it has ended or name another"):
            render(mine)
    assert "BusyError: another run is writing mine" in second.stderr
    assert state(mine) == "new"
    assert os.listdir(mine.parent) == ["mine"]


def test_where_there_are_no_locks_runs_are_not_held_up(mine, monkeypatch):
    def unsupported(*_):
        raise OSError(errno.EOPNOTSUPP, "not supported")

    monkeypatch.setattr(private.fcntl, "flock", unsupported)
    render(mine)
    assert state(mine) == "new"
    assert os.listdir(mine.parent) == ["mine"]


def test_a_file_that_is_called_like_the_lock_is_kept(mine):
    (mine.parent / ".mine.lock").write_text("the user's")
    render(mine)
    assert (mine.parent / ".mine.lock").read_text() == "the user's"


def test_a_folder_of_another_machine_stays_and_does_no_harm(mine, tmp_path):
    left_by_a_kill(mine, "written")
    (own,) = tmp_path.glob(".mine.new-*")
    marker = own / private.MARKER
    marker.write_text(json.dumps(json.loads(marker.read_text()) | {"machine": ["another"]}))
    render(mine)
    assert state(mine) == "new"
    assert sorted(os.listdir(tmp_path)) == sorted([own.name, "mine"])


def place(tmp_path, name):
    """A place that is none for output, by name."""
    cohort = tmp_path / "cohort"
    (cohort / "in").mkdir(parents=True)
    (tmp_path / "file").write_text("x")
    reports = fill(tmp_path / "reports", "old")
    return {
        "root": Path("/"),
        "home": Path.home(),
        "cohort": cohort,
        "in cohort": cohort / "in" / "out",
        "above cohort": tmp_path,
        "file": tmp_path / "file",
        "project": PROJECT_ROOT,
        "above project": PROJECT_ROOT.parent,
        "working": Path("."),
        "mount": Path("/dev"),
        "in reports": reports / "tables" / "more",
    }[name]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("root", "this folder is the root of the disk; name another folder"),
        ("home", "is the home folder"),
        ("cohort", "cohort is, holds or lies in the folder of the cohort"),
        ("in cohort", "out is, holds or lies in the folder of the cohort"),
        ("above cohort", "is, holds or lies in the folder of the cohort"),
        ("file", "file is a file"),
        ("project", "is or holds the project"),
        ("above project", "is or holds the project"),
        ("working", "work is or holds the working folder"),
        ("mount", "dev is a disk of its own"),
        ("in reports", "more lies in the reports reports"),
    ],
)
def test_places_that_are_none_for_output_are_refused(tmp_path, monkeypatch, name, words):
    goal = place(tmp_path, name)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    before = sorted(tmp_path.rglob("*"))
    with (
        pytest.raises(CollectionError, match=words) as caught,
        replacing(goal, check_collection, cohort=tmp_path / "cohort" if "cohort" in name else None),
    ):
        pass
    assert str(tmp_path) not in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_read_only_folder_is_refused(mine, monkeypatch):
    monkeypatch.setattr(target.os, "access", lambda *_: False)
    with pytest.raises(CollectionError, match="mine is read-only"):
        check_place(mine)


FULL, READ_ONLY = OSError(errno.ENOSPC, "No space in /x", "/x/y"), OSError(errno.EROFS, "Not in /x", "/x/y")


@pytest.mark.parametrize(("error", "remedy"), [(FULL, "Free some space"), (READ_ONLY, "Name a folder that can be")])
@pytest.mark.parametrize("step", ["mkdir", "mkdtemp", "open", "rename"])
def test_what_cannot_be_written_is_one_line_and_the_old_is_kept(mine, monkeypatch, step, error, remedy):
    def broken(*_, **__):
        raise error

    def run():
        with replacing(mine, check_collection) as fresh:
            fill(fresh, "new")

    if step == "rename":
        monkeypatch.setattr(target, "exchange", lambda *_: False)
        monkeypatch.setattr(Path, "rename", broken)
    elif step == "mkdir":
        monkeypatch.setattr(Path, "mkdir", broken)
    else:
        monkeypatch.setattr(private.tempfile if step == "mkdtemp" else private.os, step, broken)
    with pytest.raises(OutputError) as caught:
        run()
    monkeypatch.undo()
    message = str(caught.value)
    assert message.startswith(f"mine cannot be written: {os.strerror(error.errno)}. {remedy}")
    assert "\n" not in message
    assert "/" not in message
    assert state(mine) == "old"
    assert os.listdir(mine.parent) == ["mine"]
