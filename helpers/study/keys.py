"""The keys that a study.toml may hold: their types, defaults and allowed words, enforced with all faults at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from helpers.faults import CONTROL, Fault, list_words, suggest

FILE = "study.toml"
LONGEST = 255  # letters of a text: what a Word document takes as its title
REQUIRED = object()


def is_text(value: object) -> bool:
    """True for text that is not blank."""
    return isinstance(value, str) and bool(value.strip())


def is_number(value: object) -> bool:
    """True for a positive finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")


def is_count(value: object) -> bool:
    """True for a whole number from 0."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "text": (is_text, "text in quotes"),
    "flag": (lambda value: isinstance(value, bool), "true or false"),
    "number": (is_number, "a positive number"),
    "count": (is_count, "a whole number, 0 or more"),
    "texts": (lambda value: isinstance(value, list) and all(map(is_text, value)), "a list of texts"),
    "numbers": (lambda value: isinstance(value, list) and all(map(is_number, value)), "a list of positive numbers"),
    "codes": (lambda value: isinstance(value, list) and bool(value), "a list of codes"),
    "mapping": (lambda value: isinstance(value, dict), "a table {name = value}"),
}


@dataclass(frozen=True)
class Key:
    """One key: its kind (a name in KINDS), its default (REQUIRED when there is none), its allowed words."""

    kind: str
    default: Any = REQUIRED
    allowed: tuple[str, ...] = ()


TOP = {"title": Key("text"), "synthetic": Key("flag")}
TIME = {
    "unit": Key("text", allowed=("days", "months")),
    "zero": Key("text", "infusion"),
    "treated": Key("text", "treated"),
}
FILES = {name: Key("text", "") for name in ("patients", "adverse_events", "blood_counts")}
ARM = {"key": Key("text"), "label": Key("text")}
CONTRAST = {
    "treated": Key("texts"),
    "control": Key("texts"),
    "label": Key("text", ""),
    "treated_label": Key("text", ""),
    "control_label": Key("text", ""),
    "post_hoc": Key("flag", False),
}
ENDPOINTS = {
    "horizon_months": Key("number", 24),
    "milestones_months": Key("numbers", [6, 12, 24]),
    "landmark_days": Key("numbers", [90, 180]),
    "min_at_risk": Key("count", 5),
}
ENDPOINT = {
    "label": Key("text", ""),
    "population": Key("text", "", ("all", "in_cr")),
    "origin": Key("text", "", ("infusion", "remission")),
    "time": Key("text", ""),
    "event": Key("text", ""),
}
COVARIATE = {
    "column": Key("text"),
    "label": Key("text"),
    "type": Key("text", allowed=("binary", "categorical", "continuous")),
    "reference": Key("text", ""),
    "models": Key("texts", ["response", "survival"]),
    "unit": Key("text", ""),
}
EXPOSURE = {"key": Key("text"), "label": Key("text"), "columns": Key("texts")}
FLOW = {"label": Key("text"), "patients": Key("count"), "stopped": Key("mapping", {})}
COLUMN = {
    "column": Key("text", ""),
    "values": Key("mapping", {}),
    "time": Key("text", ""),
    "event": Key("text", ""),
    "event_codes": Key("codes", []),
    "date": Key("text", ""),
    "unit": Key("text", "", ("days", "months")),
    "row_number": Key("flag", False),
    "empty_after_last_contact": Key("flag", False),
}
TABLES = ("time", "files", "columns", "adverse_events", "blood_counts", "contrast", "endpoints")
LISTS = ("arms", "covariates", "exposures", "flow")
ALIASES = {"infused": "all"}
# Keys that would promise what the reports do not do, by place: the problem and the remedy.
REFUSED = {
    "published": ("published is no key any more", "Put published.csv into the cohort folder; delete the key."),
    "disclosure": (
        "there is no disclosure control yet: no count is hidden or rounded",
        "Remove [disclosure]; keep the reports inside the hospital.",
    ),
}


def fault(place: str, problem: str, remedy: str) -> Fault:
    """A fault in study.toml at a table or key."""
    return Fault(problem, FILE, remedy, column=place)


def read_keys(
    table: object, keys: Mapping[str, Key], place: str, faults: list[Fault], *, tables: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The values of one table with defaults filled in; adds a fault for each unknown, missing or ill-typed key.

    `tables` names the sub-tables that may stand beside the keys and are read elsewhere. A key at fault is
    given an empty value of its kind, so that the rest can still be checked.
    """
    if not isinstance(table, dict):
        faults.append(fault(place, "a table is expected here", f"Write {place} as a table of key = value."))
        table = {}
    _unknown_keys(table, [*keys, *tables], place, faults)
    return {name: _value(table, name, key, place, faults) for name, key in keys.items()}


