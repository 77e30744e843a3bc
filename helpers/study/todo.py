"""What a study.toml still asks its analyst to confirm: its TODO comments."""

import re
from dataclasses import replace

import helpers.study.keys as keys
from helpers.faults import Fault

# A string, so that what looks like a comment in it is none, or a comment.
STRING_OR_COMMENT = re.compile(r'"""(?:\\.|.)*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*', re.DOTALL)
OPEN = re.compile(r"#\s*TODO\b[\s:]*(?P<text>.*)")
PLACEHOLDER = re.compile(r"""["']TODO["']\Z""")  # a word that the analyst has to put in place of this one
KEY = re.compile(r"\s*([\w-]+)\s*=")
CONFIRM = "Confirm or correct the line, then delete its TODO."


def open_decisions(text: str) -> list[Fault]:
    """A fault for each line with a comment that begins with TODO, or with the text "TODO"; by the line's number."""
    faults: dict[int, Fault] = {}
    lines = text.split("\n")
    for found in STRING_OR_COMMENT.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        if comment := OPEN.match(found[0]):
            faults[line] = _fault(comment["text"].strip().rstrip(".") or "not decided yet", line, lines[line - 1])
        elif PLACEHOLDER.match(found[0]):
            faults.setdefault(line, _fault('"TODO" stands for a word that is not decided yet', line, lines[line - 1]))
    return list(faults.values())


def _fault(problem: str, number: int, line: str) -> Fault:
    """The fault of a line, at its key if it has one."""
    key = KEY.match(line)
    return replace(keys.fault(key[1] if key else "", problem, CONFIRM), rows=(number,))
