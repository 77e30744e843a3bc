"""REDCap: an export of records with the project's data dictionary as one table."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from helpers.cohort.findings import Findings
from helpers.cohort.readers.export import Part, UnusableError, identifiers, listed, taken
from helpers.cohort.readers.raw import LeftOut, RawTable
from helpers.cohort.readers.redcap_answers import Answers, in_words
from helpers.cohort.readers.redcap_dictionary import Field, field_of, read_dictionary
from helpers.cohort.readers.redcap_events import Origin, one_row_each
from helpers.cohort.readers.statistical import LABELLED
from helpers.cohort.texts import Texts
from helpers.faults import list_words
from helpers.study import FileSource

EVENT, INSTRUMENT, INSTANCE = "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"
SURVEY = ("redcap_survey_identifier", "redcap_survey_timestamp")
RAW_EXPORT = "Export again as CSV, raw data (not labels), with all fields."


def read_redcap(parts: list[Part], source: FileSource, findings: Findings) -> RawTable:
    """One row per patient, or with `instrument` one per instance of a repeating instrument; choices in words.

    Fields of several events become columns "field (event)". Identifiers, free text and the states of forms are left
    out. Row numbers are those of the records file, for several events those of the patient's first row.
    """
    export, *_ = parts
    fields, dictionary = _dictionary(parts, findings)
    identifier = _record_id(export, fields, dictionary, findings)
    kept, events = _chosen(export, source, findings)
    _check_repeats(export, fields, source, findings)
    left_out = [item for item in _left_out(export, fields, dictionary) if item.name != identifier]
    gone = {*(item.name for item in left_out), INSTRUMENT, *([] if source.instrument else [INSTANCE])}
    columns = {n: cells for n, cells in export.columns.items() if not {n, field_of(n, fields)} & gone}
    records = replace(export, columns=columns)
    answers = in_words(records, fields)
    said = [*_said(records, fields, answers, dictionary), *_rows_said(source, events)]
    places = np.flatnonzero(kept)
    answers = answers.of_rows(places)
    columns = {name: taken(cells, places) for name, cells in columns.items()} | {**answers.cells}
    rows = replace(records, columns=columns, rows=export.rows[places])
    origin = {name: (name, np.arange(len(places))) for name in columns}
    if len(events) > 1 and not source.instrument:
        rows, origin = one_row_each(rows, events, identifier, answers.boxes, findings)
    table = rows.table(rows.columns, said, [*left_out, *_rows_left_out(export, source, events)])
    labels = {name: fields[of].label for name, (of, _) in origin.items() if of in fields}
    return replace(table, labels=labels, **_facts(rows, origin, answers, source))


def _facts(rows: Part, origin: Origin, answers: Answers, source: FileSource) -> dict[str, Any]:
    """What the raw table tells of columns with choices: the words, those that are missing, the rows that match none."""
    choices = {name: answers.choices[of] for name, (of, _) in origin.items() if of in answers.choices}
    odd = {name: answers.odd[of][at] & (at >= 0) for name, (of, at) in origin.items() if of in answers.odd}
    kept = {name for name, words in choices.items() if answers.labelled or any(c == word for c, word in words.items())}
    worded = {name: rows.texts(name).given & ~odd[name] for name in choices if name not in kept}
    places = {name: place for place, name in enumerate(rows.columns)}
    return {
        "choices": choices,
        "odd": {name: rows.rows[mask] for name, mask in odd.items() if mask.any()},
        "missing": {
            name: frozenset(words[code].casefold() for code in source.missing if code in words)
            for name, words in choices.items()
        },
        "changes": {places[name]: {LABELLED: int(mask.sum())} for name, mask in worded.items()},
    }


def _dictionary(parts: list[Part], findings: Findings) -> tuple[dict[str, Field], str]:
    """The fields of the data dictionary among the files, and its name; UnusableError when there is none."""
    records, *others = parts
    for part in others:
        try:
            fields = read_dictionary(part)
        except UnusableError:
            continue
        labels = {field.label for field in fields.values() if field.label}
        names = {field_of(name, fields) for name in records.columns}
        if len((labels & {*records.columns}) - {*fields}) > 1:
            problem = "the header holds labels, not names of fields"
            findings.fault(problem, file=records.name, rows=(1,), remedy=RAW_EXPORT)
            raise UnusableError
        if not names & {*fields}:
            problem = f"no column is a field of {part.name}"
            remedy = "Give the records and the data dictionary of one project."
            findings.fault(problem, file=records.name, rows=(1,), remedy=remedy)
            raise UnusableError
        return fields, part.name
    remedy = 'Name it in [files] as beside = ["dictionary.csv"]: download it in REDCap under Data Dictionary.'
    findings.fault("there is no data dictionary beside the records", file=records.name, remedy=remedy)
    raise UnusableError


def _record_id(records: Part, fields: Mapping[str, Field], dictionary: str, findings: Findings) -> str:
    """The field that numbers the records, the first of the project; a fault when it is an identifier itself."""
    first = next(iter(fields), "")
    name = first if first in records.columns else next(iter(records.columns))
    if name in fields and fields[name].personal:
        remedy = "Export with hashed record names, or clear the mark where it is a study number."
        findings.fault("the record's name is marked as an identifier", file=dictionary, column=name, remedy=remedy)
        raise UnusableError
    return name


def _left_out(records: Part, fields: Mapping[str, Field], dictionary: str) -> list[LeftOut]:
    """The fields that are not read: dropped, in one of the two files only, or the state of a form."""
    columns = {field_of(name, fields) for name in records.columns}
    states = {f"{form}_{end}" for form in _forms(records, fields) for end in ("complete", "timestamp")}
    reasons = {name: field.dropped for name, field in fields.items() if name in columns and field.dropped}
    dropped = [LeftOut("identifier" if fields[n].personal else "field", n, reason) for n, reason in reasons.items()]
    lost = [name for name in fields if name not in columns and fields[name].kind != "descriptive"]
    absent = [LeftOut("field", name, f"in {dictionary}, but not in the export") for name in lost]
    forms = [LeftOut("field", name, "the state of a form") for name in records.columns if name in states]
    survey = [LeftOut("field", name, "the name or time of an answer") for name in records.columns if name in SURVEY]
    named = {item.name for item in [*dropped, *forms, *survey]}
    others = [name for name in records.columns if field_of(name, fields) not in named]
    return [*dropped, *identifiers(others), *absent, *forms, *survey]


def _forms(records: Part, fields: Mapping[str, Field]) -> set[str]:
    return {field.form for field in fields.values()} | {_plain(name) for name in records.texts(INSTRUMENT).texts}


def _plain(name: str) -> str:
    """The name of a form as REDCap makes it from its label."""
    return re.sub(r"\W+", "_", name.strip().casefold())


def _chosen(records: Part, source: FileSource, findings: Findings) -> tuple[np.ndarray, list[str]]:
    """True for the rows that are read, and the events that they are of; UnusableError where the study must choose."""
    instruments, events = records.texts(INSTRUMENT), records.texts(EVENT)
    before = len(findings.faults)
    kept = ~instruments.given
    if source.instrument:
        kept = instruments.among(name for name in instruments.texts if _plain(name) == _plain(source.instrument))
        if not kept.any():
            remedy = f"Repeating instruments of the file: {list_words(instruments.texts) or 'none'}."
            problem = f'there is no repeating instrument "{source.instrument}"'
            findings.fault(problem, file=records.name, column=INSTRUMENT, remedy=remedy)
    there = _occurring(events, kept)
    if unknown := [name for name in source.events if name not in there]:
        remedy = f"Events of these rows: {list_words(there) or 'none'}."
        findings.fault(f"there is no event {list_words(unknown)}", file=records.name, column=EVENT, remedy=remedy)
    elif not source.events and len(there) > 1 and not source.instrument:
        remedy = f"Choose in [files]: events = [{list_words(there)}] or fewer; what several hold gets the event's name."
        findings.fault("the rows are of several events", file=records.name, column=EVENT, remedy=remedy)
    if there and (nameless := kept & ~events.given).any():
        rows, remedy = records.rows[nameless], "Give the event of the row."
        findings.fault("no name of an event", file=records.name, rows=rows, column=EVENT, remedy=remedy)
    if len(findings.faults) > before:
        raise UnusableError
    return kept & (events.among(source.events) if source.events else True), list(source.events or there)


def _check_repeats(records: Part, fields: Mapping[str, Field], source: FileSource, findings: Findings) -> None:
    """Record a fault for rows that hold fields of the repeating instrument without repeating it: they would be lost."""
    _, *own = fields
    own = [name for name in own if name in records.columns and fields[name].form == _plain(source.instrument)]
    once = ~records.texts(INSTRUMENT).given
    once &= records.texts(EVENT).among(source.events) if source.events else True
    held = [records.texts(name).given & once for name in own]
    if source.instrument and np.any(held):
        rows = records.rows[np.logical_or.reduce(held)]
        problem = f'fields of the repeating instrument "{source.instrument}" are filled in where it does not repeat'
        remedy = "Name in events those at which it repeats."
        findings.fault(problem, file=records.name, rows=rows, column=INSTRUMENT, remedy=remedy)


def _occurring(cells: Texts, rows: np.ndarray) -> list[str]:
    """The texts of some rows, in the order of the file."""
    codes = cells.codes[rows & cells.given]
    return [cells.texts[code] for code in dict.fromkeys(codes.tolist())]


def _said(records: Part, fields: Mapping[str, Field], answers: Answers, dictionary: str) -> list[str]:
    """How the cells were understood."""
    strange = [n for n in records.columns if field_of(n, fields) not in fields and not n.startswith("redcap_")]
    boxes = dict.fromkeys(answers.boxes.values())
    grades = [name for name, words in answers.choices.items() if words != fields[name].labels]
    worded = [name for name in answers.choices if name not in grades]
    how = "a labelled export, words as they are" if answers.labelled else f"codes in words of {dictionary}"
    said = {how: worded, "grades as numbers": grades, "ticked boxes joined": boxes}
    said |= {f"not in {dictionary}, read as they are": strange}
    return [f"{what}: {listed(names)}" for what, names in said.items() if names]


def _rows_said(source: FileSource, events: list[str]) -> list[str]:
    """Which rows are read."""
    at = f" at {', '.join(events)}" if events else ""
    if source.instrument:
        return [f"rows of the repeating instrument {source.instrument}{at}"]
    several = "; row numbers are those of each patient's first row" if len(events) > 1 else ""
    return [f"rows of no repeating instrument{at}{several}"]


def _rows_left_out(records: Part, source: FileSource, events: list[str]) -> list[LeftOut]:
    """The instruments and events that are not read."""
    instruments = [name for name in records.texts(INSTRUMENT).texts if _plain(name) != _plain(source.instrument)]
    reason = "it repeats; name it as instrument to read it"
    others = [name for name in records.texts(EVENT).texts if name not in events]
    return [
        *(LeftOut("instrument", name, reason) for name in instruments),
        *(LeftOut("event", name, "not among the events of this table") for name in others),
    ]
