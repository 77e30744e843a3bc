"""What each column of a file may be: the canonical columns whose words its header has and whose kind its cells are."""

import csv
import re
from dataclasses import dataclass, replace
from functools import cache

from helpers.cohort.dictionary import Column, dictionary
from helpers.cohort.initial.cells import Cells
from helpers.cohort.initial.fitting import STRONG, fitting
from helpers.cohort.initial.words import ROOM, Header, is_standard_name, readings

EXACT, ALL, KNOWN, SOME = 4, 3, 2, 1  # of the header: the canonical name, or words understood: all, all known, some
NEUTRAL = {"of", "scale", "patient", "cart", "infusion", "day0", "cells"}
STARTS = {"infusion", "cart", "day0", "second", "therapy"}
# What a header may say beside a phrase, by the column's type and its unit.
OF_TYPE = {
    "category": {"yn", "event", "given", "evaluation"},
    "day": {"date", "when", "days", "months", "yn", "event", "given", "evaluation", "from", "to"},
    "date": {"date", "when", "given"},
}
OF_UNIT = {
    "years": {"years"},
    "%": {"percent"},
    "10⁶/kg": {"milperkg"},
    "months": {"months", "when", "interval", "from", "to"},
    "days": {"days", "when", "date", "from", "to"},
    "grade": {"grade", "max", "best"},
    "10⁹/L": {"gperl"},
    "g/L": {"gperl"},
    "": {"percent", "number"},
}
WHOLE = ("patient_id", "response")  # a word that is not known may make it that of something else
RECORDED = ("overall_survival", "event_free", "leukaemia_free", "any_event")
OF_NAME = {"patient_id": {"number", "id", "study", "record"}} | {name: {"censor"} for name in RECORDED}
OF_ROLE = {"baseline": {"before", "lymphodepletion"}, "product": {"before"}}


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
        column = self.column
        allowed = NEUTRAL | OF_TYPE.get(column.type, set()) | OF_NAME.get(self.name, set())
        if column.type in ("number", "integer"):
            allowed |= OF_UNIT[column.unit]
        return allowed | OF_ROLE.get(column.role, {"after"})


@dataclass(frozen=True)
class Match:
    """How much of a header is understood as a concept, by a phrase of so many words and letters."""

    words: int
    size: tuple[int, int]
    header: Header
    phrase: frozenset[str] = frozenset()

    @property
    def score(self) -> tuple[int, int, int]:
        """Compares matches."""
        return self.words, *self.size


@dataclass(frozen=True)
class Candidate:
    """What a column may be: the concept and (of an event) its aspect, how its header says so, how its cells fit."""

    source: SourceColumn
    concept: Concept
    aspect: str  # of an event: "date", "time" or "indicator"; else ""
    match: Match
    fit: int

    @property
    def slot(self) -> tuple[str, str]:
        """What a column can be used for once only."""
        return self.concept.name, self.aspect

    @property
    def header(self) -> Header:
        """The words of the header, as they are understood here."""
        return self.match.header

    @property
    def is_sure(self) -> bool:
        """True when it may be written down: all words understood, or all but unknown ones and cells that say it too."""
        needed = KNOWN if self.fit == STRONG and self.concept.name not in WHOLE else ALL
        return bool(self.fit) and self.match.words >= needed

    @property
    def is_near(self) -> bool:
        """True when most of the header's words speak for it and its cells fit, or all do."""
        letters = sum(len(word) for word, _ in self.header.words)
        mostly = self.match.words >= KNOWN or 2 * self.match.size[1] > letters
        return self.match.words >= ALL or (bool(self.fit) and mostly)

    @property
    def reason(self) -> str:
        """Why, in words."""
        words = re.sub(r"(\d) (st|nd|rd|th)\b", r"\1\2", " ".join(self.header.words_for(self.match.phrase)))
        from_label = self.source.label and self.header in readings(self.source.label)
        said = f'{"label" if from_label else "header"} says "{words}"' if words else "it has the canonical name"
        return f"{said}; {self.source.cells.described()}"

    @property
    def doubt(self) -> str:
        """Why it is not simply taken, in words."""
        cells = self.source.cells
        if self.concept.name == "patient_id" and cells.repeats:
            return "a number stands in several rows: name the rows of one patient each by where, beside the file"
        if not self.fit:
            return f"its cells do not fit: {cells.described()}" if cells.given else "it is empty"
        known = self.concept.allowed | self.match.phrase
        others = [word for word, meaning in self.header.words if not (meaning and {*meaning.split()} <= known)]
        return f'the header also says "{" ".join(others)}"' if others else "another is as good"


