"""A first study.toml for an analyst's table: the mapping as far as the headers tell it, and what is missing."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from helpers.cohort.dictionary import dictionary
from helpers.cohort.findings import Findings
from helpers.cohort.reading import SourceFile, open_file
from helpers.study.parts import RESERVED_LABELS

MAX_ARMS = 8
TIME_ENDS = ("", "time", "months", "month", "days", "day", "t")
EVENT_ENDS = ("event", "status", "ind", "indicator", "e", "evt")
DEATHS = ("death", "died", "dead", "deceased")
Pair = tuple[list[str], list[str]]  # usual headers of an endpoint's time, and of its indicator
FOLLOW_UP = (["followup", "futime", "time", "followuptime"], [*DEATHS, "status", "event"])
HEAD = """title = "Untitled study"
synthetic = false

[time]
unit = "{unit}"
zero = "infusion"
treated = "infused"

[files]
patients = {file}

"""


@dataclass(frozen=True)
class InitialStudy:
    """The text of a first study.toml, and what the analyst still has to decide or add, one sentence each."""

    text: str
    missing: tuple[str, ...]


def initial_study(path: str | Path) -> InitialStudy:
    """A study.toml guessed from the headers (and the arms' codes) of a table of patients.

    Raises CohortError when the file cannot be read or a header looks like an identifier. The text is valid
    TOML; nothing of it has been checked against the patients yet.
    """
    findings = Findings()
    source = open_file(Path(path), findings)
    findings.raise_faults(Path(path).name)
    assert source is not None  # else there was a fault
    headers = {_plain(header): header for header in reversed(source.header)}
    mapping = _plain_columns(source, headers)
    pair = _pair(headers, [_ends("os", *DEATHS), _ends("overallsurvival"), _ends("survival"), FOLLOW_UP])
    progression = _pair(headers, [_ends(name) for name in ("lfs", "pfs", "dfs", "rfs")])
    unit = _unit(source, pair)
    if pair and "last_contact_day" not in source.header:
        mapping["last_contact_day"] = _quoted(pair[0])
        mapping["death_day"] = f"{{ time = {_quoted(pair[0])}, event = {_quoted(pair[1])} }}"
    arms, codes = _arms(source, mapping, findings)
    if codes:
        mapping["arm"] = codes
    known = {*mapping, *source.header} | ({"arm"} if len(arms) == 1 else set())
    missing = _missing(known, unit, bool(codes))
    lines = [*(f"# MISSING: {item}" for item in missing), "", "[columns]"]
    lines += [f"{name} = {value}" for name, value in mapping.items()]
    for key, label in arms.items():
        lines += ["", "[[arms]]", f"key = {_quoted(key)}", f"label = {_quoted(label)}"]
    if progression:
        lines += ["", "[endpoints.lfs]", f"time = {_quoted(progression[0])}", f"event = {_quoted(progression[1])}"]
    head = HEAD.format(unit=unit or "days", file=_quoted(source.name))
    return InitialStudy(head + "\n".join(lines) + "\n", tuple(missing))


def _plain_columns(source: SourceFile, headers: dict[str, str]) -> dict[str, str]:
    """Canonical columns found under a usual header of another name."""
    mapping = {}
    for column in dictionary():
        names = [_plain(column.name), *column.headers.split()]
        header = _first_of(names, headers)
        if header and column.table == "patients" and source.position(column.name) is None:
            mapping[column.name] = _quoted(header)
    if "patient_id" not in {*mapping, *source.header}:
        mapping["patient_id"] = "{ row_number = true }"
    return mapping


def _ends(name: str, *others: str) -> Pair:
    """An endpoint's name with the usual endings, and other headers of its indicator."""
    return [name + end for end in TIME_ENDS], [*(name + end for end in EVENT_ENDS), *others]


def _pair(headers: dict[str, str], pairs: list[Pair]) -> tuple[str, str] | None:
    """The headers of the first pair that stands among them."""
    for times, events in pairs:
        time, event = _first_of(times, headers), _first_of(events, headers)
        if time and event:
            return time, event
    return None


def _first_of(names: list[str], headers: dict[str, str]) -> str:
    """The header that goes by the first of some names, "" when none does."""
    return next((headers[name] for name in names if name in headers), "")


def _unit(source: SourceFile, pair: tuple[str, str] | None) -> str:
    """The time unit that a header names, else "" (to be decided by the analyst)."""
    words = " ".join([pair[0]] if pair else source.header).lower()
    units = [unit for unit in ("months", "days") if unit.removesuffix("s") in words]
    return units[0] if len(units) == 1 else ""


def _arms(source: SourceFile, mapping: dict[str, str], findings: Findings) -> tuple[dict[str, str], str]:
    """Key and label of each arm, and the source of the arm column; one arm when there is no such column."""
    header = json.loads(mapping["arm"]) if "arm" in mapping else "arm"
    if source.position(header) is None:
        return {"everybody": "Everybody"}, ""
    text = source.text([header], findings)
    findings.raise_faults(source.name)
    codes = sorted(text.columns[header].texts) if text is not None else []
    if not 0 < len(codes) <= MAX_ARMS:
        return {"first": "First arm"}, _quoted(header)
    keys = [_key(code) for code in codes]
    if len(set(keys)) < len(codes):
        keys = [f"arm_{number}" for number in range(1, len(codes) + 1)]
    values = ", ".join(f"{_quoted(code)} = {_quoted(key)}" for code, key in zip(codes, keys, strict=True))
    labels = dict(zip(keys, map(_label, codes), strict=True))
    return labels, f"{{ column = {_quoted(header)}, values = {{ {values} }} }}"


def _missing(known: set[str], unit: str, has_arms: bool) -> list[str]:
    """What is still to decide, in sentences."""
    columns = [column for column in dictionary() if column.table == "patients" and column.name not in known]
    missing = [f"{column.name}: {column.definition}." for column in columns if column.required != "no"]
    if not unit:
        missing.append("unit of time: no header names it; days is assumed.")
    if not has_arms:
        missing.append("arms: no column of groups was found, or it holds too many; everybody is in one arm.")
    absent = [column.name for column in columns if column.required == "no"]
    if absent:
        missing.append(f"not recorded, or under another name: {', '.join(absent)}.")
    return missing


def _key(code: str) -> str:
    """A code as a key."""
    word = re.sub(r"[^a-z0-9]+", "_", code.lower()).strip("_")
    return word if word and word[0].isalpha() else f"arm_{word}"


def _label(code: str) -> str:
    """A code as a label; a bare number becomes "Arm 1", as do the words kept for tables."""
    return f"Arm {code}" if _key(code).startswith("arm_") or code.casefold() in RESERVED_LABELS else code


def _plain(header: str) -> str:
    """A header without signs and capitals."""
    return re.sub(r"[^a-z0-9]", "", header.lower())


def _quoted(text: str) -> str:
    """Text as a TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
