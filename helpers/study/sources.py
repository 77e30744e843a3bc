"""Where a study's tables and columns come from: files of the cohort folder, and sources of canonical columns."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import helpers.study.keys as keys
from helpers.faults import Fault, list_words
from helpers.study.letters import look_alike, tidy

TABLES = ("patients", "adverse_events", "blood_counts")
# Keys of a source that are read in some of its forms only.
BELONGS_TO = {
    "values": ("column",),
    "event": ("time", "date"),
    "event_codes": ("event",),
    "unknown": ("event",),
    "unit": ("column", "time"),
    "empty_after_last_contact": ("column", "time", "date"),
}
# Keys of a file that are read in files of some kinds only, by the ends of their names.
READ_FROM = {"sheet": keys.WORKBOOKS, "header_row": (*keys.TEXTS, *keys.WORKBOOKS)}
READ_FROM |= {"last_row": READ_FROM["header_row"], "encoding": (*keys.TEXTS, *keys.STATISTICAL)}
# Formats of exports whose tables are made of several rows or files, and the keys of a file that only some of them read.
FORMATS = ("redcap", "adam", "cibmtr")
READ_IN = {"beside": ("redcap", "adam"), "events": ("redcap",), "instrument": ("redcap",)}
CANONICAL = re.compile(r"[a-z][a-z0-9_]*\Z")


@dataclass(frozen=True)
class FileSource:
    """The file of a table and how it is read; data/study.example.toml shows the keys.

    `elsewhere` are the sheets of the file that the study reads for other tables.
    """

    file: str = keys.key("text", "")
    missing: tuple[str, ...] = keys.key("codes", ())
    where: Mapping[str, Any] = keys.key("mapping", {})
    sheet: str = keys.key("text", "")
    header_row: int = keys.key("count", 0)
    last_row: int = keys.key("count", 0)
    encoding: str = keys.key("text", "")
    decimal: str = keys.key("text", "", (".", ","))
    dates: str = keys.key("text", "", ("dmy", "mdy", "excel"))
    format: str = keys.key("text", "", FORMATS)
    beside: tuple[str, ...] = keys.key("texts", ())
    events: tuple[str, ...] = keys.key("texts", ())
    instrument: str = keys.key("text", "")
    elsewhere: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all the files that the table is read from, as far as the study names them."""
        return tuple(name for name in (self.file, *self.beside) if name)


@dataclass(frozen=True)
class Source:
    """Where a canonical column comes from in the source's file; data/study.example.toml shows the forms."""

    column: str = keys.key("text", "")
    values: Mapping[str, str] = keys.key("mapping", {})
    time: str = keys.key("text", "")
    event: str = keys.key("text", "")
    event_codes: tuple[str, ...] = keys.key("codes", ())
    unknown: tuple[str, ...] = keys.key("codes", ())
    date: str = keys.key("text", "")
    missing: tuple[str, ...] = keys.key("codes", ())
    unit: str = keys.key("text", "", ("days", "months"))
    row_number: bool = keys.key("flag", False)
    empty_after_last_contact: bool = keys.key("flag", False)

    @property
    def source_columns(self) -> tuple[str, ...]:
        """The names of the source's columns that are read."""
        return tuple(name for name in (self.column, self.time, self.event, self.date) if name)


def read_files(table: object, faults: list[Fault]) -> dict[str, FileSource]:
    """The file of each table: its name, or a table with the name and how it is read; empty where none is named."""
    if not isinstance(table, dict):
        faults.append(keys.fault("[files]", "a table is expected", "Write [files] and then patients = the file."))
        table = {}
    keys.read_keys(table, {}, "[files]", faults, tables=TABLES)
    files = {name: _file(table.get(name, {}), f"[files] {name}", faults) for name in TABLES}
    return {name: replace(file, elsewhere=_elsewhere(file, files)) for name, file in files.items()}


def _elsewhere(file: FileSource, files: Mapping[str, FileSource]) -> tuple[str, ...]:
    """The sheets that are read of the same workbook for other tables."""
    return tuple(
        other.sheet for other in files.values() if other.file == file.file and other.sheet not in ("", file.sheet)
    )


def _file(value: object, place: str, faults: list[Fault]) -> FileSource:
    row = keys.read_keys({"file": value} if isinstance(value, str) else value, keys.keys_of(FileSource), place, faults)
    chosen = {column: words if isinstance(words, list) else [words] for column, words in row["where"].items()}
    where = {column: tuple(map(str, words)) for column, words in chosen.items()}
    source = FileSource(**row | {"missing": tuple(map(str, row["missing"])), "where": where})
    for name in source.names:  # no address, no path
        if Path(name).name != name or "\\" in name or ":" in name:
            remedy = "Give the name of a file in the cohort folder."
            faults.append(keys.fault(place, "a file name is needed, not a path or an address", remedy))
    for name, ends in READ_FROM.items():
        if row[name] and source.file and Path(source.file).suffix.lower() not in ends:
            remedy = f"Remove {name}; it is read for {', '.join(ends)}."
            faults.append(keys.fault(f"{place} {name}", "does nothing for a file of this kind", remedy))
    for name, formats in READ_IN.items():
        if getattr(source, name) and source.format not in formats:
            remedy = f"Remove {name}, or write format = {' or '.join(map(repr, formats))} beside it."
            faults.append(keys.fault(f"{place} {name}", "not read in this format", remedy.replace("'", '"')))
    return source


def read_sources(table: object, place: str, faults: list[Fault]) -> dict[str, Source]:
    """Where each canonical column of one table comes from: text, or one of the four table forms."""
    if not isinstance(table, dict):
        faults.append(keys.fault(place, "a table is expected", f"Write {place} and then canonical = source."))
        return {}
    check_names(list(table), place, faults)
    return {name: _source(value, f"{place} {name}", faults) for name, value in table.items()}


def _source(value: object, place: str, faults: list[Fault]) -> Source:
    if keys.is_text(value):
        return Source(column=str(value))
    row = keys.read_keys(value, keys.keys_of(Source), place, faults)
    forms = [bool(row["column"]), bool(row["time"] or (row["event"] and not row["date"])), bool(row["date"])]
    if sum([*forms, row["row_number"]]) != 1 or (row["time"] and not row["event"]):
        remedy = 'Write "column", {column =, values =}, {time =, event =}, {date =}, {date =, event =} or '
        remedy += "{row_number = true}."
        faults.append(keys.fault(place, "not one of the forms of a source", remedy))
    for name, needed in BELONGS_TO.items():
        if row[name] and not any(row[form] for form in needed):
            remedy = f"Remove {name}, or write it beside {list_words(needed)}."
            faults.append(keys.fault(f"{place} {name}", "does nothing in this form of a source", remedy))
    words = {str(code): tidy(str(word)) for code, word in row["values"].items()}
    if look_alike({*words.values()}):
        faults.append(keys.fault(f"{place} values", "two words that look the same", "Write them alike."))
    codes = {name: tuple(map(str, row[name])) for name in ("event_codes", "unknown", "missing")}
    return Source(**row | {"values": words} | codes)


def check_names(names: Iterable[str], place: str, faults: list[Fault]) -> None:
    """Canonical names are lower-case words joined by underscores, so that they are safe in files and tables."""
    for name in names:
        if name and not CANONICAL.match(name):
            remedy = "Use lower-case letters, digits and underscores; map the source's own name in [columns]."
            faults.append(keys.fault(place, f'"{name}" is not a canonical name', remedy))
