"""From the source's columns to the canonical ones, still as text: names, code words, event days."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.cohort.dates import read_dates, refusals, to_dates
from helpers.cohort.dictionary import Column, columns_for
from helpers.cohort.findings import Findings
from helpers.cohort.identifiers import NUMBER, identifier_kind
from helpers.cohort.numbers import NO_EVENT, NONE_UNKNOWN, UNKNOWN, Style
from helpers.cohort.reading import SourceFile
from helpers.cohort.texts import REFUSED, Texts, TextTable
from helpers.faults import list_words, suggest
from helpers.study import Source, Study
from helpers.study.definition import SECTIONS

LEAVE_OUT = ("redcap", "adam")  # forms of exports whose identifiers are left out, so that none need be removed
RELAPSE_KNOWN = "relapse_known"
YES = ("yes", "1", "y", "true", "t")
NO = ("no", "0", "n", "false", "f")
EMPTIED = "codes for a missing value emptied, as study.toml says"
SYNONYMS = {
    "yes": YES,
    "no": NO,
    "female": ("f", "woman"),
    "male": ("m", "man"),
    "negative": ("neg",),
    "positive": ("pos",),
    "scr": ("stringent_complete_response",),
    "cr": ("complete_response", "complete_remission"),
    "vgpr": ("very_good_partial_response",),
    "pr": ("partial_response", "partial_remission"),
    "mr": ("minimal_response",),
    "sd": ("stable_disease",),
    "pd": ("progressive_disease",),
    "nr": ("no_response",),
    "not_evaluable": ("ne",),
}


@dataclass(frozen=True)
class Plan:
    """How a file becomes a table: the canonical columns there are, and where those that it has come from."""

    file: str
    columns: Mapping[str, Column]
    sources: Mapping[str, Source]
    numbers: Style
    dates: str

    @property
    def source_columns(self) -> list[str]:
        """The names of the source's columns that are read, each once."""
        return list(dict.fromkeys(name for source in self.sources.values() for name in source.source_columns))

    @property
    def codes(self) -> dict[str, frozenset[str]]:
        """By column of the source, the codes that study.toml gives a meaning: they are no missing cells."""
        codes: dict[str, set[str]] = {}
        for name, source in self.sources.items():
            words = self.columns[name].words if name == "arm" else ()
            codes.setdefault(source.column, set()).update([*source.values, *words])
            codes.setdefault(source.event or source.column, set()).update([*source.event_codes, *source.unknown])
        return {name: frozenset(code.casefold() for code in found) for name, found in codes.items()}


def make_plan(source: SourceFile, study: Study, table: str, findings: Findings, unread: Collection[str] = ()) -> Plan:
    """Where each canonical column of a table is read from, but those `unread`; faults for names that do not exist.

    A column without a mapping is read from the source's column of the same name, if there is one. Optional
    columns that are in neither place are left out: they are not recorded in this cohort.
    """
    columns, mapped = columns_for(study, table), study.columns[table]
    _check_names(columns, mapped, findings)
    meant = {close for name in mapped if name not in columns for close in get_close_matches(name, columns, n=1)}
    _check_numbers(source, mapped, findings)
    columns = {name: column for name, column in columns.items() if name not in unread}
    sources = {}
    for name, column in columns.items():
        wanted = mapped.get(name) or Source(column=name)
        missing = [header for header in wanted.source_columns if source.position(header) is None]
        if not missing:
            sources[name] = wanted
        elif name in meant:
            continue  # its mapping is misspelt, which is said
        elif name in mapped or not column.in_dictionary or column.required != "no":
            hint = suggest(missing[0], source.header, cutoff=0.8)
            remedy = f"Add the column, or map {name} in study.toml [{SECTIONS[table]}]."
            remedy = " ".join(filter(None, [_why(source, missing[0]), hint, remedy, _sheets(source)]))
            problem = f"there is no column {list_words(missing)}"
            findings.fault(problem, file=source.name, rows=(source.header_row,), column=name, remedy=remedy)
    style = Style(source.source.decimal, source.raw.decimal)
    return Plan(source.name, columns, sources, style, source.source.dates)


def _sheets(source: SourceFile) -> str:
    """That a workbook has other sheets, one of which may be meant."""
    names = [item.name for item in source.raw.left_out if item.kind == "sheet"]
    return f"Or name the sheet that is meant, as sheet = beside the file: {list_words(names)}." if names else ""


def _why(source: SourceFile, column: str) -> str:
    """Why an export has no column of this name, if it was left out or is of several events."""
    reasons = [item.reason for item in source.raw.left_out if item.name == column]
    events = [name for name in source.header if name.startswith(f"{column} (")]
    several = f"Several events hold it: {list_words(events)}." if events else ""
    return f"It is not read: {reasons[0]}." if reasons else several


