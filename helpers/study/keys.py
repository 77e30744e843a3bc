"""How the keys of a study.toml are declared and read: kinds, defaults, allowed words, all faults at once."""

from collections.abc import Callable, Mapping, Sized
from dataclasses import dataclass, field, fields
from typing import Any

from helpers.faults import UNPRINTABLE, Fault, is_printable, list_words, suggest
from helpers.study.letters import is_mixed, look, tidy

FILE = "study.toml"
BESIDE = PUBLISHED, ENSEMBLE, ENSEMBLE_COLUMNS, ORIGIN = (  # files that a cohort's folder may have too
    "published.csv",
    "ensemble.csv",
    "ensemble_columns.csv",
    "origin.csv",
)
# How the files of tables end: text, workbooks, files of statistical programs.
TEXTS, WORKBOOKS = (".csv", ".tsv", ".txt"), (".xlsx", ".xlsm", ".xls", ".ods")
STATISTICAL = (".sas7bdat", ".xpt", ".sav", ".zsav", ".por", ".dta")
CATALOGUE = ".sas7bcat"  # of formats, beside a file of SAS of the same name
SUFFIXES = (*TEXTS, *WORKBOOKS, ".parquet", *STATISTICAL)
MIXED = "a word with letters of two alphabets"
NO_FILE, NO_FILE_REMEDY = "no file, or a link that leads nowhere", "Put the file there, or remove the name."
LONGEST = 255  # letters of a text: what a Word document takes as its title
LABEL = 60  # letters of a label: what figures and tables have room for
MOST = 12  # arms, levels, milestones: what a figure or a table can show
REQUIRED = object()
ALIASES = {"infused": "all", "in_remission": "in_cr", "time_zero": "infusion"}
# Keys that would promise what the reports do not do, or no longer ask for: the problem and the remedy.
REFUSED = {
    "published": ("published is no key any more", "Put published.csv into the cohort folder; delete the key."),
    "disclosure": (
        "there is no disclosure control yet: no count is hidden or rounded",
        "Remove [disclosure]; keep the reports inside the hospital.",
    ),
}


def is_text(value: object) -> bool:
    """True for text that is not blank."""
    return isinstance(value, str) and bool(value.strip())


def is_number(value: object) -> bool:
    """True for a positive finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")


def is_count(value: object) -> bool:
    """True for a whole number from 0."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


@dataclass(frozen=True)
class Kind:
    """A kind of value: how it is recognised, what a fault asks for, and what stands in after a fault."""

    fits: Callable[[Any], bool]
    wanted: str
    empty: Any


KINDS = {
    "text": Kind(is_text, "text in quotes", ""),
    "flag": Kind(lambda value: isinstance(value, bool), "true or false", False),
    "number": Kind(is_number, "a positive number", 1),
    "count": Kind(is_count, "a whole number, 0 or more", 0),
    "texts": Kind(lambda value: isinstance(value, list) and all(map(is_text, value)), "a list of texts", ()),
    "numbers": Kind(
        lambda value: isinstance(value, list) and all(map(is_number, value)), "a list of positive numbers", ()
    ),
    "codes": Kind(lambda value: isinstance(value, list) and bool(value), "a list of codes", ()),
    "mapping": Kind(lambda value: isinstance(value, dict), "a table {name = value}", {}),
}


@dataclass(frozen=True)
class Key:
    """One key: its kind (a name in KINDS), its default (REQUIRED when there is none), its allowed words.

    `most` is the most letters of a text, or entries of a list; 0 for no limit of its own.
    """

    kind: str
    default: Any = REQUIRED
    allowed: tuple[str, ...] = ()
    most: int = 0


def key(kind: str, default: Any = REQUIRED, allowed: tuple[str, ...] = (), *, name: str = "", most: int = 0) -> Any:
    """A field of a part of the study that study.toml gives under the field's name, or another."""
    facts = {"key": Key(kind, default, allowed, most), "name": name}
    return field(metadata=facts) if default is REQUIRED else field(default_factory=lambda: default, metadata=facts)


def keys_of(part: type) -> dict[str, Key]:
    """The keys that study.toml may hold for a part of the study, by the name that they have there."""
    declared = [item for item in fields(part) if "key" in item.metadata]
    return {item.metadata["name"] or item.name: item.metadata["key"] for item in declared}


def fault(place: str, problem: str, remedy: str) -> Fault:
    """A fault in study.toml at a table or key."""
    return Fault(problem, FILE, remedy, column=place)


