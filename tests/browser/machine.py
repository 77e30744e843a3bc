"""Programs of the machine that the checks of pages need."""

import shutil

import pytest

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")


def needed(program: str, *others: str) -> str:
    """The path of a program, or of one of the others; where none is there the test fails."""
    found = next(filter(None, map(shutil.which, (program, *others))), None)
    if not found:
        pytest.fail(f"no {program} on this machine: install it to check pages in it")
    return found
