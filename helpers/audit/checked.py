"""All that is read of a cohort folder: the account of its data, with the faults of what was published beside them."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from helpers.audit.ensemble import ensemble_faults
from helpers.audit.published import FILE, read_figures
from helpers.cohort.account import Account, account_of
from helpers.faults import Fault
from helpers.study import find_folder


def checked(path: str | Path) -> Account:
    """The account of a cohort folder, with all its faults, file by file; raises StudyError when there is none."""
    account, folder = account_of(path), find_folder(path)
    faults = [*account.faults, *read_figures(folder / FILE)[1], *ensemble_faults(folder)]
    return replace(account, faults=tuple(_by_file(faults)), questions=tuple(_by_file(account.questions)))


def _by_file(faults: Iterable[Fault]) -> list[Fault]:
    """Faults of one file after those of another, as they first came."""
    every = [*faults]
    files = [fault.file for fault in every]
    return sorted(every, key=lambda fault: files.index(fault.file))
