"""The parts of a study and how each is read from its tables of study.toml."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import helpers.study.keys as keys
from helpers.faults import Fault, list_words, suggest
from helpers.study.endpoints import ENDPOINTS, EndpointRow

# One palette, dark enough for text on white (4.5:1) and told apart by colour-blind readers, the first six by
# lightness too; line style and marker are the second cue.
COLORS = ("#0072B2", "#B84300", "#004D38", "#A8458A", "#4A2F10", "#6B6B6B", "#332288", "#7F6B00")
LINESTYLES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
MODELS = ("response", "survival")
RESERVED_LABELS = ("all", "arms")  # group names of the estimates table
# Keys of a source that are read in some of its forms only.
BELONGS_TO = {
    "values": ("column",),
    "event_codes": ("time",),
    "unit": ("column", "time"),
    "empty_after_last_contact": ("column", "time", "date"),
}
CANONICAL = re.compile(r"[a-z][a-z0-9_]*\Z")


@dataclass(frozen=True)
class Arm:
    """A treatment group: `key` in the data, `label` for the reader, and how it is drawn."""

    key: str
    label: str
    color: str
    linestyle: str
    marker: str


@dataclass(frozen=True)
class Contrast:
    """Which arms (by key) are compared with which."""

    label: str
    treated: tuple[str, ...]
    control: tuple[str, ...]
    treated_label: str
    control_label: str
    post_hoc: bool


@dataclass(frozen=True)
class Endpoint:
    """An endpoint, the patients it is read in and the start of its clock.

    `time` and `event` name the source's own columns when the endpoint is used as recorded, else they are "".
    """

    key: str
    label: str
    population: str  # "all" or "in_cr"
    origin: str  # "infusion" or "remission"
    from_time_zero: bool = False  # the clock cannot start at remission
    time: str = ""
    event: str = ""

    @property
    def recorded(self) -> bool:
        """True when the source's own time and indicator are used."""
        return bool(self.time and self.event)

    @property
    def day_column(self) -> str:
        """The patients column that holds the recorded time, in days."""
        return f"{self.key}_day"

    @property
    def event_column(self) -> str:
        """The patients column that holds the recorded indicator, no or yes."""
        return f"{self.key}_event"


@dataclass(frozen=True)
class Covariate:
    """A baseline factor; `unit` such as "10 years" says what a continuous effect is per."""

    column: str
    label: str
    kind: str  # "binary", "categorical" or "continuous"
    reference: str
    models: tuple[str, ...]
    unit: str

    @property
    def scale(self) -> float:
        """How much of the column one unit is: 10.0 for "10 years", 1.0 when the unit has no number."""
        number = re.match(r"\d+(\.\d+)?", self.unit)
        return float(number.group()) if number and float(number.group()) > 0 else 1.0


@dataclass(frozen=True)
class Exposure:
    """A treatment or complication after time zero; exposed from the earliest of the day columns."""

    key: str
    label: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """Where a canonical column comes from in the source's file; see helpers.study for the forms."""

    column: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    time: str = ""
    event: str = ""
    event_codes: tuple[str, ...] = ()
    date: str = ""
    unit: str = ""
    row_number: bool = False
    empty_after_last_contact: bool = False

    @property
    def source_columns(self) -> tuple[str, ...]:
        """The names of the source's columns that are read."""
        return tuple(name for name in (self.column, self.time, self.event, self.date) if name)


def read_arms(document: Mapping[str, Any], faults: list[Fault]) -> tuple[Arm, ...]:
    """The arms in order, each with its colour, line style and marker."""
    rows = keys.read_list(document, "arms", keys.ARM, faults)
    if not rows:
        faults.append(keys.fault("[[arms]]", "no arms", "Add one [[arms]] with key and label for each group."))
    for name in ("key", "label"):
        _check_distinct([row[name] for row in rows], f"[[arms]] {name}", faults)
    for row in rows:
        if row["label"].casefold() in RESERVED_LABELS:
            faults.append(keys.fault("[[arms]] label", "the words All and Arms are reserved", "Choose another label."))
    return tuple(
        Arm(**row, color=_pick(COLORS, number), linestyle=_pick(LINESTYLES, number), marker=_pick(MARKERS, number))
        for number, row in enumerate(rows)
    )


