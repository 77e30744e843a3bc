"""The account of a cohort: all stages of reading at once, whatever is at fault in one of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from helpers.cohort.account.course import (
    ArmCount,
    EndpointCount,
    Spread,
    arm_counts,
    endpoint_counts,
    spreads,
    with_medians,
)
from helpers.cohort.account.sections import Facts, Section, sections
from helpers.cohort.dictionary import columns_for
from helpers.cohort.findings import Findings, Normalised
from helpers.cohort.load import Table, made_cohort, read_tables
from helpers.cohort.near import near_table, other_tables
from helpers.cohort.record import NotRead, TableRead
from helpers.cohort.trust import trusted
from helpers.faults import Fault
from helpers.study import Study, StudyError, find_folder, read_study
from helpers.study.keys import BESIDE, FILE
from helpers.study.sources import TABLES
from helpers.study.todo import CONFIRM

CHARACTERISTICS = ("baseline", "product")  # roles of the columns that describe patients before treatment


@dataclass(frozen=True)
class Check:
    """A check that ran: its kind (check, question or note), what it asks, of which columns, rows asked and touched."""

    kind: str
    check: str
    columns: str
    rows_checked: int
    rows_touched: int


@dataclass(frozen=True)
class Account:
    """What was read of a cohort folder. `study` is None where study.toml is no TOML.

    `tables` are those with a file that could be read; `files_not_read` other files beside them that look like tables.
    `in_words` are follow-up and age. Counts of arms, endpoints and sections are those of the rows without a fault.
    """

    key: str
    study: Study | None
    faults: tuple[Fault, ...]
    questions: tuple[Fault, ...] = ()
    tables: tuple[TableRead, ...] = ()
    files_not_read: tuple[NotRead, ...] = ()
    normalised: tuple[Normalised, ...] = ()
    in_words: tuple[Spread, ...] = ()
    arms: tuple[ArmCount, ...] = ()
    endpoints: tuple[EndpointCount, ...] = ()
    sections: tuple[Section, ...] = ()
    checks: tuple[Check, ...] = ()

    @property
    def patients(self) -> int:
        """How many patients were read."""
        return sum(table.rows for table in self.tables if table.table == "patients")


def account_of(path: str | Path) -> Account:
    """What was read of a cohort folder, and every fault of its study.toml and its data; raises StudyError for none.

    What hangs on a part of study.toml that is at fault is not asked, so that no fault follows from another.
    """
    folder = find_folder(path)
    try:
        study, faults = read_study(folder)
    except StudyError as error:
        return Account(folder.name, None, error.faults)
    findings = Findings()
    usable, trust = trusted(study, faults)
    tables = read_tables(usable, findings, trust)
    sound = not findings.faults and all(fault.remedy == CONFIRM for fault in faults)
    faults = (*faults, *findings.faults)
    if not faults:
        made_cohort(usable, tables, findings)  # for its notes
    told = _told_of(study, usable, tables, counted=sound, clock=trust.clock)
    return Account(
        folder.name,
        study,
        faults,
        tuple(findings.questions),
        tuple(with_medians(table.read, table.values) for table in tables.values() if table),
        tuple(_files_not_read(study, tables)),
        tuple(findings.normalised),
        checks=tuple(Check(*row[:3], *map(int, row[3:])) for row in findings.checks),
        **told,
    )


def _told_of(
    declared: Study, usable: Study, tables: Mapping[str, Table | None], *, counted: bool, clock: bool
) -> dict[str, tuple]:
    """The parts of the account that the values of the tables tell, for a study as declared and as far as usable.

    Endpoints are `counted` where no cell is at fault; without a `clock` it is open what a number of days means.
    """
    frames = {name: table.values for name, table in tables.items() if table}
    if "patients" not in frames:
        return {}
    patients, columns = frames["patients"], columns_for(declared, "patients")
    characteristics = [column.name for column in columns.values() if column.role in CHARACTERISTICS]
    characteristics += [item.column for item in declared.covariates]
    endpoints = tuple(endpoint_counts(usable, patients, counted)) if clock else ()
    lacks = {item.endpoint: item.lacks for item in endpoints}
    return {
        "in_words": tuple(spreads(usable, patients)) if clock else (),
        "arms": tuple(arm_counts(usable, patients)),
        "endpoints": endpoints,
        "sections": sections(Facts(declared, frames, characteristics, lacks)),
    }


def _files_not_read(study: Study, tables: Mapping[str, Table | None]) -> Iterable[NotRead]:
    """The other files of the folder that look like tables, and which table each may be meant for."""
    read = {FILE, *BESIDE, *(table.file for table in tables.values() if table)}
    read |= {name for source in study.files.values() for name in source.names}
    absent = [table for table in TABLES if tables[table] is None]
    for name in other_tables(study.folder, read):
        meant = near_table(name, absent, usual=True)
        yield NotRead("file", name, f"named neither {' nor '.join(TABLES)}, nor under [files] in study.toml", meant)
