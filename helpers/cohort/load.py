"""A cohort folder as checked tables: read, map, check, and only then hand over."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.cohort.checks import check_columns, check_line_breaks, typed
from helpers.cohort.endpoints import EndpointData, NotRecorded, about_endpoint, outcome_data, recorded, survival_data
from helpers.cohort.exports import check_export
from helpers.cohort.findings import Findings
from helpers.cohort.levels import ask_for_arms, check_covariates, patients_in, with_labels
from helpers.cohort.mapping import Plan, make_plan, map_columns
from helpers.cohort.notes import note_counts, note_patients
from helpers.cohort.reading import find_file, open_file
from helpers.cohort.record import TableRead, ask_for_columns, table_read
from helpers.cohort.rules import CODE_RULES, PATIENT_RULES, RECORD_RULES, Facts, apply_rules
from helpers.cohort.rules.identity import alike
from helpers.cohort.texts import REFUSED
from helpers.cohort.trust import ALL, Trust
from helpers.faults import Fault
from helpers.study import Exposure, Study, find_folder, load_study
from helpers.study.definition import SECTIONS
from helpers.study.flow import check_losses
from helpers.study.keys import FILE

RECORDS = ("adverse_events", "blood_counts")
_at_hand: dict[tuple[Path, str], "Cohort"] = {}  # by folder and subgroup


@dataclass(frozen=True)
class Cohort:
    """The checked tables of a study.

    `patients` has one row per patient: canonical names, words for codes (the reader's labels where the dictionary has
    them, but for the response, whose codes the definitions of remission read), NaN for missing, `arm` as an ordered
    Categorical of arm labels and `contrast` as one of the two sides (NaN for arms on neither). Columns that the
    source does not have are absent. `adverse_events` and `blood_counts` are None when there is no file.
    `quality` has one row per check (kind, check, columns, rows_checked, rows_touched), over all patients of the files.
    `questions` are what was found doubtful, each said as a fault would be, by row and column.
    `provenance` gives for each table its file, the file's sha256 and the number of rows read.
    """

    study: Study = field(repr=False)
    patients: pd.DataFrame = field(repr=False)
    adverse_events: pd.DataFrame | None = field(repr=False)
    blood_counts: pd.DataFrame | None = field(repr=False)
    quality: pd.DataFrame = field(repr=False)
    provenance: Mapping[str, Mapping[str, object]]
    subgroup: str = ""
    questions: tuple[Fault, ...] = field(default=(), repr=False)

    def recorded(self, *columns: str) -> bool:
        """True when every one of the columns is there and has at least one value."""
        return recorded(self.patients, *columns)

    @property
    def exposures(self) -> tuple[Exposure, ...]:
        """The declared exposures after time zero that the cohort records, each with its recorded day columns."""
        days = [(item, tuple(filter(self.recorded, item.columns))) for item in self.study.exposures]
        return tuple(replace(item, columns=columns) for item, columns in days if columns)

    def endpoint(self, key: str, origin: str | None = None) -> EndpointData:
        """The table of a time-to-event endpoint, one of those in helpers.study.endpoints; see EndpointData."""
        try:
            return survival_data(self.patients, self.study, key, origin)
        except NotRecorded:
            empty = EndpointData()
            empty.about = about_endpoint(self.study, key, origin)
            return empty

    def outcome(self, name: str) -> EndpointData:
        """The table of a yes-or-no outcome, one of those in helpers.cohort.outcomes; see EndpointData."""
        return outcome_data(self.patients, self.study, name)


@dataclass(frozen=True)
class Table:
    """One checked table: `values` without the cells at fault, where the source has a cell, and the file's facts."""

    values: pd.DataFrame
    given: pd.DataFrame
    file: str
    provenance: Mapping[str, object]
    read: TableRead


def load_cohort(path: str | Path, subgroup: str = "") -> Cohort:
    """The checked cohort of a folder; raises CohortError with every fault of its files, StudyError of its study.

    `subgroup` such as "sex=female" keeps the patients with that word (or number) in a declared column; the checks
    run on all patients before. Faults name rows as in the file, the header being row 1, and never a value.
    """
    if _at_hand and (cohort := _at_hand.pop((find_folder(path), subgroup), None)):
        return cohort
    study = load_study(path)
    findings = Findings()
    tables = read_tables(study, findings)
    findings.raise_faults(study.key)
    return made_cohort(study, tables, findings, subgroup)


