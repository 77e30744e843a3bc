import json
import os
from pathlib import Path

import pytest

from helpers.report.manifest import MARK, CollectionError, check_collection, is_collection, manifest

FACTS = {"study": {"key": "toy"}, "code": {"commit": "1"}, "notebooks": []}


@pytest.fixture
def collection(tmp_path):
    return fill(tmp_path / "mine")


def fill(folder: Path, words: str = "page") -> Path:
    """Fill a folder as a run would."""
    (folder / "tables").mkdir(parents=True)
    (folder / "figures").mkdir()
    (folder / "index.html").write_text(words)
    (folder / "tables" / "a.csv").write_text("1")
    (folder / MARK).write_text(manifest(folder, FACTS))
    return folder


def refused(folder):
    """What is said of a folder that may not be replaced; "" when it may be."""
    try:
        check_collection(folder, "mine")
    except CollectionError as error:
        return str(error)
    return ""


def test_what_a_run_wrote_may_be_replaced(collection, tmp_path):
    assert refused(collection) == ""
    assert is_collection(collection)
    (collection / "tables" / "a.csv").unlink()
    assert refused(collection) == ""
    (tmp_path / "empty").mkdir()
    assert refused(tmp_path / "empty") == refused(tmp_path / "missing") == ""
    assert not is_collection(tmp_path / "empty")


def test_the_list_is_the_same_whatever_the_order_of_the_disk(tmp_path):
    first, second = fill(tmp_path / "a"), fill(tmp_path / "b")
    text = (first / MARK).read_text()
    assert text == (second / MARK).read_text()
    assert list(json.loads(text)["files"]) == ["index.html", "tables/a.csv"]
    assert manifest(first, FACTS) == text  # the list does not hold itself


ADDED = {
    "a file": lambda folder: (folder / "thesis.docx").write_text("years"),
    "a hidden file": lambda folder: (folder / ".notes").write_text("mine"),
    "a file among the tables": lambda folder: (folder / "tables" / "b.csv").write_text("mine"),
    "an empty folder": lambda folder: (folder / "plan").mkdir(),
    "a folder with files": lambda folder: ((folder / "cohort").mkdir(), (folder / "cohort" / "p.csv").write_text("1")),
    "a link": lambda folder: (folder / "link").symlink_to("index.html"),
    "a dangling link": lambda folder: (folder / "tables" / "link").symlink_to("nowhere"),
    "a pipe": lambda folder: os.mkfifo(folder / "pipe"),
    "a link in place of a file": lambda folder: (
        (folder / "index.html").rename(folder.parent / "x"),
        (folder / "index.html").symlink_to("../x"),
    ),
    "a folder in place of a file": lambda folder: ((folder / "index.html").unlink(), (folder / "index.html").mkdir()),
}


@pytest.mark.parametrize("how", ADDED)
def test_anything_else_is_named(collection, how):
    before = set(collection.rglob("*"))
    ADDED[how](collection)
    new = sorted(str(path.relative_to(collection)) for path in set(collection.rglob("*")) - before) or ["index.html"]
    assert f"holds what no run wrote: {', '.join(new)};" in refused(collection)


def test_a_message_names_few_and_prints_no_control_character(collection):
    for name in ("a\x1b[31m", "b\udce4", "c", "d", "e"):
        (collection / name).write_text("")
    message = refused(collection)
    assert message.isprintable()
    assert r"'a\x1b[31m', 'b\udce4', c and 2 more" in message


@pytest.mark.parametrize("name", ["index.html", "tables/a.csv"])
def test_a_file_that_the_user_changed_is_the_users(collection, name):
    (collection / name).write_text("corrected by hand")
    assert f"was changed after the run: {name};" in refused(collection)


def test_a_changed_run_json_is_the_users(collection):
    facts = json.loads((collection / MARK).read_text())
    (collection / MARK).write_text(json.dumps(facts | {"remark": "approved"}))
    assert "run.json that was changed" in refused(collection)


@pytest.mark.parametrize(
    "text",
    [
        '{"tool":"other"}',
        '["tool"]',
        "not JSON",
        "[" * 100_000,
        "",
        '{"study": {}, "parameters": {}, "data": {}, "code": {}, "versions": {}, "notebooks": []}',
        '{"tool": "second-cart", "schema": 2, "study": 1, "code": 1, "notebooks": 1, "files": {}, "checksum": ""}',
        '{"tool": "second-cart", "schema": 1, "study": 1, "code": 1, "notebooks": 1, "files": [], "checksum": ""}',
    ],
)
def test_a_run_json_of_another_tool_or_version_is_no_licence(tmp_path, text):
    (tmp_path / MARK).write_text(text)
    (tmp_path / "thesis.docx").write_text("years")
    assert "of another tool or an earlier version; move it away or name a new or empty folder" in refused(tmp_path)


def test_a_folder_without_run_json_is_named_with_what_it_holds(tmp_path):
    (tmp_path / "thesis.docx").write_text("years")
    assert "no run.json of a run, but thesis.docx" in refused(tmp_path)
