"""Programs of the machine that the checks of pages need."""

import os
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
    """The path of a program; where it is missing the test is skipped, and in CI it fails."""
    found = next(filter(None, map(shutil.which, (program, *others))), None)
    if found:
        return found
    message = f"no {program} on this machine: install it (Debian: apt-get install {program}) to check pages in it"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)