def read_tables(study: Study, findings: Findings, trust: Trust = ALL) -> dict[str, Table | None]:
    """The tables of a cohort folder, read and checked as far as `trust` goes; None for one that there is not."""
    table = _read_table(study, "patients", findings, trust)
    if table is not None:
        if trust.clock:
            apply_rules(PATIENT_RULES, Facts.of(table.values, table.given, study), table.file, findings)
        check_covariates(study, table.values, findings)
        ask_for_arms(study, table.values, findings)
        if study.flow:
            check_losses(study.flow[-1], len(table.values), f"[[flow]] {len(study.flow)}", findings.faults)
    return {"patients": table} | {name: _read_records(study, name, table, findings, trust) for name in RECORDS}


def made_cohort(study: Study, tables: Mapping[str, Table | None], findings: Findings, subgroup: str = "") -> Cohort:
    """The cohort of tables that were read without a fault; CohortError where the subgroup is nobody."""
    table, counts = tables["patients"], tables["blood_counts"]
    assert table is not None  # else there was a fault
    note_patients(study, table.values, findings)
    if counts:
        note_counts(table.values, counts.values, findings)
    patients = _grouped(study, table.values).reset_index(drop=True)
    if subgroup:
        patients = patients_in(patients, subgroup, study)
        study = replace(study, flow=())  # the screening log counts everybody
    study, patients = with_labels(study, patients)
    rows: dict[str, pd.DataFrame | None] = dict.fromkeys(RECORDS)
    for name in RECORDS:
        if (record := tables[name]) is not None:
            belongs = record.values["patient_id"].isin(patients["patient_id"])
            rows[name] = record.values[belongs].reset_index(drop=True)
    return Cohort(
        study=study,
        patients=patients,
        adverse_events=rows["adverse_events"],
        blood_counts=rows["blood_counts"],
        quality=findings.quality(),
        provenance={name: item.provenance for name, item in tables.items() if item is not None},
        subgroup=subgroup,
        questions=tuple(findings.questions),
    )


@contextmanager
def at_hand(cohort: Cohort) -> Iterator[None]:
    """Let each process that is forked in this block have a cohort of this one, in place of reading its files again.

    The first `load_cohort` of its folder and subgroup gets it. The files must be ones that nobody changes.
    """
    key = (cohort.study.folder, cohort.subgroup)
    _at_hand[key] = cohort
    try:
        yield
    finally:
        _at_hand.pop(key, None)


def _read_table(
    study: Study, table: str, findings: Findings, trust: Trust, patients: Table | None = None
) -> Table | None:
    """One table of the cohort folder, read and checked by the dictionary; None when there is none or it is broken.

    Dates of events and samples are counted from the infusion dates of the `patients`. Cells at fault are emptied in its
    values, so that they break no rule a second time.
    """
    if SECTIONS[table] in trust.broken:
        return None
    before = len(findings.faults)
    path = find_file(study.folder, table, study.files[table].file, findings)
    if path is None and len(findings.faults) == before:
        _say_that_there_is_none(study, table, findings)
    source = open_file(path, findings, study.files[table]) if path else None
    if source is None:
        return None
    plan = make_plan(source, study, table, findings, trust.columns(table))
    text = source.text(plan.source_columns, findings, plan.codes)
    if text is None:
        return None
    check_export(source, text, plan, study.time_unit, findings)
    mapped = map_columns(text, plan, findings, _infusions(patients))
    check_line_breaks(text, mapped, plan, findings)
    frame = typed(mapped, text.rows, plan, findings, time_unit=study.time_unit)
    given = pd.DataFrame({name: cells.given for name, cells in mapped.items()}, index=text.rows)
    _empty_late_days(frame, given, plan, findings)
    broken = check_columns(frame, given, plan, findings)
    masked = {name: frame[name].mask(cells) for name, cells in broken.items() if name != "patient_id" and cells.any()}
    frame = frame.assign(**masked)
    for code in apply_rules(CODE_RULES if trust.clock else (), Facts.of(frame, given, study), source.name, findings):
        if code.column in frame and not code.doubtful:
            frame[code.column] = frame[code.column].mask(code.breaks)
    provenance = {"file": source.name, "sha256": source.sha256, "rows": len(frame)}
    read = table_read(table, source, plan, text, mapped)
    ask_for_columns(read, source.source.header_row or 1, findings)
    return Table(frame, given, source.name, provenance, read)


