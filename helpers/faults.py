"""What is wrong with an input, said so that its author can mend it: problem, place, remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ROWS_SHOWN = 20


@dataclass(frozen=True)
class Fault:
    """One fault: the problem, where it is, and what to do about it. Never holds a patient's values."""

    problem: str
    file: str
    remedy: str
    rows: tuple[int, ...] = ()  # as in the file, the header being row 1
    column: str = ""

    @property
    def place(self) -> str:
        """Where the fault is: file, rows, column."""
        return "".join([self.file, _row_words(self.rows), f", {self.column}" if self.column else ""])

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}. {self.remedy}"


class FaultError(ValueError):
    """All faults of one input at once; `faults` lists them."""

    def __init__(self, subject: str, faults: Iterable[Fault]) -> None:
        self.subject = subject
        self.faults = tuple(faults)
        count = f"{len(self.faults)} fault{'' if len(self.faults) == 1 else 's'}"
        super().__init__("\n".join([f"{subject}: {count} found.", *(f"- {fault}" for fault in self.faults)]))


def suggest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """The known word closest to a mistyped one as "Did you mean ...?", or "" when none is close."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff)
    return f'Did you mean "{close[0]}"?' if close else ""


def list_words(words: Sequence[str]) -> str:
    """The words quoted and separated by commas."""
    return ", ".join(f'"{word}"' for word in words)


def _row_words(rows: tuple[int, ...]) -> str:
    """ " row 17", " rows 3, 5" or "" when the fault is not of single rows."""
    if not rows:
        return ""
    more = f" and {len(rows) - ROWS_SHOWN} more" if len(rows) > ROWS_SHOWN else ""
    numbers = ", ".join(str(row) for row in rows[:ROWS_SHOWN])
    return f" row{'s' if len(rows) > 1 else ''} {numbers}{more}"