def read_contrast(table: object, arms: tuple[Arm, ...], faults: list[Fault]) -> Contrast | None:
    """The comparison of the study; with two arms and no [contrast], the second against the first."""
    if table is None:
        if len(arms) != 2:
            return None
        table = {"treated": [arms[1].key], "control": [arms[0].key]}
    row = keys.read_keys(table, keys.CONTRAST, "[contrast]", faults)
    labels = {arm.key: arm.label for arm in arms}
    for side in ("treated", "control"):
        _check_known(row[side], list(labels), f"[contrast] {side}", faults)
        row[f"{side}_label"] = row[f"{side}_label"] or " or ".join(labels.get(key, key) for key in row[side])
    if set(row["treated"]) & set(row["control"]):
        faults.append(keys.fault("[contrast]", "an arm stands on both sides", "Name each arm on one side only."))
    _check_distinct([row["treated_label"], row["control_label"]], "[contrast] labels", faults)
    row["label"] = row["label"] or f"{row['treated_label']} vs {row['control_label']}"
    return Contrast(**{**row, "treated": tuple(row["treated"]), "control": tuple(row["control"])})


def read_endpoints(table: object, faults: list[Fault]) -> tuple[dict[str, Endpoint], dict[str, Any]]:
    """All endpoints by key, and the settings horizon_months, milestones_months, landmark_days, min_at_risk."""
    row = keys.read_keys(table, keys.ENDPOINTS, "[endpoints]", faults, tables=tuple(ENDPOINTS))
    settings = {name: tuple(sorted(value)) if isinstance(value, list) else value for name, value in row.items()}
    tables = table if isinstance(table, dict) else {}
    endpoints: dict[str, Endpoint] = {}
    for name, defaults in ENDPOINTS.items():
        leader = endpoints.get(defaults.follows)
        if leader:
            defaults = replace(defaults, population=leader.population, origin=leader.origin)
        endpoints[name] = _endpoint(name, tables.get(name, {}), defaults, faults)
    return endpoints, settings


def _endpoint(name: str, table: object, defaults: EndpointRow, faults: list[Fault]) -> Endpoint:
    """One endpoint: what the study says, else the label, population and origin of the table of endpoints."""
    place = f"[endpoints.{name}]"
    row = keys.read_keys(table, keys.ENDPOINT, place, faults)
    row |= {key: row[key] or getattr(defaults, key) for key in ("label", "population", "origin")}
    if bool(row["time"]) != bool(row["event"]):
        faults.append(keys.fault(place, "time and event belong together", "Give both columns, or neither."))
    if row["time"] and not defaults.recordable:
        remedy = "Map the days of the events in [columns] instead; relapse and nrm follow [endpoints.lfs]."
        faults.append(keys.fault(place, "time and event can be given for efs and lfs only", remedy))
    if row["origin"] == "remission" and (row["population"] == "all" or defaults.from_time_zero):
        remedy = 'Use population = "in_cr", or origin = "infusion".'
        faults.append(keys.fault(place, "not every patient of this population has a remission to count from", remedy))
    return Endpoint(key=name, from_time_zero=defaults.from_time_zero, **row)


def read_covariates(document: Mapping[str, Any], faults: list[Fault]) -> tuple[Covariate, ...]:
    """The covariates in order."""
    rows = keys.read_list(document, "covariates", keys.COVARIATE, faults)
    for name in ("column", "label"):
        _check_distinct([row[name] for row in rows], f"[[covariates]] {name}", faults)
    for row in rows:
        _check_names([row["column"]], "[[covariates]] column", faults)
        _check_known(row["models"], list(MODELS), "[[covariates]] models", faults, may_be_empty=True)
        if row["type"] == "categorical" and not row["reference"]:
            remedy = "Name the level that the others are compared with."
            faults.append(keys.fault("[[covariates]] reference", f'"{row["column"]}" needs one', remedy))
        idle = "reference" if row["type"] == "continuous" else "unit"
        if row[idle]:
            problem = f'"{row["column"]}" is {row["type"]}, so it has none'
            faults.append(keys.fault(f"[[covariates]] {idle}", problem, f"Remove {idle}."))
    return tuple(_covariate(row) for row in rows)


