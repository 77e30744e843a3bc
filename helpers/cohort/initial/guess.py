"""Which column of a file is which canonical one: each is used at most once, and where two fit alike nobody guesses."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

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
    def hits(self) -> int:
        """How many canonical columns were found."""
        return len({name for name, _ in self.chosen})


def guess_table(columns: Sequence[SourceColumn], table: str, identifier: str = "") -> TableGuess:
    """The canonical columns of a table, each with its source among the columns of a file.

    `identifier` is the column that numbers the patients in their own table: of the same name, it does so here.
    """
    kinds = {column.name: kind for column in columns if (kind := identifier_kind(column.name))}
    possible = {column.name: candidates(column, table) for column in columns if column.name not in kinds}
    for column in columns:
        if kinds.get(column.name) == NUMBER:  # it may be the study's own
            possible[column.name] = _only_id(candidates(column, table), is_identifier=True)
    if identifier in possible:
        possible = {name: _only_id(found, name == identifier) for name, found in possible.items()}
    guess = TableGuess()
    guess.chosen, lost = _choose(possible.values())
    early = _before_zero(guess.chosen)
    for slot in early:
        del guess.chosen[slot]
    events = Events(guess.chosen)
    if table == "patients":
        events.read()
    guess.unit, guess.unit_reason = events.unit, events.unit_reason
    for found in guess.chosen.values():
        if found.concept.column.type != "day" or table != "patients":
            line = column_line(found)
            guess.lines += [line] if line else []
    found_lines = [line for line in (*guess.lines, *events.lines) if line.source != quoted(line.name)]
    guess.lines = sorted(found_lines, key=lambda line: _order(line.name, table))
    guess.exact = [found.source.name for found in guess.chosen.values() if found.match.words == EXACT]
    another = "or of another time? Most of its dates lie before the infusion"
    asked = [f"{name}: {named(found)}, {another}" for (name, _), found in early.items()]
    guess.endpoints, guess.open = events.endpoints, [*asked, *events.open]
    used = {found.source.name for found in guess.chosen.values()} - events.spare.keys()
    told = "remove it, or name it otherwise if it is none"
    guess.unused |= {name: f"looks like {kind}: {told}" for name, kind in kinds.items() if name not in used}
    rest = [column for column in columns if column.name not in used | kinds.keys()]
    taken = {found.concept.name: found.source.name for found in guess.chosen.values()}
    spare = events.spare | {found.source.name: "its dates lie before the infusion" for found in early.values()}
    guess.open += _open_questions(rest, possible, taken, spare)
    guess.unused |= {column.name: _why_unused(column, possible, taken, lost | spare) for column in rest}
    return guess


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


def _only_id(found: list[Candidate], is_identifier: bool) -> list[Candidate]:
    """What a column may be when it is known whether it numbers the patients."""
    return [candidate for candidate in found if (candidate.concept.name == "patient_id") == is_identifier]


def _viable(found: list[Candidate]) -> list[Candidate]:
    """The candidates of a column that may be written down, the best of its words first."""
    return [candidate for candidate in found if candidate.is_sure]


def _beats(first: Candidate, second: Candidate) -> bool:
    """True when one use of a column is plainly the better one; the uses of one event by the same words are one."""
    return (first.match.score, first.fit) > (second.match.score, second.fit)


def _open_questions(
    rest: Sequence[SourceColumn],
    possible: Mapping[str, list[Candidate]],
    taken: Mapping[str, str],
    spare: Mapping[str, str],
) -> list[str]:
    """For each canonical column without a source, the columns that may be it and what speaks against them."""
    doubts: dict[str, list[str]] = {}
    for column in rest:
        for found in possible[column.name][:1]:
            if found.concept.name not in taken and column.name not in spare and found.is_near:
                doubts.setdefault(found.concept.name, []).append(f"{named(found)} ({found.doubt})")
    return [f"{name}: {' or '.join(columns)}?" for name, columns in doubts.items()]


def _why_unused(
    column: SourceColumn, possible: Mapping[str, list[Candidate]], taken: Mapping[str, str], said: Mapping[str, str]
) -> str:
    """Why a column is not used, in a few words."""
    if column.name in said:
        return said[column.name]
    meanings = readings(column.label or column.name)[0].meanings
    if not column.cells.given:
        return "empty"
    if known := next((reason for meaning, reason in OTHER.items() if meaning in meanings), ""):
        return known
    near = possible[column.name][:1]
    if near and near[0].concept.name in taken and near[0].is_near:
        return f'{near[0].concept.name} is taken from "{taken[near[0].concept.name]}"'
    if near and near[0].is_near:
        return f"perhaps {near[0].concept.name}, but {near[0].doubt}"
    if column.cells.years:
        return "another date"
    return "looks like notes" if column.cells.is_text else "no canonical column is known by these words"


def _order(name: str, table: str) -> int:
    from helpers.cohort.dictionary import dictionary

    names = [column.name for column in dictionary() if column.table == table]
    return names.index(name) if name in names else len(names)
