"""What a collection's `run.json` says of its own files, so that a later run can tell them from the user's."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from helpers.faults import UsageError

MARK = "run.json"
TOOL = {"tool": "second-cart", "schema": 1}
KEYS = {"study", "code", "notebooks", "files", "checksum"}
FOLDERS = {"tables", "figures"}  # every collection has them, even empty
MOST_NAMED = 3  # foreign files that a message names


class CollectionError(UsageError, ValueError):
    """A collection that cannot be made: no such notebook, or an output folder that holds something else."""


def sha256(path: Path) -> str:
    """Return a file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def manifest(folder: Path, facts: Mapping) -> str:
    """Return the text of `run.json`: the facts, every other file in the folder with its SHA-256, and its own sum."""
    places = [place for place, entry in sorted(_entries(folder)) if entry.is_file() and place != MARK]
    whole = {**TOOL, **facts, "files": {place: sha256(folder / place) for place in places}}
    return _text(whole | {"checksum": _sum(whole)})


def check_collection(folder: Path, name: str) -> None:
    """Raise CollectionError unless all in a folder, called `name`, is as a run wrote it; it may be missing or empty."""
    if not os.path.lexists(folder) or not any(folder.iterdir()):
        return
    listed = _facts(folder, name)["files"]
    expected = {place: _is_expected(place, entry, listed) for place, entry in sorted(_entries(folder))}
    foreign = [place for place in expected if not expected[place]]
    ours = [place for place in expected if expected[place] and place in listed]
    changed = [place for place in ours if sha256(folder / place) != listed[place]]
    for fault, places in (("no run wrote", foreign), ("was changed after the run", changed)):
        if places:
            raise CollectionError(f"{name} holds what {fault}: {_some(places)}; move it away or name another folder")


def read_whole(folder: Path) -> dict:
    """The facts of a collection; CollectionError when it is none, or when a file of it is missing or was changed."""
    facts = _facts(folder, folder.name)
    there = {place: sha for place, sha in facts["files"].items() if (folder / place).is_file()}
    missing = [place for place in facts["files"] if place not in there]
    changed = [place for place, sha in there.items() if sha256(folder / place) != sha]
    for fault, places in (("is missing", missing), ("was changed after the run", changed)):
        if places:
            raise CollectionError(f"{_some(places)} {fault}")
    return facts


def is_collection(folder: Path) -> bool:
    """Tell whether a folder is one of ours, whatever was added to it."""
    try:
        return bool(_facts(folder, folder.name))
    except (CollectionError, OSError):
        return False


def _facts(folder: Path, name: str) -> dict:
    """What a folder's `run.json` says, its own sum left out; CollectionError when it is not one of ours."""
    other = "move it away or name a new or empty folder"
    if (folder / MARK).is_symlink() or not (folder / MARK).is_file():
        some = _some(sorted(entry.name for entry in folder.iterdir()))
        raise CollectionError(f"{name} is not empty and holds no {MARK} of a run, but {some}; {other}")
    try:
        facts = json.loads((folder / MARK).read_text(encoding="utf-8"))
        ours = KEYS | TOOL.keys() <= facts.keys() and facts | TOOL == facts and isinstance(facts["files"], dict)
    except (ValueError, AttributeError, RecursionError):
        ours, facts = False, {}
    if not ours:
        raise CollectionError(f"{name} holds a {MARK} of another tool or an earlier version; {other}")
    if facts.pop("checksum") != _sum(facts):
        raise CollectionError(f"{name} holds a {MARK} that was changed after the run; {other}")
    return facts


def _entries(folder: Path, inside: str = "") -> Iterator[tuple[str, os.DirEntry]]:
    """Everything in a folder, path inside it and entry; links are not followed."""
    with os.scandir(folder) as entries:
        for entry in entries:
            yield f"{inside}{entry.name}", entry
            if entry.is_dir(follow_symlinks=False):
                yield from _entries(Path(entry.path), f"{inside}{entry.name}/")


def _is_expected(place: str, entry: os.DirEntry, listed: Mapping[str, str]) -> bool:
    """Tell whether an entry is a file that is listed or a folder of one."""
    if entry.is_dir(follow_symlinks=False):
        return place in FOLDERS or any(file.startswith(f"{place}/") for file in listed)
    return entry.is_file(follow_symlinks=False) and (place in listed or place == MARK)


def _some(places: list[str]) -> str:
    """The first few of some paths, safe to print."""
    first = [place if place.isprintable() else ascii(place) for place in places[:MOST_NAMED]]
    more = len(places) - MOST_NAMED
    return ", ".join(first) + (f" and {more} more" if more > 0 else "")


def _sum(facts: Mapping) -> str:
    """The SHA-256 of facts as they are written."""
    return hashlib.sha256(_text(facts).encode("utf-8", errors="surrogatepass")).hexdigest()


def _text(facts: Mapping) -> str:
    return json.dumps(facts, indent=1, ensure_ascii=False) + "\n"
