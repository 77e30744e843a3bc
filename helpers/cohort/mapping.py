"""From the source's columns to the canonical ones, still as text: names, code words, event days."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.cohort.dictionary import Column, columns_for
from helpers.cohort.findings import Findings
from helpers.cohort.reading import SourceFile
from helpers.faults import list_words, suggest
from helpers.study import Source, Study
from helpers.study.parts import read_from

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


def make_plan(source: SourceFile, study: Study, table: str, findings: Findings) -> Plan:
    """Where each canonical column of a table is read from; faults for names that do not exist.

    A column without a mapping is read from the source's column of the same name, if there is one. Optional
    columns that are in neither place are left out: they are not recorded in this cohort.
    """
    columns, mapped = columns_for(study, table), study.columns[table]
    _refuse_unknown(columns, mapped, findings)
    _refuse_idle(columns, mapped, findings)
    found = {}
    for name, column in columns.items():
        wanted = mapped.get(name) or read_from(name)
        missing = [header for header in wanted.source_columns if source.position(header) is None]
        if not missing:
            found[name] = wanted
        elif name in mapped or not column.in_dictionary or column.required != "no":
            _missing_column(name, missing, source, findings, mapped_in=f"study.toml [{_section(table)}]")
    return Plan(source.name, columns, found)


def map_columns(text: pd.DataFrame, plan: Plan, findings: Findings) -> pd.DataFrame:
    """The canonical columns as text (NaN = missing), one per source, with the rows of the file as index."""
    mapped, columns = {}, plan.columns
    for name, source in plan.sources.items():
        if source.row_number:
            mapped[name] = pd.Series(range(1, len(text) + 1), index=text.index).astype(str)
        elif source.time:
            mapped[name] = _event_times(text, name, plan, findings)
        elif source.date:
            mapped[name] = _days_between(text, name, plan, findings)
        else:
            mapped[name] = text[source.column]
        if columns[name].type == "category" or source.values:
            mapped[name] = to_words(mapped[name], source.values, columns[name].words)
    if "arm" in columns and columns["arm"].required == "no":
        mapped.setdefault("arm", pd.Series(columns["arm"].words[0], index=text.index, dtype=object))
    return pd.DataFrame(mapped, index=text.index)


def to_words(cells: pd.Series, values: Mapping[str, str], words: tuple[str, ...]) -> pd.Series:
    """Source codes as the allowed words: by the value map, then by the word itself, its usual codes, any capitals.

    Codes that mean nothing stay as they are, to be found by the checks.
    """
    known = {plain_code(synonym): word for word in words for synonym in SYNONYMS.get(word, ())}
    known |= {plain_code(word): word for word in words}
    known |= {plain_code(code): known.get(plain_code(word), word) for code, word in values.items()}
    codes = {cell: known.get(plain_code(cell), cell) for cell in cells.dropna().unique()}
    return cells.map(codes).astype(object)


def plain_code(code: str) -> str:
    """A code without capitals, with underscores for spaces and hyphens, and whole numbers without their point."""
    text = re.sub(r"[\s-]+", "_", str(code).strip().casefold()) if not _is_number(code) else str(code).strip()
    return re.sub(r"\.0+\Z", "", text)


def _is_number(code: str) -> bool:
    """True for digits with an optional sign and point."""
    return bool(re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", str(code)))


def _event_times(text: pd.DataFrame, name: str, plan: Plan, findings: Findings) -> pd.Series:
    """The time where the event happened, NaN where it did not."""
    source, file = plan.sources[name], plan.file
    event = text[source.event]
    codes = event.map(plain_code, na_action="ignore")
    yes = codes.isin([plain_code(code) for code in source.event_codes or YES])
    known = yes | (codes.notna() if source.event_codes else codes.isin(NO))
    place = f"{name} (event {source.event})"
    remedy = "Use 1 for the event and 0 for none, or name the codes of the event in event_codes."
    problem = "the event indicator is empty or not a known code"
    bad = event.index[~known & (event.notna() | text[source.time].notna())]
    findings.check("The event indicator is known", place, len(event), bad, file=file, problem=problem, remedy=remedy)
    problem, remedy = "the event happened but its time is empty", "Give the time of the event."
    bad = event.index[yes & text[source.time].isna()]
    findings.check("Each event has a time", place, int(yes.sum()), bad, file=file, problem=problem, remedy=remedy)
    return text[source.time].where(yes, np.nan)


def _days_between(text: pd.DataFrame, name: str, plan: Plan, findings: Findings) -> pd.Series:
    """Whole days from the infusion date to the date of the column, as text."""
    source, file = plan.sources[name], plan.file
    given = text[source.date]
    start = plan.sources.get("infusion_date")
    if start is None or not start.column:
        findings.fault("infusion_date is needed to count days from dates", file=file, column=name, remedy="Map it.")
        return pd.Series(np.nan, index=text.index, dtype=object)
    dates = to_dates(given)
    place = f"{name} (date {source.date})"
    problem, remedy = "not a date", "Write dates as YYYY-MM-DD."
    bad = given.index[given.notna() & dates.isna()]
    findings.check("Is a date", place, int(given.notna().sum()), bad, file=file, problem=problem, remedy=remedy)
    days = (dates - to_dates(text[start.column])).dt.days
    lost = given.index[dates.notna() & days.isna()]
    problem, remedy = "there is a date but no infusion_date to count from", "Give the date of infusion."
    findings.check(
        "Dates can be counted", place, int(given.notna().sum()), lost, file=file, problem=problem, remedy=remedy
    )
    return days.map(lambda day: str(int(day)), na_action="ignore").astype(object)


def to_dates(cells: pd.Series) -> pd.Series:
    """ISO dates (a time of day is dropped); NaT where the text is none."""
    return pd.to_datetime(cells.str.slice(0, 10), format="%Y-%m-%d", errors="coerce")


def _refuse_unknown(columns: Mapping[str, Column], mapped: Mapping[str, Source], findings: Findings) -> None:
    """Add a fault for each mapped name that is neither in the dictionary nor declared by the study."""
    for name in mapped:
        if name not in columns:
            known = suggest(name, columns) or "Use a name of the dictionary, or declare it under [[covariates]]."
            findings.fault(f'"{name}" is not a column of the dictionary', file="study.toml", remedy=known)


def _refuse_idle(columns: Mapping[str, Column], mapped: Mapping[str, Source], findings: Findings) -> None:
    """Add a fault for each key that is read for days since time zero only and stands at another column."""
    for name, source in mapped.items():
        for key in ("unit", "empty_after_last_contact"):
            if getattr(source, key) and name in columns and columns[name].type != "day":
                problem = f"{key} is read for columns of type day only"
                remedy = f"Remove {key}; {name} is read in the unit of the codebook."
                findings.fault(problem, file="study.toml", column=name, remedy=remedy)


def _missing_column(name: str, missing: list[str], source: SourceFile, findings: Findings, *, mapped_in: str) -> None:
    """Add a fault for a column that is not in the file."""
    hint = suggest(missing[0], source.header, cutoff=0.8)
    remedy = f"{hint} Add the column, or map {name} in {mapped_in}.".strip()
    findings.fault(f"there is no column {list_words(missing)}", file=source.name, rows=(1,), column=name, remedy=remedy)


def _section(table: str) -> str:
    """The section of study.toml that maps a table."""
    return "columns" if table == "patients" else table
