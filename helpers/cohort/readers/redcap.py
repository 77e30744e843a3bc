"""REDCap: an export of records with the project's data dictionary as one table."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from helpers.cohort.findings import Findings
from helpers.cohort.readers.export import Part, UnusableError, identifiers, taken
from helpers.cohort.readers.raw import MISSING, LeftOut, RawTable, cleaned
from helpers.cohort.readers.redcap_dictionary import Field, read_dictionary
from helpers.cohort.readers.redcap_events import one_row_each
from helpers.cohort.texts import Texts
from helpers.faults import list_words
from helpers.study import FileSource

EVENT, INSTRUMENT, INSTANCE = "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"
SURVEY = ("redcap_survey_identifier", "redcap_survey_timestamp")
TICKED = ("1", "checked", "yes", "true")
RAW_EXPORT = "Export again as CSV, raw data (not labels), with all fields."


@dataclass(frozen=True)
class Answers:
    """Columns in words: `cells`, the choices behind them by code, and True for the cells that match none."""

    cells: Mapping[str, Texts]
    choices: Mapping[str, Mapping[str, str]]
    odd: Mapping[str, np.ndarray]
    labelled: bool


def read_redcap(parts: list[Part], source: FileSource, findings: Findings) -> RawTable:
    """One row per patient, or with `instrument` one per instance of a repeating instrument; choices in words.

    Fields of several events become columns "field (event)". Identifiers, free text and the states of forms are left
    out. Row numbers are those of the records file, for several events those of the patient's first row.
    """
    records, *_ = parts
    fields, dictionary = _dictionary(parts, findings)
    identifier = _record_id(records, fields, dictionary, findings)
    left_out = _left_out(records, fields, dictionary)
    kept, events = _chosen(records, source, findings)
    gone = {item.name for item in left_out}
    columns = {name: cells for name, cells in records.columns.items() if name not in gone}
    columns = {name: cells for name, cells in columns.items() if _base(name, fields) not in gone}
    places = np.flatnonzero(kept)
    part = replace(records, columns={n: taken(c, places) for n, c in columns.items()}, rows=records.rows[places])
    answers = _in_words(part, fields)
    part = replace(part, columns={**part.columns, **answers.cells})
    ticks, boxes = _ticks(part, fields)
    part = replace(part, columns={**part.columns, **ticks})
    said = [*_said(part, fields, answers, dictionary), *_rows_said(records, source, events)]
    left_out += _rows_left_out(records, source, events)
    if len(events) > 1 and not source.instrument:
        part, origin = one_row_each(part, events, identifier, boxes, findings)
    else:
        origin = {name: (name, np.arange(len(part.rows))) for name in part.columns}
    odd = {name: answers.odd[of][rows] & (rows >= 0) for name, (of, rows) in origin.items() if of in answers.odd}
    return replace(
        part.table(part.columns, said, left_out),
        choices={name: answers.choices[of] for name, (of, _) in origin.items() if of in answers.choices},
        odd={name: part.rows[mask] for name, mask in odd.items() if mask.any()},
    )


def _dictionary(parts: list[Part], findings: Findings) -> tuple[dict[str, Field], str]:
    """The fields of the data dictionary among the files, and its name; UnusableError when there is none."""
    records, *others = parts
    for part in others:
        try:
            fields = read_dictionary(part)
        except UnusableError:
            continue
        labels = {field.label for field in fields.values() if field.label}
        names = [_base(name, fields) for name in records.columns]
        if sum(name in labels for name in records.columns) > sum(name in fields for name in names):
            problem = "the header holds labels, not names of fields"
            findings.fault(problem, file=records.name, rows=(1,), remedy=RAW_EXPORT)
            raise UnusableError
        if not {*names} & {*fields}:
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


def _base(column: str, fields: Mapping[str, Field]) -> str:
    """The field that a column belongs to: for `race___2`, the box of a choice, it is `race`."""
    base = column.partition("___")[0]  # no field has more than one underscore in a row
    return base if column not in fields and base in fields and fields[base].kind == "checkbox" else column


def _left_out(records: Part, fields: Mapping[str, Field], dictionary: str) -> list[LeftOut]:
    """The fields that are not read: dropped, in one of the two files only, or the state of a form."""
    columns = {_base(name, fields) for name in records.columns}
    states = {f"{form}_{end}" for form in _forms(records, fields) for end in ("complete", "timestamp")}
    reasons = {name: field.dropped for name, field in fields.items() if name in columns and field.dropped}
    dropped = [LeftOut("field", name, reason) for name, reason in reasons.items()]
    lost = [name for name in fields if name not in columns and fields[name].kind != "descriptive"]
    absent = [LeftOut("field", name, f"in {dictionary}, but not in the export") for name in lost]
    forms = [LeftOut("field", name, "the state of a form") for name in records.columns if name in states]
    survey = [LeftOut("field", name, "the name or time of an answer") for name in records.columns if name in SURVEY]
    named = {item.name for item in [*dropped, *forms, *survey]}
    others = [name for name in records.columns if _base(name, fields) not in named]
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
    if len(findings.faults) > before:
        raise UnusableError
    return kept & (events.among(source.events) if source.events else True), list(source.events or there)


def _occurring(cells: Texts, rows: np.ndarray) -> list[str]:
    """The texts of some rows, in the order of the file."""
    codes = cells.codes[rows & cells.given]
    return [cells.texts[code] for code in dict.fromkeys(codes.tolist())]


def _in_words(part: Part, fields: Mapping[str, Field]) -> Answers:
    """The columns of fields with choices in words. The file holds codes, or throughout words (a labelled export)."""
    asked = {name: fields[name].choices for name in part.columns if name in fields and fields[name].choices}
    cells = {
        name: cleaned(part.columns[name], MISSING - {code.casefold() for code in choices})
        for name, choices in asked.items()
        if fields[name].kind != "checkbox"
    }
    votes = {_held(_occurring(cells[name], cells[name].given), asked[name]) for name in cells}
    labelled = "words" in votes and "codes" not in votes
    known = {name: {word: word for word in asked[name].values()} if labelled else asked[name] for name in cells}
    words, odd = {}, {}
    for name, column in cells.items():
        to = known[name]
        odd[name] = column.among(text for text in column.texts if _code(text) not in to)
        words[name] = column.each(lambda text, to=to: to.get(_code(text), text))  # type: ignore[misc]
    return Answers(words, {name: asked[name] for name in cells}, odd, labelled)


def _code(text: str) -> str:
    """A cell as the dictionary writes a code or a word: single blanks, whole numbers without the point."""
    return re.sub(r"\A(-?\d+)\.0+\Z", r"\1", " ".join(text.split()))


def _held(texts: Iterable[str], choices: Mapping[str, str]) -> str:
    """What the cells of a field can only be: "codes" or "words"; "" where they can be both or neither."""
    held = {*map(_code, texts)}
    codes, words = held <= {*choices}, held <= {*choices.values()}
    return "" if codes == words else "codes" if codes else "words"


def _ticks(part: Part, fields: Mapping[str, Field]) -> tuple[dict[str, Texts], dict[str, str]]:
    """For each field of boxes the words of those ticked, as one text; and the field of each box."""
    boxes = {name: base for name in part.columns if (base := _base(name, fields)) != name}
    ticks = {}
    for field in dict.fromkeys(boxes.values()):
        own = [name for name, base in boxes.items() if base == field]
        words = {re.sub(r"[^a-z0-9]", "_", code.lower()): word for code, word in fields[field].choices.items()}
        named = [words.get(name[len(field) + 3 :], name) for name in own]
        answers = [part.texts(name).each(str.casefold) for name in own]
        ticked = np.column_stack([a.among([*TICKED, w.casefold()]) for a, w in zip(answers, named, strict=True)])
        kinds, codes = np.unique(ticked, axis=0, return_inverse=True)
        texts = ["; ".join(word for word, on in zip(named, kind, strict=True) if on) for kind in kinds]
        ticks[field] = Texts(codes.reshape(-1), texts).each(lambda text: text or None)
    return ticks, boxes


def _said(part: Part, fields: Mapping[str, Field], answers: Answers, dictionary: str) -> list[str]:
    """How the cells were understood."""
    named = {*part.columns, *(_base(name, fields) for name in part.columns)}
    strange = [name for name in part.columns if _base(name, fields) not in fields and not name.startswith("redcap_")]
    words = ", ".join(answers.cells)
    boxes = ", ".join(name for name in fields if name in named and fields[name].kind == "checkbox")
    said = {
        f"a labelled export: words of the choices as they are in {words}": bool(words) and answers.labelled,
        f"codes in words of {dictionary}: {words}": bool(words) and not answers.labelled,
        f"boxes ticked as one text: {boxes}": bool(boxes),
        f"not in {dictionary}, read as they are: {', '.join(strange)}": bool(strange),
    }
    return [sentence for sentence, holds in said.items() if holds]


def _rows_said(records: Part, source: FileSource, events: list[str]) -> list[str]:
    """Which rows are read."""
    rows = f"the repeating instrument {source.instrument}" if source.instrument else "patients"
    said = [f"rows of {rows}" + (f" at {', '.join(events)}" if events else "")]
    several = len(events) > 1 and not source.instrument
    return [*said, "rows are numbered as each patient's first"] if several else said


def _rows_left_out(records: Part, source: FileSource, events: list[str]) -> list[LeftOut]:
    """The instruments and events that are not read."""
    instruments = [name for name in records.texts(INSTRUMENT).texts if _plain(name) != _plain(source.instrument)]
    reason = "a repeating instrument; a table reads it that names it as instrument"
    others = [name for name in records.texts(EVENT).texts if name not in events]
    return [
        *(LeftOut("instrument", name, reason) for name in instruments),
        *(LeftOut("event", name, "not among the events of this table") for name in others),
    ]
