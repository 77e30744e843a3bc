"""Which of the analyst's tables is that of the patients, the adverse events, the blood counts."""

from collections.abc import Mapping
from dataclasses import dataclass

from helpers.cohort.initial.guess import TableGuess, guess_table
from helpers.cohort.initial.tables import Reading, Table
from helpers.study.definition import SECTIONS

# What makes a table one of events or of blood samples: canonical columns that it must have.
NEEDED = {"adverse_events": {"patient_id", "term", "grade"}, "blood_counts": {"patient_id", "day"}}
COUNTS = {"anc_e9_per_l", "platelets_e9_per_l", "haemoglobin_g_per_l"}


@dataclass(frozen=True)
class Used:
    """A table that is used, and what is guessed of it."""

    table: Table
    guess: TableGuess


def arranged(reading: Reading) -> tuple[dict[str, Used], list[str]]:
    """The table with most canonical columns of each kind, the patients first; and what of the files is not used."""
    kinds: dict[str, list[Used]] = {name: [] for name in SECTIONS}
    for table in reading.tables:
        guesses = {name: guess_table(table.columns, name) for name in SECTIONS}
        kind = table.kind or next((name for name in NEEDED if _is_kind(name, guesses)), "patients")
        kinds[kind].append(Used(table, guesses[kind]))
    used: dict[str, Used] = {}
    left_out = [*reading.left_out]
    for kind, found in kinds.items():
        best = max(found, key=lambda item: item.guess.hits, default=None)
        if best is not None:
            used[kind] = best if kind == "patients" else _with_id(best, kind, used.get("patients"))
            others = [item.table.place for item in found if item is not best]
            left_out += [f"{place}: the {kind.replace('_', ' ')} are in {best.table.place}" for place in others]
    return used, left_out


def _is_kind(name: str, guesses: Mapping[str, TableGuess]) -> bool:
    """True for a table of events or samples that says more of these than of patients."""
    found = {column for column, _ in guesses[name].chosen}
    enough = found >= NEEDED[name] and (name != "blood_counts" or bool(found & COUNTS))
    return enough and guesses[name].hits > guesses["patients"].hits


def _with_id(found: Used, kind: str, patients: Used | None) -> Used:
    """A table of records, numbered by the column that numbers the patients if it has one of that name."""
    identifier = patients.guess.chosen.get(("patient_id", "")) if patients else None
    name = identifier.source.name if identifier else ""
    return Used(found.table, guess_table(found.table.columns, kind, name))
