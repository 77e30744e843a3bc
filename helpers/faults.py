"""What is wrong with an input, said so that its author can mend it: problem, place, remedy."""

import copyreg
import difflib
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

ROWS_SHOWN = 20
# Signs that pages, pictures, documents and terminals cannot hold or do not show: controls (but tab and line breaks),
# signs that turn the direction of text or have no width, tags, private and no characters, four accents on one letter.
# Joiners are let through between letters of scripts that need them, and in emoji.
NO_CHARACTERS = "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    r"\u2028-\u202e\u2060-\u206f\u3164\ud800-\uf8ff\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    rf"\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000f0000-\U0010ffff{NO_CHARACTERS}]"
    r"|[\u200c\u200d](?:[\x00-\x7f]|\Z)|(?:\A|(?<=[\x00-\x7f]))[\u200c\u200d]"
    r"|[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4,}"
)
UNPRINTABLE = "a character that cannot be printed or is not seen"
RETYPE = "Type the cell again; a pasted one may hold signs that are not seen."


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
        """Where the fault is: file, rows (the first of many), column."""
        more = f" and {len(self.rows) - ROWS_SHOWN} more" if len(self.rows) > ROWS_SHOWN else ""
        numbers = ", ".join(str(row) for row in self.rows[:ROWS_SHOWN])
        rows = f" row{'s' if len(self.rows) > 1 else ''} {numbers}{more}" if self.rows else ""
        return "".join([self.file, rows, f", {self.column}" if self.column else ""])

    def __str__(self) -> str:
        return printable(f"{self.place}: {self.problem}. {self.remedy}")


def is_printable(text: str) -> bool:
    """True for a text without signs that cannot be printed or are not seen."""
    return (text.isascii() and text.isprintable()) or not CONTROL.search(text)


def printable(text: str) -> str:
    """A text as one line of a terminal: without signs that would steer it, blanks for tabs and line breaks."""
    return " ".join(CONTROL.sub("", text).split())


class PlainError(Exception):
    """An error whose message is all that its reader needs: Jupyter shows the message, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback."""
        return [f"{type(self).__name__}: {self}"]

    def __reduce__(self) -> tuple:
        """How it travels between processes: whole, whatever its class is made from."""
        return copyreg.__newobj__, (type(self), *self.args), vars(self)  # type: ignore[attr-defined]


class UsageError(PlainError):
    """A command or a parameter that asks for what cannot be; the data are not at fault."""


class FaultError(PlainError, ValueError):
    """All faults of one input at once; `faults` lists them. One fault is said in one line."""

    def __init__(self, subject: str, faults: Iterable[Fault]) -> None:
        subject = printable(subject)
        self.subject, self.faults = subject, tuple(faults)
        lines = [f"{subject}: {len(self.faults)} faults found.", *(f"- {fault}" for fault in self.faults)]
        if len(self.faults) == 1:
            fault = self.faults[0]  # a subject that is itself the place is not said twice
            in_place = subject.endswith(fault.file)
            lines = [str(replace(fault, file=subject)) if in_place else f"{subject}: {fault}"]
        super().__init__("\n".join(lines))


def said_of(error: OSError) -> str:
    """What the system says of a file: its name, not its folder; the error's own words may hold a path."""
    place = Path(os.fsdecode(error.filename)).name if isinstance(error.filename, str | bytes) else "a file"
    reason = os.strerror(error.errno) if error.errno else type(error).__name__
    return f"{place}: {reason}. Look at the rights of the file and its folder, and at the room on the disk."


def suggest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """The known word closest to a mistyped one as "Did you mean ...?", or "" when none is close."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff)
    return f'Did you mean "{close[0]}"?' if close else ""


def list_words(words: Sequence[str]) -> str:
    """The words quoted and separated by commas."""
    return ", ".join(f'"{word}"' for word in words)
