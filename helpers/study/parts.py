"""The parts of a study and how each is read from its tables of study.toml."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import cycle
from typing import Any

import helpers.study.keys as keys
from helpers.faults import Fault, list_words, suggest
from helpers.study.endpoints import ENDPOINTS, EndpointRow
from helpers.study.letters import look
from helpers.study.palette import HEX, LEAST_CONTRAST, LINESTYLES, MARKERS, contrast_on_white, fill_colors
from helpers.study.sources import check_names

MODELS = ("response", "survival")
ALWAYS = "os"  # the endpoint that follow-up is read from
RESERVED_LABELS = ("all", "arms")  # group names of the estimates table


@dataclass(frozen=True)
class Arm:
    """A treatment group: `key` in the data, `label` for the reader, and how it is drawn."""

    key: str = keys.key("text")
    label: str = keys.key("text", most=keys.LABEL)
    color: str = keys.key("text", "")
    linestyle: str = field(kw_only=True)
    marker: str = field(kw_only=True)


@dataclass(frozen=True)
class Contrast:
    """Which arms (by key) are compared with which."""

    treated: tuple[str, ...] = keys.key("texts")
    control: tuple[str, ...] = keys.key("texts")
    label: str = keys.key("text", "", most=keys.LABEL)
    treated_label: str = keys.key("text", "", most=keys.LABEL)
    control_label: str = keys.key("text", "", most=keys.LABEL)
    post_hoc: bool = keys.key("flag", False)


@dataclass(frozen=True)
class Endpoint:
    """An endpoint, the patients it is read in and the start of its clock.

    `time` and `event` name the source's own columns when the endpoint is used as recorded, else they are "".
    """

    key: str
    label: str = keys.key("text", "", most=keys.LABEL)
    population: str = keys.key("text", "", ("all", "in_cr"))
    origin: str = keys.key("text", "", ("infusion", "remission"))
    time: str = keys.key("text", "")
    event: str = keys.key("text", "")
    unknown: tuple[str, ...] = keys.key("codes", ())  # of the indicator, where it is not known whether it happened
    from_time_zero: bool = field(kw_only=True)  # the clock cannot start at remission
    off: bool = field(default=False, kw_only=True)  # as if it were not recorded

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

    column: str = keys.key("text")
    label: str = keys.key("text", most=keys.LABEL)
    kind: str = keys.key("text", allowed=("binary", "categorical", "continuous"), name="type")
    reference: str = keys.key("text", "")
    models: tuple[str, ...] = keys.key("texts", MODELS)
    unit: str = keys.key("text", "")

    @property
    def scale(self) -> float:
        """How much of the column one unit is: 10.0 for "10 years", 1.0 when the unit has no number."""
        number = re.match(r"\d+(\.\d+)?", self.unit)
        return float(number.group()) if number and float(number.group()) > 0 else 1.0


@dataclass(frozen=True)
class Exposure:
    """A treatment or complication after time zero; begins on the earliest of the day columns.

    A treatment is a step in the flow of patients, a complication is none.
    """

    key: str = keys.key("text")
    label: str = keys.key("text", most=keys.LABEL)
    columns: tuple[str, ...] = keys.key("texts")
    complication: bool = keys.key("flag", False)

    @property
    def absence(self) -> str:
        """What is said of patients without it: "no consolidation"."""
        label = self.label
        return f"no {label if label[:2].isupper() else label[:1].lower() + label[1:]}"


def read_arms(document: Mapping[str, Any], faults: list[Fault]) -> tuple[Arm, ...]:
    """The arms in order, each with its colour, line style and marker."""
    rows = keys.read_list(document, "arms", Arm, faults, distinct=("key", "label", "color"))
    if not rows:
        faults.append(keys.fault("[[arms]]", "no arms", "Add one [[arms]] with key and label for each group."))
    keys.check_most(rows, keys.MOST, "[[arms]]", faults)
    for number, row in enumerate(rows, start=1):
        _check_reserved(row["label"], "[[arms]] label", faults)
        color, place = row["color"], f"[[arms]] {number} color"
        if color and not HEX.match(color):
            faults.append(keys.fault(place, "not a colour of six hexadecimal digits", 'Write it as "#0072B2".'))
        elif color and contrast_on_white(color) < LEAST_CONTRAST:
            problem = f"too pale on white, contrast {contrast_on_white(color):.1f}:1"
            remedy = f"Choose a darker colour: text needs {LEAST_CONTRAST}:1."
            faults.append(keys.fault(place, problem, remedy))
    colors = fill_colors([row["color"] for row in rows])
    styles = zip(rows, colors, cycle(LINESTYLES), cycle(MARKERS), strict=False)
    return tuple(Arm(**row | {"color": color}, linestyle=line, marker=marker) for row, color, line, marker in styles)


def read_contrast(table: object, arms: tuple[Arm, ...], faults: list[Fault]) -> Contrast | None:
    """The comparison of the study; with two arms and no [contrast], the second against the first."""
    if table is None:
        if len(arms) != 2:
            return None
        table = {"treated": [arms[1].key], "control": [arms[0].key]}
    row = keys.read_keys(table, keys.keys_of(Contrast), "[contrast]", faults)
    labels = {arm.key: arm.label for arm in arms}
    for side in ("treated", "control"):
        if not row[side]:
            remedy = f"Name one or more of {list_words(list(labels))}."
            faults.append(keys.fault(f"[contrast] {side}", "nothing is named", remedy))
        _check_known(row[side], list(labels), f"[contrast] {side}", faults)
        row[f"{side}_label"] = row[f"{side}_label"] or " or ".join(labels.get(key, key) for key in row[side])
        _check_reserved(row[f"{side}_label"], f"[contrast] {side}_label", faults)
    if set(row["treated"]) & set(row["control"]):
        faults.append(keys.fault("[contrast]", "an arm stands on both sides", "Name each arm on one side only."))
    keys.check_distinct([row["treated_label"], row["control_label"]], "[contrast] labels", faults)
    row["label"] = row["label"] or f"{row['treated_label']} vs {row['control_label']}"
    return Contrast(**row)


def read_endpoints(
    tables: Mapping[str, Any], remission: str, off: tuple[str, ...], faults: list[Fault]
) -> dict[str, Endpoint]:
    """All endpoints by key; those that follow another share its population and origin.

    `remission` is what the study calls that state, `off` the keys of those that are switched off.
    """
    _check_known(off, [name for name in ENDPOINTS if name != ALWAYS], "[endpoints] off", faults)
    endpoints: dict[str, Endpoint] = {}
    for name, defaults in ENDPOINTS.items():
        leader = endpoints.get(defaults.follows)
        if leader:
            defaults = replace(defaults, population=leader.population, origin=leader.origin)
        defaults = replace(defaults, label=defaults.label.format(remission=remission))
        endpoint = _endpoint(name, tables.get(name, {}), defaults, faults)
        endpoints[name] = replace(endpoint, off=name in off)
    return endpoints


def _endpoint(name: str, table: object, defaults: EndpointRow, faults: list[Fault]) -> Endpoint:
    """One endpoint: what the study says, else the label, population and origin of the table of endpoints."""
    place = f"[endpoints.{name}]"
    row = keys.read_keys(table, keys.keys_of(Endpoint), place, faults)
    row |= {key: row[key] or getattr(defaults, key) for key in ("label", "population", "origin")}
    if bool(row["time"]) != bool(row["event"]):
        faults.append(keys.fault(place, "time and event belong together", "Give both columns, or neither."))
    if row["unknown"] and not row["event"]:
        faults.append(keys.fault(f"{place} unknown", "codes of an indicator that is not given", "Give time and event."))
    row["unknown"] = tuple(map(str, row["unknown"]))
    if row["time"] and not defaults.recordable:
        remedy = "Map the days of the events in [columns] instead; relapse and nrm follow [endpoints.lfs]."
        faults.append(keys.fault(place, "time and event can be given for efs and lfs only", remedy))
    if row["origin"] == "remission" and (row["population"] == "all" or defaults.from_time_zero):
        remedy = 'Use population = "in_cr", or origin = "infusion".'
        faults.append(keys.fault(place, "not every patient of this population has a remission to count from", remedy))
    return Endpoint(key=name, from_time_zero=defaults.from_time_zero, **row)


def read_covariates(document: Mapping[str, Any], faults: list[Fault]) -> tuple[Covariate, ...]:
    """The covariates in order."""
    rows = keys.read_list(document, "covariates", Covariate, faults, distinct=("column", "label"))
    for row in rows:
        check_names([row["column"]], "[[covariates]] column", faults)
        _check_known(row["models"], list(MODELS), "[[covariates]] models", faults)
        if row["type"] == "categorical" and not row["reference"]:
            remedy = "Name the level that the others are compared with."
            faults.append(keys.fault("[[covariates]] reference", f'"{row["column"]}" needs one', remedy))
        idle = "reference" if row["type"] == "continuous" else "unit"
        if row[idle]:
            problem = f'"{row["column"]}" is {row["type"]}, so it has none'
            faults.append(keys.fault(f"[[covariates]] {idle}", problem, f"Remove {idle}."))
        if row["type"] == "binary" and not row["reference"]:
            row["reference"] = "no"
        row["kind"] = row.pop("type")
    return tuple(Covariate(**row) for row in rows)


def check_strata(strata: Iterable[str], covariates: Iterable[Covariate], faults: list[Fault]) -> None:
    """Add a fault for each stratification factor that is not a declared covariate with levels."""
    kinds = {covariate.column: covariate.kind for covariate in covariates}
    for column in strata:
        if kinds.get(column, "continuous") == "continuous":
            remedy = "Declare it under [[covariates]] as binary or categorical; models = [] keeps it out of the models."
            faults.append(keys.fault("top of the file strata", f'"{column}" is no covariate with levels', remedy))


def read_exposures(document: Mapping[str, Any], faults: list[Fault]) -> tuple[Exposure, ...]:
    """The exposures in order."""
    rows = keys.read_list(document, "exposures", Exposure, faults, distinct=("key", "label"))
    for row in rows:
        check_names(row["columns"], "[[exposures]] columns", faults)
    return tuple(Exposure(**row) for row in rows)


def _check_reserved(label: str, place: str, faults: list[Fault]) -> None:
    if look(label).casefold() in RESERVED_LABELS:
        faults.append(keys.fault(place, "the words All and Arms are reserved", "Choose another label."))


def _check_known(words: Iterable[str], known: list[str], place: str, faults: list[Fault]) -> None:
    for word in words:
        if word not in known:
            remedy = suggest(word, known) or f"Known: {list_words(known)}."
            faults.append(keys.fault(place, f'unknown name "{word}"', remedy))
