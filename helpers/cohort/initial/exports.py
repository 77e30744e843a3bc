"""Exports that become tables only with their other files: REDCap, ADaM and CIBMTR, known by their headers."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from helpers.cohort.findings import Findings
from helpers.cohort.initial.tables import DICTIONARY, Reading, Table, made
from helpers.cohort.reading import open_file
from helpers.study import FileSource

INSTRUMENT, EVENT = "redcap_repeat_instrument", "redcap_event_name"
CIBMTR = {"intxsurv", "intxrel", "intxanc", "intxplat"}
OF_EVENTS = {"aedecod", "aeterm"}  # in ADaM
CHOOSE = "the rows are of several events: keep those that hold what is mapped"


def with_exports(reading: Reading, folder: Path) -> Reading:
    """The tables, with those of an export as they are when it is put together."""
    tables = list(reading.tables)
    hows: list[tuple[dict[str, Any], Mapping[str, str]]] = []
    dictionary = next((table for table in tables if table.names & DICTIONARY.keys()), None)
    for table in reading.tables:
        if dictionary and table is not dictionary and _is_redcap(table, dictionary):
            hows += [(how, _labels(dictionary)) for how in _redcap(table, dictionary)]
            tables = [other for other in tables if other not in (table, dictionary)]
    adam = [table for table in tables if "usubjid" in table.names]
    if any("paramcd" in table.names for table in adam) or any(table.names & OF_EVENTS for table in adam):
        hows += [(how, {}) for how in _adam(adam)]
        tables = [table for table in tables if table not in adam]
    for table in [table for table in tables if table.names & CIBMTR]:
        hows.append(({**table.how, "format": "cibmtr"}, {}))
        tables.remove(table)
    made_up = [found for how, labels in hows if (found := _opened(folder, how, labels, reading))]
    return Reading([*made_up, *tables], reading.faults, reading.left_out)


def _is_redcap(table: Table, dictionary: Table) -> bool:
    """True for records: they have REDCap's own columns, or the fields of the dictionary."""
    fields = {name.casefold() for name in _labels(dictionary)}
    return bool(table.names & {INSTRUMENT, EVENT}) or len(table.names & fields) > len(table.names) / 2


def _labels(dictionary: Table) -> dict[str, str]:
    """The label of each field."""
    names, labels = next(pair for pair in DICTIONARY.items() if pair[0] in dictionary.names)
    return dict(zip(dictionary.cells(names), dictionary.cells(labels), strict=True))


def _redcap(table: Table, dictionary: Table) -> Iterable[dict[str, Any]]:
    """How the patients' rows and those of each repeating instrument are read."""
    how = {**table.how, "format": "redcap", "beside": [dictionary.how["file"]]}
    events = table.texts(EVENT)
    yield how | ({"events": events} if len(events) > 1 else {})
    for instrument in table.texts(INSTRUMENT):
        yield how | {"instrument": instrument}


def _adam(tables: list[Table]) -> Iterable[dict[str, Any]]:
    """How the subjects are read, with the parameters beside them, and how the adverse events are."""
    long = [table for table in tables if "paramcd" in table.names]
    for table in tables:
        if table.names & OF_EVENTS:
            yield {**table.how, "format": "adam", **_only(table, "TRTEMFL")}
        elif table not in long:
            beside = [str(other.how["file"]) for other in long]
            yield {**table.how, "format": "adam", **({"beside": beside} if beside else {}), **_only(table, "SAFFL")}


def _only(table: Table, flag: str) -> dict[str, Any]:
    """The rows with a flag, where some have it and some have not."""
    codes = {*table.cells(flag.casefold())} if flag.casefold() in table.names else set()
    return {"where": {flag: ["Y"]}} if len(codes) > 1 else {}


def _opened(folder: Path, how: Mapping[str, Any], labels: Mapping[str, str], reading: Reading) -> Table | None:
    """The table that an export becomes; None, with the faults, where it becomes none."""
    findings = Findings()
    opened = open_file(folder / how["file"], findings, FileSource(**{**how, **_tuples(how)}))
    if opened is None:
        reading.faults += findings.faults
        return None
    named = {name: labels.get(name.split(" (")[0], "") for name in opened.header}
    doubts = [CHOOSE] if "events" in how else []
    doubts += [f"only rows with {flag} = Y are read" for flag in how.get("where", {})]
    table = made(how, opened.raw, *doubts, labels=named)
    return replace(table, kind="adverse_events") if table.names & OF_EVENTS else table


def _tuples(how: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(value) for name, value in how.items() if isinstance(value, list)}
