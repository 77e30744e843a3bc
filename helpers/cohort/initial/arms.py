"""The arms of a first study.toml."""

import re

from helpers.cohort.initial.events import Chosen
from helpers.cohort.initial.lines import Line, quoted, toml_table
from helpers.study.parts import RESERVED_LABELS

MOST_ARMS = 12


def arms_of(chosen: Chosen) -> tuple[dict[str, str], Line | None]:
    """Key and label of each arm, and the line of the arm column; one arm when there is no such column."""
    found = chosen.get(("arm", ""))
    if found is None:
        return {"everybody": "Everybody"}, None
    codes = found.source.cells.codes[:MOST_ARMS]
    keys = [_key(code) for code in codes]
    if len(set(keys)) < len(codes):
        keys = [f"arm_{number}" for number in range(1, len(codes) + 1)]
    labels = dict(zip(keys, map(_label, codes), strict=True))
    values = toml_table(dict(zip(codes, keys, strict=True)))
    source = toml_table({"column": quoted(found.source.name), "values": values}, raw=True)
    return labels, Line("arm", source, found.reason)


def _key(code: str) -> str:
    """A code as a key."""
    word = re.sub(r"[^a-z0-9]+", "_", code.lower()).strip("_")
    return word if word and word[0].isalpha() else f"arm_{word}"


def _label(code: str) -> str:
    """A code as a label; a bare number becomes "Arm 1", as do the words kept for tables."""
    return f"Arm {code}" if _key(code).startswith("arm_") or code.casefold() in RESERVED_LABELS else code
