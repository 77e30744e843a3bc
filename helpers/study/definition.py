"""The definition of a study, read from the `study.toml` of its cohort folder.

A cohort folder holds `study.toml`, `patients.csv` (or .xlsx, .parquet) and, if there are any, `adverse_events`
and `blood_counts` files, and `published.csv`. `data/study.example.toml` shows every key, with its meaning.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import helpers.study.keys as keys
import helpers.study.parts as parts
from helpers.faults import UNPRINTABLE, Fault, FaultError, is_printable
from helpers.study.endpoints import ENDPOINTS
from helpers.study.flow import FlowStep, read_flow
from helpers.study.keys import Key
from helpers.study.letters import spell
from helpers.study.palette import SEVERAL_ARMS
from helpers.study.parts import Arm, Contrast, Covariate, Endpoint, Exposure
from helpers.study.response import Response, read_response
from helpers.study.sources import FileSource, Source, read_files, read_sources
from helpers.study.todo import open_decisions

DAYS_PER_MONTH = 30.4375
CHECKOUT = Path(__file__).resolve().parents[2]
INSIDE = CHECKOUT / "helpers" / "project"  # where a wheel has what lies beside the package in a checkout
INSTALLED = INSIDE.is_dir()
PROJECT_ROOT = INSIDE if INSTALLED else CHECKOUT  # holds notebooks/ and data/
EVERYBODY = "all patients"

TOP = {"title": Key("text"), "synthetic": Key("flag"), "randomised": Key("flag", False)}
TOP |= {"covariates_prespecified": Key("flag", None), "strata": Key("texts", ())}
TIME = {
    "unit": Key("text", allowed=("days", "months")),
    "zero": Key("text", "infusion"),
    "treated": Key("text", "treated"),
}
SETTINGS = {
    "horizon_months": Key("number", 24),
    "milestones_months": Key("numbers", (6, 12, 24), most=keys.MOST),
    "landmark_days": Key("numbers", (90, 180), most=keys.MOST),
    "min_at_risk": Key("count", 5),
    "off": Key("texts", ()),
}
# Where study.toml maps the columns of each table.
SECTIONS = {"patients": "columns", "adverse_events": "adverse_events", "blood_counts": "blood_counts"}
NOT_TOML = {UnicodeDecodeError: "not UTF-8 text", RecursionError: "too many brackets"}
TABLES = ("time", "files", *SECTIONS.values(), "contrast", "response", "endpoints")
LISTS = ("arms", "covariates", "exposures", "flow")
# Faults that leave a name undeclared, and where those of its use then only follow from them.
UNDECLARED = {
    r"\[\[arms\]\]( \d+ key)?": "[contrast]",
    r"\[\[covariates\]\] \d+ (column|type)": "top of the file strata",
}


class StudyError(FaultError):
    """A study.toml that cannot be used; lists every fault."""


@dataclass(frozen=True)
class Study:
    """What an analyst decided before the analysis: arms, contrast, endpoints, covariates, exposures."""

    key: str  # name of the cohort folder
    folder: Path = field(repr=False)
    title: str
    synthetic: bool
    randomised: bool  # whether the arms were assigned at random
    covariates_prespecified: bool | None  # False: chosen after the data were seen; None: the study does not say
    strata: tuple[str, ...]  # columns of covariates by which tests and models are stratified
    time_unit: str
    time_zero: str
    treated: str
    files: Mapping[str, FileSource] = field(repr=False)  # by table
    columns: Mapping[str, Mapping[str, Source]] = field(repr=False)  # by table and canonical name
    arms: tuple[Arm, ...]
    contrast: Contrast | None  # None when there is nothing to compare
    response: Response
    endpoints: Mapping[str, Endpoint]
    horizon_months: float
    milestones_months: tuple[float, ...]
    landmark_days: tuple[float, ...]
    covariates: tuple[Covariate, ...]
    exposures: tuple[Exposure, ...]
    flow: tuple[FlowStep, ...]  # before time zero
    min_at_risk: int

    def covariates_for(self, model: str) -> tuple[Covariate, ...]:
        """The covariates declared for "response" or "survival" models, in the study's order."""
        return tuple(covariate for covariate in self.covariates if model in covariate.models)

    @property
    def populations(self) -> dict[str, str]:
        """What the reader calls the patients of an endpoint, by its `population`."""
        return {"all": EVERYBODY, "in_cr": self.response.population}

    @property
    def switched_off(self) -> tuple[Endpoint, ...]:
        """The endpoints that study.toml switches off."""
        return tuple(endpoint for endpoint in self.endpoints.values() if endpoint.off)

    @property
    def treatments(self) -> tuple[Exposure, ...]:
        """The exposures that are given, not suffered: steps in the flow of patients."""
        return tuple(exposure for exposure in self.exposures if not exposure.complication)

    @property
    def styles(self) -> dict[str, Arm]:
        """How each arm is drawn, by its label, in the study's order."""
        return {arm.label: arm for arm in self.arms}

    @property
    def sides(self) -> dict[str, Arm]:
        """How the two sides of the comparison are drawn, control first: as their arm, or in a colour of no arm."""
        if self.contrast is None:
            return {}
        arms = {arm.key: arm for arm in self.arms}
        sides = {}
        for label, keys_of_side, color in (
            (self.contrast.control_label, self.contrast.control, SEVERAL_ARMS[0]),
            (self.contrast.treated_label, self.contrast.treated, SEVERAL_ARMS[1]),
        ):
            first = arms[keys_of_side[0]]
            sides[label] = first if len(keys_of_side) == 1 else replace(first, color=color)
        return sides

    @property
    def comparison(self) -> str:
        """The label of the contrast; "" without one."""
        return self.contrast.label if self.contrast else ""