def map_columns(
    read: TextTable, plan: Plan, findings: Findings, starts: Mapping[str, str] | None = None
) -> dict[str, Texts]:
    """The canonical columns as text, one per source.

    Dates are counted from the table's infusion dates, else from `starts`, the infusion dates by patient.
    """
    mapped: dict[str, Texts] = {}
    columns, size = plan.columns, len(read.rows)
    texts = {name: read.without(source.source_columns, source.missing) for name, source in plan.sources.items()}
    for name, source in plan.sources.items():
        for column in source.source_columns:
            emptied = read.columns[column].given.sum() - texts[name].columns[column].given.sum()
            findings.changed(EMPTIED, emptied, file=plan.file, column=column)
    dates = _dates(texts, plan, findings)
    for name, source in plan.sources.items():
        text = texts[name]
        if source.row_number:
            mapped[name] = Texts(np.arange(size), [str(number) for number in range(1, size + 1)])
        elif name in dates:
            mapped[name] = dates[name]
        else:
            mapped[name] = text.columns[source.time or source.column].where(~_unknown(text, source))
        if source.event:
            mapped[name] = _event_times(mapped[name], text, name, plan, findings)
        if columns[name].type == "category" or source.values:
            mapped[name] = _words(mapped[name], name, plan, findings)
    if any(source.unknown for source in plan.sources.values()):
        mapped[RELAPSE_KNOWN] = _relapse_known(read, plan, mapped)
    clock = Clock(_starts(mapped, starts), read.rows)
    for name in dates:
        if plan.sources[name].date:
            mapped[name] = _days_between(mapped[name], clock, name, plan, findings)
    if "arm" in columns and columns["arm"].required == "no":
        words = columns["arm"].words[:1]  # none where the arms of study.toml are at fault
        mapped.setdefault("arm", Texts(np.full(size, len(words) - 1), words))
    return mapped


class Clock(NamedTuple):
    """What days are counted from: for each row a date (NaT where none is known) as text; None where there is none."""

    starts: Texts | None
    rows: pd.Index


def _starts(mapped: Mapping[str, Texts], starts: Mapping[str, str] | None) -> Texts | None:
    """The infusion date of each row: the table's own, else that of its patient."""
    if starts is None or "infusion_date" in mapped:
        return mapped.get("infusion_date")
    ids = mapped.get("patient_id")
    return ids and ids.each(lambda patient: starts.get(patient, REFUSED) or None)


def _dates(texts: Mapping[str, TextTable], plan: Plan, findings: Findings) -> dict[str, Texts]:
    """The columns that hold dates, in ISO form."""
    columns = {
        name: source.date or source.column
        for name, source in plan.sources.items()
        if source.date or (plan.columns[name].type == "date" and source.column)
    }
    read = read_dates({name: texts[name].columns[column] for name, column in columns.items()}, plan.dates)
    for name, dates in read.items():
        for form, cells in dates.forms.items():
            findings.changed(f"dates written as {form}", cells, file=plan.file, column=columns[name])
    return {name: dates.cells for name, dates in read.items()}


def _words(cells: Texts, name: str, plan: Plan, findings: Findings) -> Texts:
    """The words that the codes of a column stand for; said where a code is a word's usual spelling and not the word."""
    source, words = plan.sources[name], plan.columns[name].words
    made = cells.each(words_of(source.values, words))
    mapped = {plain_code(code) for code in source.values}
    other = [text for text in cells.texts if text not in words and plain_code(text) not in mapped]
    understood = cells.among(other) & made.among(words)
    what = "capitals, hyphens or usual codes of words"
    findings.changed(what, understood.sum(), file=plan.file, column=source.column or source.event)
    return made


def words_of(values: Mapping[str, str], words: tuple[str, ...]) -> Callable[[str], str]:
    """What makes an allowed word of a code: the value map, then the word itself, its usual codes, any capitals.

    Codes that mean nothing stay as they are, to be found by the checks.
    """
    known = {plain_code(synonym): word for word in words for synonym in SYNONYMS.get(word, ())}
    known |= {plain_code(word): word for word in words}
    known |= {plain_code(code): known.get(plain_code(word), word) for code, word in values.items()}
    return lambda cell: known.get(plain_code(cell), cell)


def plain_code(code: str) -> str:
    """A code without capitals, with underscores for spaces and hyphens, and whole numbers without their point."""
    text = str(code).strip()
    if not re.fullmatch(r"-?\d+([.,]\d+)?", text):
        text = re.sub(r"[\s-]+", "_", text.casefold())
    return re.sub(r"[.,]0+\Z", "", text)