@cache
def concepts(table: str) -> tuple[Concept, ...]:
    """What the columns of a table may be."""
    columns = {column.name: column for column in dictionary() if column.table == table}
    with (ROOM / "concepts.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["table"] == table]
    event = replace(next(iter(columns.values())), type="day", role="event")
    phrases = {row["concept"]: [frozenset(phrase.split()) for phrase in row["phrases"].split("|")] for row in rows}
    return tuple(Concept(name, tuple(meant), columns.get(name, event)) for name, meant in phrases.items())


def candidates(source: SourceColumn, table: str) -> list[Candidate]:
    """What a column may be, best first."""
    found = []
    for concept in concepts(table):
        match = _match(source, concept)
        if match.words:
            aspect, fit = fitting(concept.name, concept.column, source.cells, match.header)
            found.append(Candidate(source, concept, aspect, match, fit))
    return sorted(found, key=lambda candidate: (candidate.match.score, candidate.fit), reverse=True)


def _match(source: SourceColumn, concept: Concept) -> Match:
    """How much a column's label and name say that it is a concept."""
    label = "" if is_standard_name(source.name) else source.label
    headers = readings(label or source.name)
    if source.name.strip().casefold() == concept.name:
        return Match(EXACT, (0, 0), headers[0])
    best = max((_understood(header, concept) for header in headers), key=lambda match: match.score)
    if label and best.words < ALL:  # the name may say it, but the label says something else, too
        named = max((_understood(header, concept) for header in readings(source.name)), key=lambda match: match.score)
        best = max(best, replace(named, words=min(named.words, KNOWN)), key=lambda match: match.score)
    return best


def _understood(header: Header, concept: Concept) -> Match:
    """How much of a header is understood as a concept, by the longest of the phrases that leave the fewest words."""
    there = header.meanings
    phrases = [phrase for phrase in concept.phrases if phrase <= there]
    if not phrases or _is_backwards(header):
        return Match(0, (0, 0), header)
    allowed = concept.allowed | ({"second"} if there & (STARTS - {"second"}) else set())

    def rank(phrase: frozenset[str]) -> tuple[int, int, int]:
        return -len(there - phrase - allowed), len(phrase), sum(map(len, header.words_for(phrase)))

    best = max(phrases, key=rank)
    others, words, letters = rank(best)
    return Match(SOME if others else KNOWN if header.unknown else ALL, (words, letters), header, best)


def _is_backwards(header: Header) -> bool:
    """True for a time that ends at the infusion or begins at something else ("days from relapse to infusion")."""
    passed = {"of", "date", "when", "patient"}
    order = [part for _, meaning in header.words for part in meaning.split() if part not in passed]
    is_time = {*order} & {"days", "months", "weeks", "years", "from"} or header.meanings & {"when", "date"}
    if not is_time or {"first", "second"} <= {*order} or "first_infusion" in order:
        return False
    after = {word: order[order.index(word) + 1 :][:1] for word in ("from", "to") if word in order}
    starts_late = after.get("from", []) and after["from"][0] not in STARTS | {"first"}
    return bool(starts_late) or bool({*after.get("to", [])} & STARTS)