def load_study(path: str | Path) -> Study:
    """The study defined in a cohort folder's study.toml; raises StudyError with every fault.

    `path` is the folder (or its study.toml), looked up from the working folder, then from PROJECT_ROOT.
    """
    study, faults = read_study(path)
    if faults:
        raise StudyError(f"{study.folder.name}/{keys.FILE}", faults)
    return study


def read_study(path: str | Path) -> tuple[Study, tuple[Fault, ...]]:
    """The study of a cohort folder with every fault of its study.toml; harmless values stand in for what is at fault.

    Raises StudyError when there is no study.toml, or none that is TOML.
    """
    folder = find_folder(path)
    faults: list[Fault] = []
    study = _study(folder, _parse(folder, faults), faults)
    return study, tuple(_without_consequences(faults))


def _without_consequences(faults: list[Fault]) -> list[Fault]:
    """The faults but those that only follow from another: names that the part at fault would have declared."""
    follow = [use for part, use in UNDECLARED.items() if any(re.fullmatch(part, fault.column) for fault in faults)]
    unknown = ("unknown name", '"')  # how such a fault begins
    return [f for f in faults if not (f.column.startswith(tuple(follow)) and f.problem.startswith(unknown))]


def find_folder(path: str | Path) -> Path:
    """The cohort folder that a path means; raises StudyError, which lists those there are, when there is none."""
    if "://" in str(path) or not str(path).strip():
        raise StudyError("study", [Fault("a path is needed, not an address", "study", "Name a local cohort folder.")])
    places = (Path(os.path.expanduser(path)), PROJECT_ROOT / path)
    for place in places:
        folder = place.parent if place.name == keys.FILE else place
        if os.path.isfile(folder / keys.FILE):
            return folder.resolve()
    private = places[0].is_absolute()  # shown by its last name only
    name = Path(path).name or "/" if private else Path(path).as_posix()
    problem = f"no {keys.FILE} in the folder" if any(map(os.path.isdir, places)) else "no cohort folder"
    parents = [Path("data")] if private else [Path(path).parent, Path("data")]
    bases = [(parent, base / parent) for parent in parents for base in (Path(), PROJECT_ROOT)]
    files = [(parent, file) for parent, base in bases if os.path.isdir(base) for file in base.glob(f"*/{keys.FILE}")]
    there = sorted({(parent / file.parent.name).as_posix() for parent, file in files})  # each can be given as a path
    remedy = f"There are: {', '.join(there)}." if there else "Give a folder with study.toml and patients.csv."
    raise StudyError("study", [Fault(f"{problem} {name}", "study", remedy)])


def _parse(folder: Path, faults: list[Fault]) -> dict[str, Any]:
    """The document of a study.toml; adds a fault for each line that its analyst has still to confirm."""
    try:
        text = (folder / keys.FILE).read_text(encoding="utf-8-sig")
        faults += open_decisions(text)
        return tomllib.loads(spell(text))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = str(error) if isinstance(error, tomllib.TOMLDecodeError) else NOT_TOML[type(error)]
        fault = Fault(f"not valid TOML: {reason}", keys.FILE, "Correct that line.")
    raise StudyError(f"{folder.name}/{keys.FILE}", [fault, *faults])


def _study(folder: Path, document: dict[str, Any], faults: list[Fault]) -> Study:
    """The study, read part by part; faults are added to the list."""
    keys.check_texts(document, "", faults)
    if not is_printable(folder.name):
        faults.append(keys.fault("the folder", f"its name has {UNPRINTABLE}", "Rename the folder."))
    top = keys.read_keys(document, TOP, "top of the file", faults, tables=(*TABLES, *LISTS))
    tables = {name: document.get(name, {}) for name in TABLES}
    time = keys.read_keys(tables["time"], TIME, "[time]", faults)
    arms = parts.read_arms(document, faults)
    settings = keys.read_keys(tables["endpoints"], SETTINGS, "[endpoints]", faults, tables=tuple(ENDPOINTS))
    off = settings.pop("off")
    settings |= {name: tuple(sorted(settings[name])) for name in ("milestones_months", "landmark_days")}
    response = read_response(tables["response"], faults)
    endpoints = parts.read_endpoints(tables["endpoints"], response.noun, off, faults)
    covariates = parts.read_covariates(document, faults)
    parts.check_strata(top["strata"], covariates, faults)
    return Study(
        key=folder.name,
        folder=folder,
        **top,
        time_unit=time["unit"],
        time_zero=time["zero"],
        treated=time["treated"],
        files=read_files(tables["files"], faults),
        columns=_columns(tables, endpoints, faults),
        arms=arms,
        contrast=parts.read_contrast(document.get("contrast"), arms, faults),
        response=response,
        endpoints=endpoints,
        **settings,
        covariates=covariates,
        exposures=parts.read_exposures(document, faults),
        flow=read_flow(document, faults),
    )


def _columns(
    tables: Mapping[str, Any], endpoints: Mapping[str, Endpoint], faults: list[Fault]
) -> dict[str, dict[str, Source]]:
    """Where the source has each column, by table; endpoints recorded as such become two columns."""
    columns = {table: read_sources(tables[name], f"[{name}]", faults) for table, name in SECTIONS.items()}
    for endpoint in endpoints.values():
        if endpoint.recorded:
            columns["patients"][endpoint.day_column] = Source(column=endpoint.time)
            columns["patients"][endpoint.event_column] = Source(column=endpoint.event, unknown=endpoint.unknown)
    return columns