def _event_times(time: Texts, text: TextTable, name: str, plan: Plan, findings: Findings) -> Texts:
    """The time or date where the event happened, empty where it did not."""
    source = plan.sources[name]
    event = text.columns[source.event]
    codes = event.each(plain_code)
    unknown = _unknown(text, source)
    yes = codes.among([plain_code(code) for code in source.event_codes or YES]) & ~unknown
    known = yes | unknown | event.among([REFUSED]) | (codes.given if source.event_codes else codes.among(NO))
    place, check = f"{name} (event {source.event})", "The event indicator is known"
    problem = "the event indicator is empty or not a known code"
    remedy = "Use 1 for the event and 0 for none, or name the codes of the event in event_codes."
    unclear = text.rows[~known & (event.given | time.given)]
    findings.check(check, place, len(known), unclear, file=plan.file, problem=problem, remedy=remedy)
    problem, remedy = "the event happened but its time is empty", "Give the time of the event."
    if source.event_codes:
        doubtful = codes.among([*map(plain_code, UNKNOWN)]) & ~yes & ~unknown
        findings.question(NONE_UNKNOWN, place, len(known), text.rows[doubtful], file=plan.file, **NO_EVENT)
    timeless, check = text.rows[yes & ~time.given], "Each event has a time"
    findings.check(check, place, int(yes.sum()), timeless, file=plan.file, problem=problem, remedy=remedy)
    return time.where(yes)


def _unknown(text: TextTable, source: Source) -> np.ndarray:
    """True for the rows whose indicator says that it is not known whether the event happened."""
    if not source.unknown:
        return np.zeros(len(text.rows), bool)
    cells = text.columns[source.event or source.column]
    return cells.each(plain_code).among([plain_code(code) for code in source.unknown])


def _relapse_known(text: TextTable, plan: Plan, mapped: Mapping[str, Texts]) -> Texts:
    """Whether it is known of each patient if a relapse happened: not where any indicator says so, or the column."""
    known = ~np.any([_unknown(text, source) for source in plan.sources.values() if source.unknown], axis=0)
    if RELAPSE_KNOWN in mapped:
        known &= ~mapped[RELAPSE_KNOWN].among(["no"])
    return Texts(known.astype(int), ["no", "yes"])


def _days_between(dates: Texts, clock: Clock, name: str, plan: Plan, findings: Findings) -> Texts:
    """Whole days from the infusion date to each date, as text; cells whose fault is recorded say so."""
    file, rows, dated = plan.file, clock.rows, int(dates.given.sum())
    if clock.starts is None:
        remedy = "Map infusion_date of the patients."
        findings.fault("infusion_date is needed to count days from dates", file=file, column=name, remedy=remedy)
        return dates.where(np.zeros(len(rows), bool))
    days = (to_dates(dates) - to_dates(clock.starts)) / np.timedelta64(1, "D")
    place = f"{name} (date {plan.sources[name].date})"
    findings.refused("Is a date", place, dated, rows.to_numpy(), file=file, refusals=refusals(dates))
    lost = dates.given & ~clock.starts.given
    problem, remedy = "there is a date but no infusion_date to count from", "Give the date of infusion."
    findings.check("Dates can be counted", place, dated, rows[lost], file=file, problem=problem, remedy=remedy)
    counted = Texts.of(days).each(lambda day: str(int(day)))
    refused = np.where(dates.given & np.isnan(days), len(counted.texts), counted.codes)
    return Texts(refused, [*counted.texts, REFUSED])


def _check_numbers(source: SourceFile, mapped: Mapping[str, Source], findings: Findings) -> None:
    """Add a fault for each number of a patient that study.toml does not take for the study's own."""
    own = mapped["patient_id"].column if "patient_id" in mapped else ""
    if source.source.format in LEAVE_OUT:
        return
    for place, header in enumerate(source.header):
        if identifier_kind(header) == NUMBER and place != source.position(own):
            column, problem = f"column {place + 1}", f"the header looks like {NUMBER}, which identifies a person"
            remedy = "Remove this column; if it is the study's own number, map it as patient_id in study.toml."
            findings.fault(problem, file=source.name, rows=(1,), column=column, remedy=remedy)


def _check_names(columns: Mapping[str, Column], mapped: Mapping[str, Source], findings: Findings) -> None:
    """Add a fault for each mapped name that no column has, and for each key that its type of column does not read."""
    for name in mapped:
        if name not in columns:
            known = suggest(name, columns) or "Use a name of the dictionary, or declare it under [[covariates]]."
            findings.fault(f'"{name}" is not a column of the dictionary', file="study.toml", remedy=known)
    for name, source in mapped.items():
        if source.unknown and name in columns and name != "relapse_day" and not name.endswith("_event"):
            remedy = "Remove unknown; a status that is not known can be represented for relapse only."
            findings.fault("unknown is read for relapse_day only", file="study.toml", column=name, remedy=remedy)
        for key in ("unit", "empty_after_last_contact"):
            if getattr(source, key) and name in columns and columns[name].type != "day":
                problem = f"{key} is read for columns of type day only"
                remedy = f"Remove {key}; {name} is read in the unit of the codebook."
                findings.fault(problem, file="study.toml", column=name, remedy=remedy)
        if source.date and name in columns and not name.endswith("day") and columns[name].type != "day":
            problem, remedy = "a date is read for columns of a day only", f"Map {name} to a column with its own values."
            findings.fault(problem, file="study.toml", column=name, remedy=remedy)
