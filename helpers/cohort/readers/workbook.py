"""Excel workbooks as packages of XML: their sheets, and what of a sheet its cells alone do not tell."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from xml.etree import ElementTree

from helpers.cohort.findings import Findings

HEAD = 200_000  # bytes of a sheet in which its first cells stand
OLD = b"\xd0\xcf\x11\xe0"  # how workbooks of before 2007 begin, and those with a password
WEB = ("a web page or XML under the name of a workbook", "Open it in Excel and save it as .xlsx.")
OTHER = {
    OLD: ("an Excel file of before 2007 under another name", "Rename it to .xls."),
    b"": ("no workbook, though its name says so", "Give the file the ending of its kind, such as .csv."),
}
LOCKED = ("protected with a password", "Save a copy without a password, and keep it where only you can read it.")
TAG = rb"<(?:\w+:)?"
CELL = re.compile(TAG + rb"(?:c|v|t)[ >]")
STYLED = re.compile(TAG + rb'c [^>]*?\bs="(\d+)"')
HIDDEN_ROW = re.compile(TAG + rb'row [^>]*?\bhidden="(?:1|true)"')
HIDDEN_COLUMN = re.compile(TAG + rb'col [^>]*?\bhidden="(?:1|true)"')
FILTER = re.compile(TAG + rb"filterColumn")
ERROR = re.compile(TAG + rb'c [^>]*?\bt="e"')
NEVER_STORED = re.compile(
    TAG + rb'c r="([A-Z]+)(\d+)"([^>]*)>\s*' + TAG + rb"f[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:" + TAG + rb"v\s*/>|" + TAG + rb"v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
PERCENT = re.compile(r'^[^"]*(?:"[^"]*"[^"]*)*%')
PERCENT_FORMATS = {"9", "10"}  # built in


@dataclass(frozen=True)
class Part:
    """A sheet: its name, where in the package it is, whether it is hidden."""

    name: str
    path: str
    hidden: bool


@dataclass(frozen=True)
class Package:
    """A workbook: what it holds beside values."""

    archive: zipfile.ZipFile

    @property
    def path(self) -> str:
        """Where in the package its list of sheets stands; Excel on the web adds a number to the name."""
        return next(name for name in self.archive.namelist() if re.fullmatch(r"xl/workbook\d*\.xml", name))

    @cached_property
    def sheets(self) -> tuple[Part, ...]:
        """Its sheets of cells, in order."""
        relations = self._xml(f"xl/_rels/{self.path.removeprefix('xl/')}.rels")
        targets = {item.get("Id"): item.get("Target", "") for item in relations}
        parts = []
        for sheet in _all(self._xml(self.path), "sheet"):
            reference = next(value for name, value in sheet.attrib.items() if name.endswith("}id"))
            path = targets[reference].removeprefix("/").removeprefix("xl/")
            if path.startswith("worksheets/"):
                parts.append(Part(sheet.get("name", ""), f"xl/{path}", sheet.get("state", "visible") != "visible"))
        return tuple(parts)

    @property
    def from_1904(self) -> bool:
        """True when its days are counted from 1904."""
        settings = _all(self._xml(self.path), "workbookPr")
        return any(item.get("date1904") in ("1", "true") for item in settings)

    def has_cells(self, sheet: Part) -> bool:
        """True when a sheet has any cell."""
        with self.archive.open(sheet.path) as file:
            return bool(CELL.search(file.read(HEAD)))

    def sheet(self, sheet: Part) -> bytes:
        """The XML of a sheet."""
        return self.archive.read(sheet.path)

    def formats(self, sheet: bytes) -> tuple[bool, int]:
        """Whether a cell of a sheet shows a percentage, and the number of colours behind its cells."""
        styles = (
            self._xml("xl/styles.xml") if "xl/styles.xml" in self.archive.namelist() else ElementTree.Element("none")
        )
        own = {item.get("numFmtId") for item in _all(styles, "numFmt") if PERCENT.search(item.get("formatCode", ""))}
        formats = [item for table in _all(styles, "cellXfs") for item in table]
        places = {int(cell[1]) for cell in STYLED.finditer(sheet)}
        used = [formats[place] for place in sorted(places) if place < len(formats)]
        percent = any(item.get("numFmtId") in own | PERCENT_FORMATS for item in used)
        return percent, len({item.get("fillId") for item in used} - {None, "0", "1"})

    def _xml(self, path: str) -> ElementTree.Element:
        return ElementTree.fromstring(self.archive.read(path))


def open_package(path: Path, findings: Findings) -> Package:
    """The package of an Excel workbook; ValueError, with the fault recorded, for what is none."""
    data = path.read_bytes()
    if not data.startswith(b"PK"):
        check_kind(data, path, findings)
        problem, remedy = next(said for head, said in OTHER.items() if data.startswith(head))
        findings.fault(problem, file=path.name, remedy=remedy)
        raise ValueError
    return Package(zipfile.ZipFile(path))


def check_kind(data: bytes, path: Path, findings: Findings) -> None:
    """Raise ValueError, with the fault recorded, for a workbook with a password, or a web page in its place."""
    problem = LOCKED if "EncryptedPackage".encode("utf-16-le") in data else WEB if data.lstrip()[:1] == b"<" else None
    if problem:
        findings.fault(problem[0], file=path.name, remedy=problem[1])
        raise ValueError


def never_stored(sheet: bytes) -> Iterator[tuple[int, int]]:
    """Row and column, from 0, of the formulas whose values were never stored."""
    for letters, row, facts in NEVER_STORED.findall(sheet):
        if b't="str"' not in facts:  # there an empty text is the value
            column = 0
            for letter in letters:
                column = column * 26 + letter - 64
            yield int(row) - 1, column - 1


def _all(element: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    """The elements of a name, in any namespace."""
    return (item for item in element.iter() if item.tag.rpartition("}")[2] == name)
