"""How far a study.toml with faults can be trusted: its data are read and checked without what is at fault."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from helpers.cohort.dictionary import columns_for
from helpers.faults import Fault
from helpers.study import Study
from helpers.study.definition import SECTIONS
from helpers.study.sources import CANONICAL

UNDECIDED = "TODO"  # stands for a word in a map of codes
START = ("columns", "infusion_date")
# Parts of a study that are left out whole when one of them is at fault.
PARTS: dict[str, dict[str, Any]] = {"[[arms]]": {"arms": (), "contrast": None}, "[[flow]]": {"flow": ()}}
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
    no_tables = {fault.column.strip("[]") for fault in faults if fault.problem.startswith("a table is expected")}
    clock = not any(place.startswith(MEANINGS) or (place, name) == ("[time]", "unit") for place, name, _ in places)
    names = {*((place.strip("[]"), name) for place, name, _ in places if name), *_undecided(study)}
    trust = Trust(
        broken=frozenset(files | no_tables | (unnamed if ("[files]", "", "") in places else set())),
        names=frozenset(names | (_dated(study) if START in names else set())),
        clock=clock,
    )
    return _without_unknown(replace(study, **parts), bool(parts)), trust


def _undecided(study: Study) -> Iterator[tuple[str, str]]:
    """Section and name of the columns with a code whose meaning is still to be decided."""
    for table, sources in study.columns.items():
        yield from ((SECTIONS[table], name) for name, source in sources.items() if UNDECIDED in source.values.values())


def _dated(study: Study) -> set[tuple[str, str]]:
    """Section and name of the columns that are counted from the date of time zero."""
    sources = ((table, name, source) for table, named in study.columns.items() for name, source in named.items())
    return {(SECTIONS[table], name) for table, name, source in sources if source.date}


def _without_unknown(study: Study, undeclared: bool) -> Study:
    """The study without columns of no canonical name and, where declarations are left out, without undeclared ones."""
    columns = {}
    for table, sources in study.columns.items():
        known = columns_for(study, table) if undeclared else sources
        columns[table] = {name: item for name, item in sources.items() if CANONICAL.match(name) and name in known}
    return replace(study, columns=columns)
