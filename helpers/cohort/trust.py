"""How far a study.toml with faults can be trusted: its data are read and checked without what is at fault."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from helpers.cohort.dictionary import columns_for, dictionary
from helpers.faults import Fault
from helpers.study import Source, Study
from helpers.study.definition import SECTIONS
from helpers.study.sources import CANONICAL

UNDECIDED = "TODO"  # stands for a word in a map of codes
START, END = ("columns", "infusion_date"), ("columns", "last_contact_day")
UNKNOWN = re.compile(r'unknown key "(.*)"', re.DOTALL)
# Parts of a study that are left out whole when one of them is at fault.
PARTS: dict[str, dict[str, Any]] = {"[[arms]]": {"arms": (), "contrast": None}, "[[flow]]": {"flow": ()}}
PARTS |= {"[contrast]": {"contrast": None}}
PARTS |= {"[[covariates]]": {"covariates": (), "strata": ()}, "[[exposures]]": {"exposures": ()}}
MEANINGS = ("[endpoints.", "[response")  # where a fault leaves open what the rules ask


@dataclass(frozen=True)
class Trust:
    """What of a study is not to be relied on: whole `broken` sections, `names` by section; whether its `clock` is."""

    broken: frozenset[str] = frozenset()
    names: frozenset[tuple[str, str]] = frozenset()
    clock: bool = True

    def columns(self, table: str) -> set[str]:
        """The canonical columns of a table that are not read."""
        return {name for section, name in self.names if section == SECTIONS[table]}


ALL = Trust()


def trusted(study: Study, faults: Collection[Fault]) -> tuple[Study, Trust]:
    """The study without what its faults are about, and what is not to be relied on."""
    places = [(*fault.column.split(" "), "", "")[:3] for fault in faults if not fault.column.endswith(" color")]
    parts = {key: value for place, *_ in places for key, value in PARTS.get(place, {}).items()}
    unnamed = {SECTIONS[table] for table, source in study.files.items() if not source.file}
    files = {SECTIONS[name] for place, name, _ in places if place == "[files]" and name in SECTIONS}
    own = {name for end in study.endpoints.values() for name in (end.day_column, end.event_column)}
    unmapped = {SECTIONS[table] for table, sources in study.columns.items() if not sources.keys() - own}
    lost = unmapped if any(map(_holds_columns, faults)) else set()
    no_tables = {fault.column.strip("[]") for fault in faults if fault.problem.startswith("a table is expected")}
    clock = not any(place.startswith(MEANINGS) or (place, name) == ("[time]", "unit") for place, name, _ in places)
    names = {*((place.strip("[]"), name) for place, name, _ in places if name), *_undecided(study)}
    trust = Trust(
        broken=frozenset(files | lost | no_tables | (unnamed if ("[files]", "", "") in places else set())),
        names=frozenset(names | {name for name, source in _sources(study) if _hangs_on(source, names)}),
        clock=clock,
    )
    undeclared = not parts.keys().isdisjoint({"covariates", "exposures"})
    return _without_unknown(replace(study, **parts), undeclared), trust


def _undecided(study: Study) -> Iterator[tuple[str, str]]:
    """Section and name of the columns with a code whose meaning is still to be decided."""
    yield from (name for name, source in _sources(study) if UNDECIDED in source.values.values())


def _holds_columns(fault: Fault) -> bool:
    """Whether an unknown key may be the mapping of columns: a misspelt section, or a column out of its own."""
    found, sections = UNKNOWN.match(fault.problem), [f'Did you mean "{section}"?' for section in SECTIONS.values()]
    if found is None or fault.remedy.startswith("Did you mean"):
        return found is not None and fault.remedy in sections
    return any(found[1] == column.name for column in dictionary())


def _sources(study: Study) -> Iterator[tuple[tuple[str, str], Source]]:
    """The sources of all columns by section and name."""
    for table, named in study.columns.items():
        yield from (((SECTIONS[table], name), source) for name, source in named.items())


def _hangs_on(source: Source, names: set[tuple[str, str]]) -> bool:
    """Whether a column is read by way of another one that is at fault: the date of time zero, or the last contact."""
    return bool(source.date and START in names) or (source.empty_after_last_contact and END in names)


def _without_unknown(study: Study, undeclared: bool) -> Study:
    """The study without columns of no canonical name and, where declarations are left out, without undeclared ones."""
    columns = {}
    for table, sources in study.columns.items():
        known = columns_for(study, table) if undeclared else sources
        columns[table] = {name: item for name, item in sources.items() if CANONICAL.match(name) and name in known}
    return replace(study, columns=columns)
