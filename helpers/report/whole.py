"""Single files that are written whole or not at all."""

import errno
import os
import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from helpers.report.private import claimed_folder
from helpers.report.target import in_words

NO_LINKS = {errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK}


def new_file(path: Path, text: str) -> None:
    """Write a file that is not there yet; FileExistsError when it is, OutputError when it cannot be written."""
    with in_words(path.name), claimed_folder(path.parent, f".{path.name}.new") as staging:
        written = write_text(staging / path.name, text)
        try:
            os.link(written, path)
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            with path.open("xb"):  # a file system without links: take the name, then put the text in its place
                written.replace(path)


def replace_files(texts: Mapping[Path, str]) -> None:
    """Replace the text of files, each in one step and none before all are on the disk; OutputError when one cannot be.

    A file's rights stay, and so does a link to it.
    """
    with ExitStack() as stack:
        written = []
        for path, text in texts.items():
            place = path.resolve()
            with in_words(path.name):
                staging = stack.enter_context(claimed_folder(place.parent, f".{place.name}.new"))
                written.append((write_text(staging / place.name, text), place))
                shutil.copymode(place, written[-1][0])
        for fresh, place in written:
            with in_words(place.name):
                fresh.replace(place)


def write_text(path: Path, text: str) -> Path:
    """Write text, the same bytes on every system; return the path."""
    path.write_text(text, encoding="utf-8", newline="\n")
    return path
