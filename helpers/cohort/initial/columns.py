"""What each column of a file may be: the canonical columns whose words its header has and whose kind its cells are."""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from helpers.cohort.dictionary import YES_NO, Column, dictionary
from helpers.cohort.initial.cells import Cells
from helpers.cohort.initial.codes import TODO, meanings, plain, table
from helpers.cohort.initial.words import ROOM, Header, readings

ALL, KNOWN, SOME = 3, 2, 1  # words of a header that are understood: all, all but unknown ones, not all
STRONG, FITS, NOT = 2, 1, 0  # how well cells fit
NEUTRAL = {"of", "scale", "patient", "cart", "infusion", "day0", "cells"}
UNITS = {
    "years": {"years"},
    "%": {"percent"},
    "10⁶/kg": {"milperkg"},
    "months": {"months", "when", "from", "to"},
    "days": {"days", "when", "date", "from", "to"},
    "grade": {"grade", "max", "best"},
    "10⁹/L": {"gperl"},
    "g/L": {"gperl"},
    "": {"percent"},
}
CATEGORY = {"yn", "event", "given", "evaluation"}
DAY = {"date", "when", "days", "months", "yn", "event", "given", "evaluation", "from", "to"}
STARTS = {"infusion", "cart", "day0", "second", "therapy"}
ALWAYS = ("response_day", "last_contact_day", "death_or_last_contact", "follow_up_time")  # no indicator says whether
LONGEST_ID = 40
FEW = 6  # different numbers that may be codes
MOST_DAYS = 4000  # a day number above is a date of some system, or in another unit


@dataclass(frozen=True)
class SourceColumn:
    """A column of the analyst's file: its name, its label if the file has one, and its cells."""

    name: str
    label: str
    cells: Cells


@dataclass(frozen=True)
class Concept:
    """A canonical column, or what stands for one in many files ("overall_survival"), and the phrases that mean it."""

    name: str
    phrases: tuple[frozenset[str], ...]
    column: Column

    @property
    def allowed(self) -> set[str]:
        """Meanings that a header may have beside a phrase."""
        kind, allowed = self.column.type, set(NEUTRAL)
        if kind == "text":
            return allowed | ({"number", "id", "study", "record"} if self.name == "patient_id" else set())
        allowed |= {"category": CATEGORY, "day": DAY, "date": {"date", "when", "given"}}.get(kind, set())
        if kind in ("number", "integer"):
            allowed |= UNITS[self.column.unit] | ({"number"} if not self.column.unit else set())
        if self.name in ("overall_survival", "event_free", "leukaemia_free", "any_event"):
            allowed |= {"censor"}
        if self.column.role == "baseline":
            return allowed | {"before", "lymphodepletion"}
        return allowed | ({"before"} if self.column.role == "product" else {"after"})


@dataclass(frozen=True)
class Candidate:
    """What a column may be: the concept and (of an event) its aspect, how much of the header says so, and the cells."""

    source: SourceColumn
    concept: Concept
    aspect: str  # of a day: "date", "time" or "indicator"; else ""
    words: int
    size: tuple[int, int]  # words and letters of the phrase
    fit: int
    header: Header
    matched: tuple[str, ...] = ()

    @property
    def slot(self) -> tuple[str, str]:
        """What a column can be used for once only."""
        return self.concept.name, self.aspect

    @property
    def score(self) -> tuple:
        """Compares candidates: the words understood, the length of the phrase, the cells."""
        return self.words, *self.size, self.fit

    @property
    def is_sure(self) -> bool:
        """True when it may be written down: all words understood, or all but unknown ones and cells that say it too."""
        needed = KNOWN if self.fit == STRONG and self.concept.name != "patient_id" else ALL
        return bool(self.fit) and self.words >= needed

    @property
    def reason(self) -> str:
        """Why, in words."""
        words = re.sub(r"(\d) (st|nd|rd|th)\b", r"\1\2", " ".join(self.matched))
        said = f'{"label" if self.source.label else "header"} says "{words}"' if words else "it has the canonical name"
        return f"{said}; {self.source.cells.described()}"


