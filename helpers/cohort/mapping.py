"""From the source's columns to the canonical ones, still as text: names, code words, event days."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.cohort.dictionary import Column, columns_for
from helpers.cohort.findings import Findings
from helpers.cohort.identifiers import NUMBER, identifier_kind
from helpers.cohort.reading import SourceFile
from helpers.cohort.texts import Texts, TextTable
from helpers.faults import list_words, suggest
from helpers.study import Source, Study
from helpers.study.definition import SECTIONS

YES = ("yes", "1", "y", "true", "t")
NO = ("no", "0", "n", "false", "f")
SYNONYMS = {
    "yes": YES,
    "no": NO,
    "female": ("f", "woman"),
    "male": ("m", "man"),
    "negative": ("neg",),
    "positive": ("pos",),
}


@dataclass(frozen=True)
class Plan:
    """How a file becomes a table: the canonical columns there are, and where those that it has come from."""

    file: str
    columns: Mapping[str, Column]
    sources: Mapping[str, Source]

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
            codes.setdefault(source.event, set()).update(source.event_codes)
        return {name: frozenset(code.casefold() for code in found) for name, found in codes.items()}


def make_plan(source: SourceFile, study: Study, table: str, findings: Findings) -> Plan:
    """Where each canonical column of a table is read from; faults for names that do not exist.

    A column without a mapping is read from the source's column of the same name, if there is one. Optional
    columns that are in neither place are left out: they are not recorded in this cohort.
    """
    columns, mapped = columns_for(study, table), study.columns[table]
    _check_names(columns, mapped, findings)
    _check_numbers(source, mapped, findings)
    sources = {}
    for name, column in columns.items():
        wanted = mapped.get(name) or Source(column=name)
        missing = [header for header in wanted.source_columns if source.position(header) is None]
        if not missing:
            sources[name] = wanted
        elif name in mapped or not column.in_dictionary or column.required != "no":
            hint = suggest(missing[0], source.header, cutoff=0.8)
            remedy = f"{hint} Add the column, or map {name} in study.toml [{SECTIONS[table]}].".strip()
            problem = f"there is no column {list_words(missing)}"
            findings.fault(problem, file=source.name, rows=(1,), column=name, remedy=remedy)
    return Plan(source.name, columns, sources)


def map_columns(read: TextTable, plan: Plan, findings: Findings) -> dict[str, Texts]:
    """The canonical columns as text, one per source."""
    mapped: dict[str, Texts] = {}
    columns, size = plan.columns, len(read.rows)
    for name, source in plan.sources.items():
        text = read.without(source.source_columns, source.missing)
        if source.row_number:
            mapped[name] = Texts(np.arange(size), [str(number) for number in range(1, size + 1)])
        elif source.time:
            mapped[name] = _event_times(text, name, plan, findings)
        elif source.date:
            mapped[name] = _days_between(text, name, plan, findings)
        else:
            mapped[name] = text.columns[source.column]
        if columns[name].type == "category" or source.values:
            mapped[name] = mapped[name].each(words_of(source.values, columns[name].words))
    if "arm" in columns and columns["arm"].required == "no":
        mapped.setdefault("arm", Texts(np.zeros(size, int), columns["arm"].words[:1]))
    return mapped


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
    if not re.fullmatch(r"-?\d+(\.\d+)?", text):
        text = re.sub(r"[\s-]+", "_", text.casefold())
    return re.sub(r"\.0+\Z", "", text)


def _event_times(text: TextTable, name: str, plan: Plan, findings: Findings) -> Texts:
    """The time where the event happened, empty where it did not."""
    source = plan.sources[name]
    event, time = text.columns[source.event], text.columns[source.time]
    codes = event.each(plain_code)
    yes = codes.among([plain_code(code) for code in source.event_codes or YES])
    known = yes | (codes.given if source.event_codes else codes.among(NO))
    place, check = f"{name} (event {source.event})", "The event indicator is known"
    problem = "the event indicator is empty or not a known code"
    remedy = "Use 1 for the event and 0 for none, or name the codes of the event in event_codes."
    unclear = text.rows[~known & (event.given | time.given)]
    findings.check(check, place, len(known), unclear, file=plan.file, problem=problem, remedy=remedy)
    problem, remedy = "the event happened but its time is empty", "Give the time of the event."
    timeless, check = text.rows[yes & ~time.given], "Each event has a time"
    findings.check(check, place, int(yes.sum()), timeless, file=plan.file, problem=problem, remedy=remedy)
    return time.where(yes)


def _days_between(text: TextTable, name: str, plan: Plan, findings: Findings) -> Texts:
    """Whole days from the infusion date to the date of the column, as text."""
    file, column = plan.file, plan.sources[name].date
    cells, start = text.columns[column], plan.sources.get("infusion_date")
    if start is None or not start.column:
        findings.fault("infusion_date is needed to count days from dates", file=file, column=name, remedy="Map it.")
        return cells.where(np.zeros(len(text.rows), bool))
    dates = to_dates(cells)
    days = (dates - to_dates(text.columns[start.column])) / np.timedelta64(1, "D")
    place, dated = f"{name} (date {column})", int(cells.given.sum())
    bad, lost = text.rows[cells.given & np.isnat(dates)], text.rows[~np.isnat(dates) & np.isnan(days)]
    problem, remedy = "not a date", "Write dates as YYYY-MM-DD."
    findings.check("Is a date", place, dated, bad, file=file, problem=problem, remedy=remedy)
    problem, remedy = "there is a date but no infusion_date to count from", "Give the date of infusion."
    findings.check("Dates can be counted", place, dated, lost, file=file, problem=problem, remedy=remedy)
    return Texts.of(days).each(lambda day: str(int(day)))


def to_dates(cells: Texts) -> np.ndarray:
    """ISO dates (a time of day is dropped); NaT where the text is none."""
    days = np.array([*(text[:10] for text in cells.texts), ""], dtype=object)
    return pd.to_datetime(days, format="%Y-%m-%d", errors="coerce").to_numpy()[cells.codes]


def _check_numbers(source: SourceFile, mapped: Mapping[str, Source], findings: Findings) -> None:
    """Add a fault for each number of a patient that study.toml does not take for the study's own."""
    own = mapped["patient_id"].column if "patient_id" in mapped else ""
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
        for key in ("unit", "empty_after_last_contact"):
            if getattr(source, key) and name in columns and columns[name].type != "day":
                problem = f"{key} is read for columns of type day only"
                remedy = f"Remove {key}; {name} is read in the unit of the codebook."
                findings.fault(problem, file="study.toml", column=name, remedy=remedy)
