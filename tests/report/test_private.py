import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.report import private
from helpers.report.private import MARKER, claimed_folder, private_folder

HOLD = """
import sys, os, pathlib
from helpers.report.private import claimed_folder
with claimed_folder(pathlib.Path(sys.argv[1]), "run") as folder:
    (folder / "secret").mkdir()
    (folder / "secret" / "key.json").write_text("key")
    if sys.argv[2] == "fork":
        told, tell = os.pipe()
        if not os.fork():
            os.write(tell, b"the worker runs")
            sys.stdout.close()
            sys.stdin.read()
            os._exit(0)
        os.read(told, 1)
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(private.tempfile, "tempdir", str(tmp_path))
    return tmp_path


def hold(folder, how="alone"):
    """A process that has claimed a folder, and the folder."""
    command = [sys.executable, "-c", HOLD, str(folder), how]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return process, Path(process.stdout.readline().strip())


def end(process):
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def enter(folder):
    with claimed_folder(folder, "run"):
        return sorted(os.listdir(folder))


def test_a_private_folder_is_readable_by_its_user_only_and_vanishes(temporary):
    with private_folder() as folder:
        assert folder.parent == temporary
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "a" / "b").mkdir(parents=True)
        with private_folder() as inner:
            assert sorted(os.listdir(temporary)) == sorted([folder.name, inner.name])
        assert folder.is_dir()
    assert os.listdir(temporary) == []


def test_a_private_folder_vanishes_when_the_run_fails(temporary):
    with pytest.raises(KeyboardInterrupt), private_folder():
        raise KeyboardInterrupt
    assert os.listdir(temporary) == []


@pytest.mark.parametrize("how", ["alone", "fork"])
def test_what_a_killed_process_left_is_removed_even_if_its_workers_live(tmp_path, how):
    process, folder = hold(tmp_path, how)
    assert folder.name in enter(tmp_path)
    end(process)
    assert folder.name not in enter(tmp_path)
    assert os.listdir(tmp_path) == []


def test_a_stopped_process_still_owns_its_folder(tmp_path):
    process, folder = hold(tmp_path)
    process.send_signal(signal.SIGSTOP)
    assert folder.name in enter(tmp_path)
    end(process)


def test_a_folder_of_another_machine_is_left_alone(tmp_path):
    process, folder = hold(tmp_path)
    end(process)
    owner = json.loads((folder / MARKER).read_text())
    (folder / MARKER).write_text(json.dumps(owner | {"machine": ["another", "other"]}))
    enter(tmp_path)
    assert (folder / "secret" / "key.json").read_text() == "key"


def test_a_container_of_this_machine_and_a_restarted_machine_are_known(tmp_path):
    for same in (0, 1):
        process, folder = hold(tmp_path)
        end(process)
        owner = json.loads((folder / MARKER).read_text())
        assert len(owner["machine"]) == len(private._machine())
        (folder / MARKER).write_text(json.dumps(owner | {"machine": [owner["machine"][same - 1], "another"]}))
        enter(tmp_path)
        assert os.listdir(tmp_path) == []


def test_foreign_folders_are_left_alone(tmp_path):
    for name in ("run-1", "run-20240101-backup", "run.old-1-abcdefgh", "run-1-abcdefgh", "run-2-abcdefgh"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "thesis.docx").write_text("years")
    (tmp_path / "run-2-abcdefgh" / MARKER).write_text('{"run": 1}')
    (tmp_path / "run-3-abcdefgh").symlink_to("run-1")
    (tmp_path / "run-4-abcdefgh").write_text("a file")
    before = sorted(tmp_path.rglob("*"))
    enter(tmp_path)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("marker", [None, ""])
def test_a_folder_of_a_run_killed_at_its_first_step_is_removed(tmp_path, marker):
    left = tmp_path / "run-1-abcdefgh"
    left.mkdir()
    if marker is not None:
        (left / MARKER).write_text(marker)
    enter(tmp_path)
    assert os.listdir(tmp_path) == []


def test_without_locks_the_process_number_decides(tmp_path, monkeypatch):
    process, folder = hold(tmp_path)
    monkeypatch.setattr(private, "try_lock", lambda *_, **__: private.NO_LOCK)
    assert folder.name in enter(tmp_path)
    end(process)
    assert folder.name not in enter(tmp_path)


def test_no_file_of_a_run_names_the_machine(temporary):
    with private_folder() as folder:
        assert private.platform.node() not in (folder / MARKER).read_text()