def read_list(document: Mapping[str, Any], name: str, keys: Mapping[str, Key], faults: list[Fault]) -> list[dict]:
    """The values of each [[name]] table, in order."""
    rows = document.get(name, [])
    if not isinstance(rows, list):
        faults.append(fault(name, "a list of tables is expected", f"Write each as [[{name}]], in double brackets."))
        return []
    return [read_keys(row, keys, f"[[{name}]] {number}", faults) for number, row in enumerate(rows, start=1)]


def check_texts(value: object, place: str, faults: list[Fault]) -> None:
    """Add a fault for each text, key or value at any depth, that cannot be printed or is too long for a label."""
    if isinstance(value, dict):
        for name, item in value.items():
            check_texts(name, place, faults)
            check_texts(item, _inside(place, name, item), faults)
    elif isinstance(value, list):
        for number, item in enumerate(value, start=1):
            check_texts(item, f"{place} {number}" if isinstance(item, dict) else place, faults)
    elif isinstance(value, str) and CONTROL.search(value):
        remedy = "Type the text again; a pasted one may hold characters that are not seen."
        faults.append(fault(place, "a character that cannot be printed", remedy))
    elif isinstance(value, str) and len(value) > LONGEST:
        faults.append(fault(place, f"longer than {LONGEST} letters", "Shorten it."))


def _inside(place: str, name: str, item: object) -> str:
    """Where a value stands, as study.toml writes it: "title", "[time] unit", "[[arms]]"."""
    if place or isinstance(item, str):
        return f"{place or 'top of the file'} {name}"
    return f"[[{name}]]" if isinstance(item, list) else f"[{name}]"


def _unknown_keys(table: Mapping[str, Any], known: list[str], place: str, faults: list[Fault]) -> None:
    """Add a fault, with the closest known key, for each key that does not exist."""
    for name in table:
        if name in REFUSED:
            where = f"[{name}]" if isinstance(table[name], dict) else name
            faults.append(fault(where, *REFUSED[name]))
        elif name not in known:
            remedy = suggest(name, known) or f"Known here: {list_words(known)}."
            faults.append(fault(place, f'unknown key "{name}"', remedy))


def _value(table: Mapping[str, Any], name: str, key: Key, place: str, faults: list[Fault]) -> Any:
    """One value, checked; a default when it is absent."""
    where = f"{place} {name}"
    if name not in table:
        if key.default is REQUIRED:
            faults.append(fault(where, "missing", f"Add {name} = {KINDS[key.kind][1]}{_choices(key)}."))
        return _empty(key) if key.default is REQUIRED else key.default
    value = table[name]
    if key.kind in ("texts", "codes") and not isinstance(value, list):
        value = [value]
    if not KINDS[key.kind][0](value):
        faults.append(fault(where, "wrong kind of value", f"Give {KINDS[key.kind][1]}{_choices(key)}."))
        return _empty(key)
    if key.kind == "text":
        value = " ".join(value.split())
        value = ALIASES.get(value, value) if key.allowed else value
    if key.allowed and value not in key.allowed:
        remedy = f"Allowed: {list_words(key.allowed)}. {suggest(value, key.allowed)}".rstrip()
        faults.append(fault(where, f'unknown word "{value}"', remedy))
        return key.allowed[0]
    return value


def _choices(key: Key) -> str:
    """ " (one of ...)" for a key with allowed words."""
    return f" (one of {list_words(key.allowed)})" if key.allowed else ""


def _empty(key: Key) -> Any:
    """A harmless value of the key's kind, used after a fault."""
    if key.default is not REQUIRED:
        return key.default
    if key.allowed:
        return key.allowed[0]
    return {"text": "", "flag": False, "number": 1, "count": 0, "mapping": {}}.get(key.kind, [])