def _say_that_there_is_none(study: Study, table: str, findings: Findings) -> None:
    """Record the fault of a table without a file: patients are needed, and a table that is mapped is meant to be."""
    if table == "patients":
        remedy = "Add patients.csv (or .xlsx, .parquet), or name the file under [files] in study.toml."
        findings.fault("there is no patients file", file=study.key, remedy=remedy)
    elif study.columns[table]:
        problem, place = f"columns are mapped, but there is no {table} file", f"[{SECTIONS[table]}]"
        remedy = f"Name the file under [files] in study.toml, or remove {place}."
        findings.fault(problem, file=FILE, column=place, remedy=remedy)


def _infusions(patients: Table | None) -> dict[str, str] | None:
    """The infusion date of each patient, REFUSED where its fault is recorded; None when none are recorded."""
    if patients is None or not {"patient_id", "infusion_date"} <= {*patients.values}:
        return None
    dates = patients.values["infusion_date"].dt.strftime("%Y-%m-%d")
    dates = dates.fillna(patients.given["infusion_date"].map({True: REFUSED, False: ""}))
    return dict(zip(patients.values["patient_id"], dates, strict=True))


def _empty_late_days(frame: pd.DataFrame, given: pd.DataFrame, plan: Plan, findings: Findings) -> None:
    """Empty, and note, the days after last contact in the columns where study.toml says that they are errors."""
    for name, source in plan.sources.items():
        if source.empty_after_last_contact and plan.columns[name].type == "day" and "last_contact_day" in frame:
            late = frame[name] > frame["last_contact_day"]
            findings.note("days after last contact emptied, as study.toml asks", name, len(frame), late.sum())
            frame.loc[late, name], given.loc[late, name] = np.nan, False


def _read_records(study: Study, name: str, patients: Table | None, findings: Findings, trust: Trust) -> Table | None:
    """An optional table of events or samples; its rules look at the patients too."""
    records = _read_table(study, name, findings, trust, patients)
    if records is None or patients is None or not {"patient_id"} <= {*records.values} & {*patients.values}:
        return records
    people = patients.values.drop_duplicates("patient_id").set_index("patient_id")
    ids = records.values["patient_id"]
    known = ids.isin(people.index)
    joined = records.values.assign(
        known_patient=known,
        meant_patient=_meant(ids, people.index, known),
        last_contact_day=ids.map(people["last_contact_day"]) if "last_contact_day" in people else np.nan,
        died=ids.map(people["death_day"].notna()).eq(True) if "death_day" in people else True,
    )
    if trust.clock:
        apply_rules(RECORD_RULES, Facts.of(joined, records.given, study), records.file, findings)
    return records


def _meant(ids: pd.Series, people: pd.Index, known: pd.Series) -> np.ndarray:
    """True for the ids of no known patient that are one's but for how they are written."""
    meant = (ids.notna() & ~known).to_numpy()
    if meant.any():
        meant[meant] = np.isin(alike([*ids[meant]]), alike([*people.dropna()]))
    return meant


def _grouped(study: Study, patients: pd.DataFrame) -> pd.DataFrame:
    """The patients with arm labels, and the side of the contrast each arm is on."""
    labels = {arm.key: arm.label for arm in study.arms}
    arm = pd.Categorical(patients["arm"].map(labels), categories=list(labels.values()), ordered=True)
    sides: dict[str, str] = {}
    if study.contrast:
        sides |= dict.fromkeys(study.contrast.control, study.contrast.control_label)
        sides |= dict.fromkeys(study.contrast.treated, study.contrast.treated_label)
    contrast = pd.Categorical(patients["arm"].map(sides), categories=list(dict.fromkeys(sides.values())), ordered=True)
    return patients.assign(arm=arm, contrast=contrast)