@cache
def concepts(name: str) -> tuple[Concept, ...]:
    """What the columns of a table may be."""
    columns = {column.name: column for column in dictionary() if column.table == name}
    with (ROOM / "concepts.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["table"] == name]
    event = replace(columns.get("death_day", next(iter(columns.values()))), words=())
    return tuple(
        Concept(
            row["concept"],
            tuple(frozenset(phrase.split()) for phrase in row["phrases"].split("|")),
            columns.get(row["concept"], event),
        )
        for row in rows
    )


def candidates(source: SourceColumn, table_name: str) -> list[Candidate]:
    """What a column may be, best first."""
    headers = readings(source.label or source.name)
    named = readings(source.name) if source.label else headers
    found = []
    for concept in concepts(table_name):
        best = max((_match(header, concept) for header in headers), key=lambda match: match[:2])
        if source.label and best[0] < ALL:  # its name may say it; its label then says nothing else
            other = max((_match(header, concept) for header in named), key=lambda match: match[:2])
            best = max(best, (min(other[0], KNOWN), *other[1:]), key=lambda match: match[:2])
        words, size, header, phrase = best
        exact = source.name.strip().casefold() == concept.name
        if exact:
            words, size, phrase = ALL + 1, (9, 99), frozenset()
        if not words:
            continue
        aspect, fit = fitting(concept, source.cells, header)
        found.append(Candidate(source, concept, aspect, words, size, fit, header, header.words_for(phrase)))
    return sorted(found, key=lambda candidate: candidate.score, reverse=True)


def _match(header: Header, concept: Concept) -> tuple[int, tuple[int, int], Header, frozenset[str]]:
    """How much of a header is understood as a concept, and by which phrase."""
    there = header.meanings
    phrases = [phrase for phrase in concept.phrases if phrase <= there]
    if not phrases or _backwards(header):
        return 0, (0, 0), header, frozenset()
    allowed = concept.allowed | ({"second"} if there & (STARTS - {"second"}) else set())

    def rank(phrase: frozenset[str]) -> tuple[int, int, int]:
        letters = sum(map(len, header.words_for(phrase)))
        return -len(there - phrase - allowed), len(phrase), letters

    phrase = max(phrases, key=rank)
    others, *size = rank(phrase)
    words = SOME if others else KNOWN if header.unknown else ALL
    return words, (size[0], size[1]), header, phrase


def _backwards(header: Header) -> bool:
    """True for a time that ends at the infusion or begins at something else ("days from relapse to infusion")."""
    passed = {"of", "", "date", "when", "patient"}
    order = [part for _, meaning in header.words for part in meaning.split() if part not in passed]
    after = {word: order[order.index(word) + 1 :] for word in ("from", "to") if word in order}
    if not {*order} & {"days", "months", "weeks", "years", "from"} and not header.meanings & {"when", "date"}:
        return False
    if {"first", "second"} <= {*order} or "first_infusion" in order:
        return False
    starts_late = bool(after.get("from")) and after["from"][0] not in STARTS | {"first"}
    return starts_late or (bool(after.get("to")) and after["to"][0] in STARTS)


def fitting(concept: Concept, cells: Cells, header: Header) -> tuple[str, int]:
    """The aspect of an event that the cells hold ("" for other concepts), and how well they fit."""
    column = concept.column
    if not cells.given:
        return "", NOT
    if column.type == "day":
        aspect, fit = _event(cells, header)
        return aspect, NOT if aspect == "indicator" and concept.name in ALWAYS else fit
    if column.unit == "days" and cells.years:
        return "date", FITS
    kinds = {"text": _text, "date": _date, "category": _category, "integer": _number, "number": _number}
    return "", kinds[column.type](cells, column, header)


def _event(cells: Cells, header: Header) -> tuple[str, int]:
    """An event's date, its time or its indicator, as the cells and then the words of the header say."""
    said = header.meanings
    if cells.years:
        return "date", NOT if said & {"months", "yn"} else FITS
    if _is_indicator(cells) and not said & {"days", "months", "date"}:
        return "indicator", FITS
    few = len(cells.counts) <= FEW and not said & {"days", "months", "when"}
    if (
        len(cells.numbers)
        and cells.numbers[0] >= 0
        and not few
        and not said & {"yn", "event", "censor", "weeks", "years"}
    ):
        return "time", FITS
    return "", NOT


def _is_indicator(cells: Cells) -> bool:
    """True for two or three codes that say whether something happened."""
    known = all(plain(code) in table("event") or plain(code) in table("vital") for code in cells.counts)
    return len(cells.counts) <= 3 and (known or (cells.whole and cells.numbers[0] >= 0 and cells.numbers[-1] <= 99))


def _text(cells: Cells, column: Column, header: Header) -> int:
    """An id: all different in a table of patients, neither dates nor notes."""
    longest = max(map(len, cells.counts))
    if column.name != "patient_id":
        return NOT if cells.years or len(cells.numbers) else FITS
    if cells.years or longest > LONGEST_ID or (len(cells.numbers) and not cells.whole):
        return NOT
    if column.table == "patients":
        return STRONG if cells.distinct else NOT
    return FITS if len(cells.counts) > 1 or cells.rows == 1 else NOT


def _date(cells: Cells, column: Column, header: Header) -> int:
    return FITS if cells.years else NOT


def _category(cells: Cells, column: Column, header: Header) -> int:
    """A short list of codes; strong when nearly all are words of the column that are no mere yes, no or numbers."""
    codes = cells.codes
    most = 4 if column.words == YES_NO else 3 if column.name == "sex" else 12
    if not codes or len(codes) > most or cells.years or (len(cells.numbers) and not cells.whole):
        return NOT
    if column.name == "arm":
        is_group = "arm" in header.meanings or not _are_yes_no(codes)
        return FITS if len(codes) > 1 and cells.repeats and is_group else NOT
    words = meanings(codes, column, dict(header.codes)) if column.words else {}
    known = sum(word != TODO for word in words.values())
    if known < len(words) / 2 and not cells.repeats:  # words of their own for each patient
        return NOT
    if not known and column.words and column.words != YES_NO and not len(cells.numbers) and column.name != "sex":
        return NOT if _are_yes_no(codes) and column.name != "mrd" else FITS
    telling = column.words and column.words != YES_NO and not len(cells.numbers)
    return STRONG if telling and known >= 0.7 * len(codes) else FITS


def _are_yes_no(codes: Iterable[str]) -> bool:
    return all(plain(code) in table("yes_no") for code in codes)


def _number(cells: Cells, column: Column, header: Header) -> int:
    """Numbers in the range of the column, of a size that is usual for it."""
    if column.unit == "grade":
        return _grade(cells, column, header)
    numbers = cells.numbers
    if not len(numbers) or (column.type == "integer" and not cells.whole):
        return NOT
    low, high = column.low or 0.0, column.high if column.high is not None else float("inf")
    if numbers[0] < low or numbers[-1] > min(high, MOST_DAYS if column.unit == "days" else high):
        return NOT
    return NOT if _is_in_another_unit(column, numbers) else FITS


def _grade(cells: Cells, column: Column, header: Header) -> int:
    codes = meanings(cells.codes, column, dict(header.codes))
    if not codes or TODO in codes.values():
        return NOT
    if set(codes.values()) <= {"0", "1"} and "grade" not in header.meanings:  # a grade, or yes and no?
        return NOT
    return FITS


def _is_in_another_unit(column: Column, numbers) -> bool:
    """True where all numbers are too small or too large for the unit: fractions for percent, g/dL for g/L."""
    middle = numbers[len(numbers) // 2]
    usual = {
        "age_years": (1, 100),
        "bm_blasts_pct": (0, 100),
        "haemoglobin_g_per_l": (25, 250),
        "anc_e9_per_l": (0, 60),
        "platelets_e9_per_l": (2, 1000),
        "cell_dose_e6_per_kg": (0.01, 600),
    }.get(column.name)
    fractions = column.unit == "%" and numbers[-1] <= 1 and bool((numbers % 1 > 0).any())
    return fractions or (usual is not None and not usual[0] <= middle <= usual[1])