def _covariate(row: dict[str, Any]) -> Covariate:
    """One covariate; a binary one is compared with "no" unless the study says otherwise."""
    reference = row["reference"] or ("no" if row["type"] == "binary" else "")
    return Covariate(row["column"], row["label"], row["type"], reference, tuple(row["models"]), row["unit"])


def read_exposures(document: Mapping[str, Any], faults: list[Fault]) -> tuple[Exposure, ...]:
    """The exposures in order."""
    rows = keys.read_list(document, "exposures", keys.EXPOSURE, faults)
    for name in ("key", "label"):
        _check_distinct([row[name] for row in rows], f"[[exposures]] {name}", faults)
    for row in rows:
        _check_names(row["columns"], "[[exposures]] columns", faults)
    return tuple(Exposure(row["key"], row["label"], tuple(row["columns"])) for row in rows)


def read_sources(table: object, place: str, faults: list[Fault]) -> dict[str, Source]:
    """Where each canonical column of one table comes from: text, or one of the four table forms."""
    if not isinstance(table, dict):
        faults.append(keys.fault(place, "a table is expected", f"Write {place} and then canonical = source."))
        return {}
    _check_names(list(table), place, faults)
    return {name: _source(value, f"{place} {name}", faults) for name, value in table.items()}


def _source(value: object, place: str, faults: list[Fault]) -> Source:
    """One column's source."""
    if keys.is_text(value):
        return Source(column=str(value))
    row = keys.read_keys(value, keys.COLUMN, place, faults)
    forms = [bool(row["column"]), bool(row["time"] or row["event"]), bool(row["date"]), row["row_number"]]
    if sum(forms) != 1 or bool(row["time"]) != bool(row["event"]):
        remedy = 'Write "column", {column =, values =}, {time =, event =}, {date =} or {row_number = true}.'
        faults.append(keys.fault(place, "not one of the forms of a source", remedy))
    for name, needed in BELONGS_TO.items():
        if row[name] and not any(row[form] for form in needed):
            remedy = f"Remove {name}, or write it beside {list_words(needed)}."
            faults.append(keys.fault(f"{place} {name}", "does nothing in this form of a source", remedy))
    words = {str(code): " ".join(str(word).split()) for code, word in row["values"].items()}
    codes = tuple(str(code) for code in row["event_codes"])
    return Source(**{**row, "values": words, "event_codes": codes})


def _check_distinct(words: list[str], place: str, faults: list[Fault]) -> None:
    """Add a fault when two words are the same but for capitals."""
    seen = [word.casefold() for word in words if word]
    if len(set(seen)) < len(seen):
        faults.append(keys.fault(place, "given twice", "Make each different from the others."))


def _check_known(
    words: Iterable[str], known: list[str], place: str, faults: list[Fault], *, may_be_empty: bool = False
) -> None:
    """Add a fault for each unknown word, and for none at all."""
    if not list(words) and not may_be_empty:
        faults.append(keys.fault(place, "nothing is named", f"Name one or more of {list_words(known)}."))
    for word in words:
        if word not in known:
            remedy = suggest(word, known) or f"Known: {list_words(known)}."
            faults.append(keys.fault(place, f'unknown name "{word}"', remedy))


def _check_names(names: Iterable[str], place: str, faults: list[Fault]) -> None:
    """Canonical names are lower-case words joined by underscores, so that they are safe in files and tables."""
    for name in names:
        if name and not CANONICAL.match(name):
            remedy = "Use lower-case letters, digits and underscores; map the source's own name in [columns]."
            faults.append(keys.fault(place, f'"{name}" is not a canonical name', remedy))


def _pick(choices: tuple[str, ...], number: int) -> str:
    """The choice with this number, starting again at the end."""
    return choices[number % len(choices)]
