import errno
import os
from pathlib import Path

import pytest

from helpers.report import private, whole
from helpers.report.target import OutputError
from helpers.report.whole import new_file, replace_files


def no_room(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device", "/x/y")


def test_a_new_file_never_replaces_one(tmp_path):
    path = tmp_path / "study.toml"
    new_file(path, "a\n")
    with pytest.raises(OutputError, match=r"study\.toml cannot be written: File exists"):
        new_file(path, "b\n")
    assert path.read_bytes() == b"a\n"
    assert os.listdir(tmp_path) == ["study.toml"]


def test_a_new_file_is_written_where_there_are_no_links(tmp_path, monkeypatch):
    def no_links(*_):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(whole.os, "link", no_links)
    new_file(tmp_path / "study.toml", "a\n")
    with pytest.raises(OutputError):
        new_file(tmp_path / "study.toml", "b\n")
    assert (tmp_path / "study.toml").read_bytes() == b"a\n"


def test_a_new_file_on_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(whole, "write_text", no_room)
    with pytest.raises(OutputError, match=r"^study\.toml cannot be written: No space left on device\. Free some space"):
        new_file(tmp_path / "study.toml", "a\n")
    assert os.listdir(tmp_path) == []


def test_files_are_replaced_with_their_rights_and_links(tmp_path):
    (tmp_path / "a").write_text("old")
    (tmp_path / "a").chmod(0o640)
    (tmp_path / "link").symlink_to("a")
    replace_files({tmp_path / "link": "new"})
    assert (tmp_path / "a").read_text() == "new"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "link").is_symlink()
    assert sorted(os.listdir(tmp_path)) == ["a", "link"]


def test_no_file_is_replaced_when_one_cannot_be_written(tmp_path, monkeypatch):
    paths = [tmp_path / name for name in ("a", "b")]
    for path in paths:
        path.write_text("old")
    written = whole.write_text

    def second_fails(path, text):
        return no_room() if path.name == "b" else written(path, text)

    monkeypatch.setattr(whole, "write_text", second_fails)
    with pytest.raises(OutputError, match=r"^b cannot be written"):
        replace_files(dict.fromkeys(paths, "new"))
    assert {path.read_text() for path in paths} == {"old"}
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]


def test_a_kill_while_a_file_is_written_leaves_the_old_one_and_what_is_cleared_next(tmp_path, monkeypatch):
    (tmp_path / "a").write_text("old")
    pid = os.fork()
    if not pid:
        monkeypatch.setattr(whole, "write_text", lambda *_: os.kill(os.getpid(), 9))
        replace_files({tmp_path / "a": "new"})
    os.waitpid(pid, 0)
    assert (tmp_path / "a").read_text() == "old"
    assert len(private.claimed(tmp_path, ".a.new")) == 1
    replace_files({tmp_path / "a": "new"})
    assert (tmp_path / "a").read_text() == "new"
    assert [path.name for path in Path(tmp_path).iterdir()] == ["a"]
