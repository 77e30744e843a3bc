"""Data sets of the CIBMTR: codes for missing values by column, times in months."""

import re
from dataclasses import replace

import numpy as np

from helpers.cohort.findings import Findings
from helpers.cohort.readers.export import Part, listed
from helpers.cohort.readers.raw import RawTable
from helpers.cohort.texts import Texts
from helpers.study import FileSource

UNKNOWN, NEGATIVE = "99", "-9"
# Ages, times and doses, in which 99 can be true.
MEASURED = re.compile(
    r"^(intx|dytx|indx|incr)|time|interval|month|day|year|yr|age|dose|count|weight|height", re.IGNORECASE
)
UNITS = {"months": re.compile("(?i)intx"), "days": re.compile("(?i)dytx")}


def read_cibmtr(parts: list[Part], source: FileSource, findings: Findings) -> RawTable:
    """The table with the codes that say "missing" in each column: 99 where single digits are codes, -9 among numbers.

    Where 99 can be true (ages, times) it stays, and that is said. Codes to which study.toml gives a meaning stay too.
    """
    table, *_ = parts
    cells = {name: table.texts(name) for name in table.columns}
    missing = {name: found for name in cells if (found := _missing(name, cells[name]))}
    emptied = [f"{name} ({cells[name].among(found).sum()})" for name, found in missing.items()]
    kept = [name for name in cells if _left(cells[name], missing.get(name, frozenset()))]
    said = {
        "99 and -9 are missing, unless study.toml names them (cells)": emptied,
        "99 or -9 can be a value and is kept; where it is missing, list it under missing": kept,
    }
    units = {name: unit for unit, sign in UNITS.items() for name in cells if sign.match(name)}
    said |= {f"times in {unit}": [name for name in units if units[name] == unit] for unit in UNITS}
    words = [f"{what}: {listed(names)}" for what, names in said.items() if names]
    return replace(table.table(table.columns, words, ()), missing=missing, units=units)


def _left(cells: Texts, missing: frozenset[str]) -> bool:
    """True for a column in which 99 or -9 occurs and is not missing."""
    return any(number in (UNKNOWN, NEGATIVE) and text not in missing for text, number in _plain(cells).items())


def _plain(cells: Texts) -> dict[str, str]:
    """The texts that occur, each with its whole number without the point."""
    return {cells.texts[code]: re.sub(r"\.0*\Z", "", cells.texts[code]) for code in np.unique(cells.codes[cells.given])}


def _missing(name: str, cells: Texts) -> frozenset[str]:
    """The texts of a column that say "missing": of 99 and -9 those that cannot be values among its others."""
    plain = _plain(cells)
    others = {text for text in plain.values() if text not in (UNKNOWN, NEGATIVE)}
    codes = set()
    if others and all(re.fullmatch(r"\d", text) for text in others) and not MEASURED.search(name):
        codes.add(UNKNOWN)
    if others and all(re.fullmatch(r"\d+(\.\d+)?", text) for text in others):
        codes.add(NEGATIVE)
    return frozenset(text for text, number in plain.items() if number in codes)
