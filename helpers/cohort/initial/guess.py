"""Which column of a file is which canonical one: each is used at most once, and where two fit alike nobody guesses."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from helpers.cohort.dictionary import dictionary
from helpers.cohort.identifiers import NUMBER, identifier_kind
from helpers.cohort.initial.candidates import EXACT, Candidate, SourceColumn, candidates
from helpers.cohort.initial.events import Chosen, Events
from helpers.cohort.initial.lines import Line, column_line, named, quoted
from helpers.cohort.initial.words import readings

# What a column is that no canonical one is made of, by the meanings of its header.
OTHER = {
    "notes": "notes: free text is not read",
    "weight": "weight is not used",
    "height": "height is not used",
    "site": "the centre: declare it under [[covariates]] if it is one",
    "diagnosis": "of the diagnosis, not of time zero",
    "donor": "of the donor",
    "apheresis": "of the apheresis",
    "performance": "declare it under [[covariates]] if it is one",
    "lab_value": "a laboratory value: declare it under [[covariates]] if it is one",
    "race": "declare it under [[covariates]] if it is one",
}
VAGUE = ("any_event", "follow_up_time")  # what no analyst is asked about by that name
EARLY = "Most of its dates lie before the infusion"
REMOVE = "remove it, or name it otherwise if it is none"


@dataclass
class TableGuess:
    """What is guessed of one table: lines of study.toml, what stays open, and the columns that are not used and why."""

    chosen: Chosen = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    endpoints: dict[str, tuple[Line, Line]] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)
    unused: dict[str, str] = field(default_factory=dict)  # by column
    exact: list[str] = field(default_factory=list)  # columns that have their canonical names
    unit: str = "days"
    unit_reason: str = ""

    @property
    def used(self) -> set[str]:
        """The columns of the file that lines are made of, or that are found by their names."""
        pairs = [line for pair in self.endpoints.values() for line in pair]
        written = " ".join(line.source for line in (*self.lines, *pairs))
        names = {found.source.name for found in self.chosen.values()}
        return {name for name in names if name in self.exact or quoted(name) in written}

    @property
    def hits(self) -> int:
        """How many canonical columns were found."""
        return len({name for name, _ in self.chosen})


def guess_table(columns: Sequence[SourceColumn], table: str, identifier: str = "") -> TableGuess:
    """The canonical columns of a table, each with its source among the columns of a file.

    `identifier` is the column that numbers the patients in their own table: of the same name, it does so here.
    """
    possible = _possible(columns, table, identifier)
    chosen, lost = _choose(possible.values())
    early = _before_zero(chosen)
    events = Events({slot: found for slot, found in chosen.items() if slot not in early})
    if table == "patients":
        events.read()
    guess = TableGuess(events.chosen, _lines(events, table), events.endpoints, events.open)
    guess.unit, guess.unit_reason = events.unit, events.unit_reason
    guess.exact = [found.source.name for found in events.chosen.values() if found.match.words == EXACT]
    said = lost | events.spare | {found.source.name: EARLY for found in early.values()}
    guess.open += [f"{name}: {named(found)}, of another time? {EARLY}" for (name, _), found in early.items()]
    rest = [column for column in columns if column.name not in guess.used]
    said |= {
        column.name: "an open question" for column in rest if any(quoted(column.name) in ask for ask in guess.open)
    }
    guess.open += _open_questions(rest, possible, guess.chosen, said)
    guess.unused = {column.name: _why_unused(column, possible, guess.chosen, said) for column in rest}
    return guess


def _possible(columns: Sequence[SourceColumn], table: str, identifier: str) -> dict[str, list[Candidate]]:
    """What each column may be; nothing for those that identify a person."""
    kinds = {column.name: identifier_kind(column.name) for column in columns}
    possible = {column.name: candidates(column, table) for column in columns if kinds[column.name] in ("", NUMBER)}
    return {
        name: [
            candidate
            for candidate in found
            if identifier not in possible or (candidate.concept.name == "patient_id") == (name == identifier)
            if not kinds[name] or candidate.concept.name == "patient_id"  # a number may be the study's own
        ]
        for name, found in possible.items()
    }


def _lines(events: Events, table: str) -> list[Line]:
    """The lines of a table in the order of the dictionary, without those of columns found by their names."""
    others = [found for found in events.chosen.values() if found.concept.column.type != "day" or table != "patients"]
    lines = [*(line for found in others if (line := column_line(found))), *events.lines]
    order = [column.name for column in dictionary() if column.table == table]
    return sorted((line for line in lines if line.source != quoted(line.name)), key=lambda line: order.index(line.name))


def _choose(possible: Iterable[list[Candidate]]) -> tuple[Chosen, dict[str, str]]:
    """The candidate of each slot that beats all others, and what became of columns that another one beats."""
    best = [found[0] for found in map(_viable, possible) if found and (len(found) == 1 or _beats(found[0], found[1]))]
    chosen: Chosen = {}
    lost: dict[str, str] = {}
    for slot, group in groupby(sorted(best, key=lambda found: found.slot), key=lambda found: found.slot):
        ranked = sorted(group, key=lambda found: found.match.score, reverse=True)
        if len(ranked) == 1 or ranked[0].match.score > ranked[1].match.score:
            chosen[slot] = ranked[0]
            lost |= {found.source.name: f"{slot[0]} is taken from {named(ranked[0])}" for found in ranked[1:]}
    for name in [name for name, aspect in chosen if aspect == "date" and (name, "") in chosen]:
        twice = chosen.pop((name, "date"))  # the file counts the days, too
        lost[twice.source.name] = f"{name} is taken from {named(chosen[name, ''])}"
    return chosen, lost


def _before_zero(chosen: Chosen) -> Chosen:
    """Events after time zero whose dates lie before it."""
    start = chosen.get(("infusion_date", ""))
    dated = {slot: found for slot, found in chosen.items() if start and slot[1] == "date"}
    return {slot: found for slot, found in dated.items() if start and found.source.cells.precede(start.source.cells)}


def _viable(found: list[Candidate]) -> list[Candidate]:
    """The candidates of a column that may be written down, the best of its words first."""
    return [candidate for candidate in found if candidate.is_sure]


def _beats(first: Candidate, second: Candidate) -> bool:
    """True when one use of a column is plainly the better one; the uses of one event by the same words are one."""
    return (first.match.score, first.fit) > (second.match.score, second.fit)


def _open_questions(
    rest: Sequence[SourceColumn], possible: Mapping[str, list[Candidate]], chosen: Chosen, said: Mapping[str, str]
) -> list[str]:
    """For each canonical column without a source, the columns that may be it and what speaks against them."""
    doubts: dict[str, list[str]] = {}
    taken = {name for name, _ in chosen}
    for column in rest:
        for found in possible.get(column.name, [])[:1]:
            if found.is_near and found.concept.name not in {*taken, *VAGUE} and column.name not in said:
                doubts.setdefault(found.concept.name, []).append(f"{named(found)} ({found.doubt})")
    return [f"{name}: {' or '.join(columns)}?" for name, columns in doubts.items()]


def _why_unused(
    column: SourceColumn, possible: Mapping[str, list[Candidate]], chosen: Chosen, said: Mapping[str, str]
) -> str:
    """Why a column is not used, in a few words."""
    taken = {found.concept.name: found.source.name for found in chosen.values()}
    meanings = readings(column.label or column.name)[0].meanings
    first = [found for found in possible.get(column.name, [])[:1] if found.concept.name not in VAGUE]
    near = next((found for found in first if found.is_near), None)
    if kind := identifier_kind(column.name):
        return f"looks like {kind}: {REMOVE}"
    if column.name in said:
        return said[column.name]
    if column.name in taken.values():
        return "not needed beside what is mapped"
    if not column.cells.given:
        return "empty"
    if known := next((reason for meaning, reason in OTHER.items() if meaning in meanings), ""):
        return known
    if near and near.concept.name in taken:
        return f'{near.concept.name} is taken from "{taken[near.concept.name]}"'
    if near:
        return f"perhaps {near.concept.name}, but {near.doubt}"
    if column.cells.years:
        return "another date"
    return "looks like notes" if column.cells.is_text else "no canonical column is known by these words"