def read_keys(
    table: object, known: Mapping[str, Key], place: str, faults: list[Fault], *, tables: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The values of one table with defaults filled in; adds a fault for each unknown, missing or ill-typed key.

    Lists become tuples. `tables` names the sub-tables that may stand beside the keys and are read elsewhere. A key at
    fault is given an empty value of its kind, so that the rest can still be checked.
    """
    if not isinstance(table, dict):
        faults.append(fault(place, "a table is expected here", f"Write {place} as a table of key = value."))
        table = {}
    for name in table:
        if name in REFUSED:
            where = f"[{name}]" if isinstance(table[name], dict) else name
            faults.append(fault(where, *REFUSED[name]))
        elif name not in known and name not in tables:
            remedy = suggest(name, [*known, *tables]) or f"Known here: {list_words([*known, *tables])}."
            faults.append(fault(place, f'unknown key "{name}"', remedy))
    values = {name: _value(table, name, key, place, faults) for name, key in known.items()}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


def read_list(
    document: Mapping[str, Any], name: str, part: type, faults: list[Fault], *, distinct: tuple[str, ...] = ()
) -> list[dict[str, Any]]:
    """The values of each [[name]] table, in order, as the fields of a part; those of `distinct` keys may not repeat."""
    rows = document.get(name, [])
    if not isinstance(rows, list):
        faults.append(fault(name, "a list of tables is expected", f"Write each as [[{name}]], in double brackets."))
        return []
    read = [read_keys(row, keys_of(part), f"[[{name}]] {number}", faults) for number, row in enumerate(rows, start=1)]
    for key in distinct:
        check_distinct([row[key] for row in read], f"[[{name}]] {key}", faults)
    return read


def check_distinct(words: list[str], place: str, faults: list[Fault]) -> None:
    """Add a fault when two words are the same but for capitals, or look the same, and for a word of two alphabets."""
    seen = [look(word).casefold() for word in words if word]
    if len(set(seen)) < len(seen):
        faults.append(fault(place, "given twice", "Make each different from the others, to the eye too."))
    if any(map(is_mixed, words)):
        faults.append(fault(place, MIXED, "Type it again; letters of several alphabets look the same."))


def check_texts(value: object, place: str, faults: list[Fault]) -> None:
    """Add a fault for each text, key or value at any depth, that cannot be printed or is too long for a label."""
    if isinstance(value, dict):
        for name, item in value.items():
            check_texts(name, place, faults)
            heading = f"[[{name}]]" if isinstance(item, list) else f"[{name}]"
            inside = f"{place or 'top of the file'} {name}" if place or isinstance(item, str) else heading
            check_texts(item, inside, faults)
    elif isinstance(value, list):
        for number, item in enumerate(value, start=1):
            check_texts(item, f"{place} {number}" if isinstance(item, dict) else place, faults)
    elif isinstance(value, str) and not is_printable(value):
        remedy = "Type the text again; a pasted one may hold characters that are not seen."
        faults.append(fault(place, UNPRINTABLE, remedy))
    elif isinstance(value, str) and len(value) > LONGEST:
        faults.append(fault(place, f"longer than {LONGEST} letters", "Shorten it."))


def _value(table: Mapping[str, Any], name: str, key: Key, place: str, faults: list[Fault]) -> Any:
    """One value, checked; a default when it is absent."""
    where, kind = f"{place} {name}", KINDS[key.kind]
    wanted = kind.wanted + (f" (one of {list_words(key.allowed)})" if key.allowed else "")
    if name not in table:
        if key.default is REQUIRED:
            faults.append(fault(where, "missing", f"Add {name} = {wanted}."))
        return _stand_in(key)
    value = table[name]
    if key.kind in ("texts", "codes") and not isinstance(value, list):
        value = [value]
    if not kind.fits(value):
        faults.append(fault(where, "wrong kind of value", f"Give {wanted}."))
        return _stand_in(key)
    if key.kind == "text":
        value = tidy(value)
        value = ALIASES[value] if ALIASES.get(value) in key.allowed else value
    if key.kind == "texts":
        value = [tidy(text) for text in value]
    if key.allowed and value not in key.allowed:
        remedy = f"Allowed: {list_words(key.allowed)}. {suggest(value, key.allowed)}".rstrip()
        faults.append(fault(where, f'unknown word "{value}"', remedy))
        return _stand_in(key)
    check_most(value, key.most, where, faults)
    return value


def check_most(value: Sized, most: int, place: str, faults: list[Fault]) -> None:
    """Add a fault when a text has more letters, or a list more entries, than pages have room for; 0 is no limit."""
    if not most or len(value) <= most or (isinstance(value, str) and len(value) > LONGEST):  # said of any text
        return
    is_label = isinstance(value, str)
    problem = f"longer than {most} letters" if is_label else f"{len(value)} of them; at most {most} can be shown"
    remedy = "Shorten it; a title may be longer." if is_label else "Keep the most important, or put some together."
    faults.append(fault(place, problem, remedy))


def _stand_in(key: Key) -> Any:
    """The default, or after a fault a harmless value of the key's kind."""
    harmless = key.allowed[0] if key.allowed else KINDS[key.kind].empty
    return harmless if key.default is REQUIRED else key.default
