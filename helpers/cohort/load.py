"""A cohort folder as checked tables: read, map, check, and only then hand over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.cohort.checks import check_columns, typed
from helpers.cohort.endpoints import EndpointData, endpoint_data, outcome_data, recorded
from helpers.cohort.findings import Findings
from helpers.cohort.levels import check_covariates, with_labels
from helpers.cohort.mapping import Plan, make_plan, map_columns
from helpers.cohort.notes import note_patients
from helpers.cohort.reading import find_file, open_file
from helpers.cohort.rules import PATIENT_RULES, RECORD_RULES, Facts, apply_rules
from helpers.cohort.subgroup import patients_in
from helpers.study import Exposure, Study, load_study
from helpers.study.flow import check_losses

RECORDS = ("adverse_events", "blood_counts")


@dataclass(frozen=True)
class Cohort:
    """The checked tables of a study.

    `patients` has one row per patient: canonical names, words for codes (the reader's labels where the dictionary has
    them, but for the response, whose codes the definitions of remission read), NaN for missing, `arm` as an ordered
    Categorical of arm labels and `contrast` as one of the two sides (NaN for arms on neither). Columns that the
    source does not have are absent. `adverse_events` and `blood_counts` are None when there is no file.
    `quality` has one row per check (kind, check, columns, rows_checked, rows_touched), over all patients of the files.
    `provenance` gives for each table its file, the file's sha256 and the number of rows read.
    """

    study: Study = field(repr=False)
    patients: pd.DataFrame = field(repr=False)
    adverse_events: pd.DataFrame | None = field(repr=False)
    blood_counts: pd.DataFrame | None = field(repr=False)
    quality: pd.DataFrame = field(repr=False)
    provenance: Mapping[str, Mapping[str, object]]
    subgroup: str = ""

    def recorded(self, *columns: str) -> bool:
        """True when every one of the columns is there and has at least one value."""
        return recorded(self.patients, *columns)

    @property
    def exposures(self) -> tuple[Exposure, ...]:
        """The declared exposures after time zero that the cohort records, each with its recorded day columns."""
        found = [
            replace(item, columns=tuple(column for column in item.columns if self.recorded(column)))
            for item in self.study.exposures
        ]
        return tuple(item for item in found if item.columns)

    def endpoint(self, key: str, origin: str | None = None) -> EndpointData:
        """The table of a time-to-event endpoint, one of those in helpers.study.endpoints; see EndpointData."""
        return endpoint_data(self.patients, self.study, key, origin)

    def outcome(self, name: str) -> EndpointData:
        """The table of a yes-or-no outcome, one of those in helpers.cohort.outcomes; see EndpointData."""
        return outcome_data(self.patients, self.study, name)


@dataclass(frozen=True)
class Table:
    """One checked table: `values` without the cells at fault, and where the source has a cell at all."""

    file: str
    values: pd.DataFrame
    given: pd.DataFrame


def load_cohort(path: str | Path, subgroup: str = "") -> Cohort:
    """The checked cohort of a folder; raises CohortError with every fault of its files, StudyError of its study.

    `subgroup` such as "sex=female" keeps the patients with that word (or number) in a declared column; the checks
    run on all patients before. Faults name rows as in the file, the header being row 1, and never a value.
    """
    study = load_study(path)
    findings, provenance = Findings(), {}
    patients = _read_table(study, "patients", findings, provenance)
    if patients is not None:
        exposures = tuple(name for exposure in study.exposures for name in exposure.columns)
        apply_rules(PATIENT_RULES, Facts(patients.values, patients.given, study, exposures), patients.file, findings)
        check_covariates(study, patients.values, findings)
        if study.flow:
            check_losses(study.flow[-1], len(patients.values), f"[[flow]] {len(study.flow)}", findings.faults)
    records = {table: _read_records(study, table, patients, findings, provenance) for table in RECORDS}
    findings.raise_faults(study.key)
    note_patients(study, patients.values, findings)
    kept = _grouped(study, patients.values).reset_index(drop=True)
    if subgroup:
        kept = patients_in(kept, subgroup, study)
        study = replace(study, flow=())  # the screening log counts everybody
    study, kept = with_labels(study, kept)
    return Cohort(
        study=study,
        patients=kept,
        **{table: _records_of(record, kept) for table, record in records.items()},
        quality=findings.quality(),
        provenance=provenance,
        subgroup=subgroup,
    )


def _read_table(study: Study, table: str, findings: Findings, provenance: dict) -> Table | None:
    """One table of the cohort folder, read and checked by the dictionary; None when there is none or it is broken."""
    path = find_file(study.folder, table, study.files[table], findings)
    if path is None:
        if table == "patients" and not findings.faults:
            remedy = "Add patients.csv (or .xlsx, .parquet), or name the file under [files] in study.toml."
            findings.fault("there is no patients file", file=study.key, remedy=remedy)
        return None
    source = open_file(path, findings)
    if source is None:
        return None
    plan = make_plan(source, study, table, findings)
    text = source.text(plan.source_columns, findings)
    if text is None:
        return None
    provenance[table] = {"file": source.name, "sha256": source.sha256, "rows": len(text)}
    return _checked(map_columns(text, plan, findings), plan, findings, time_unit=study.time_unit)


def _checked(text: pd.DataFrame, plan: Plan, findings: Findings, *, time_unit: str) -> Table:
    """The table in its types; cells at fault are emptied in `values`, so that they break no rule a second time."""
    frame, given = typed(text, plan, findings, time_unit=time_unit), text.notna()
    _empty_late_days(frame, given, plan, findings)
    broken = check_columns(frame, given, plan, findings).drop(columns="patient_id", errors="ignore")
    return Table(plan.file, frame.mask(broken.reindex(columns=frame.columns, fill_value=False)), given)


def _empty_late_days(frame: pd.DataFrame, given: pd.DataFrame, plan: Plan, findings: Findings) -> None:
    """Empty, and note, the days after last contact in the columns where study.toml says that they are errors."""
    for name, source in plan.sources.items():
        if source.empty_after_last_contact and plan.columns[name].type == "day" and "last_contact_day" in frame:
            late = frame[name] > frame["last_contact_day"]
            findings.note("days after last contact emptied, as study.toml asks", name, len(frame), int(late.sum()))
            frame.loc[late, name], given.loc[late, name] = np.nan, False


def _read_records(
    study: Study, table: str, patients: Table | None, findings: Findings, provenance: dict
) -> pd.DataFrame | None:
    """The checked rows of an optional table of events or samples; its rules look at the patients too."""
    records = _read_table(study, table, findings, provenance)
    if records is None or patients is None or not {"patient_id"} <= {*records.values} & {*patients.values}:
        return None if records is None else records.values
    people = patients.values.drop_duplicates("patient_id").set_index("patient_id")
    ids = records.values["patient_id"]
    joined = records.values.assign(
        known_patient=ids.isin(people.index),
        last_contact_day=ids.map(people["last_contact_day"]) if "last_contact_day" in people else np.nan,
        died=ids.map(people["death_day"].notna()).eq(True) if "death_day" in people else True,
    )
    apply_rules(RECORD_RULES, Facts(joined, records.given, study), records.file, findings)
    return records.values


def _grouped(study: Study, patients: pd.DataFrame) -> pd.DataFrame:
    """The patients with arm labels, and the side of the contrast each arm is on."""
    labels = {arm.key: arm.label for arm in study.arms}
    arm = pd.Categorical(patients["arm"].map(labels), categories=list(labels.values()), ordered=True)
    sides: dict[str, str] = {}
    if study.contrast:
        sides |= dict.fromkeys(study.contrast.control, study.contrast.control_label)
        sides |= dict.fromkeys(study.contrast.treated, study.contrast.treated_label)
    names = list(dict.fromkeys(sides.values()))
    contrast = pd.Categorical(patients["arm"].map(sides), categories=names, ordered=True)
    return patients.assign(arm=arm, contrast=contrast)


def _records_of(records: pd.DataFrame | None, patients: pd.DataFrame) -> pd.DataFrame | None:
    """The rows that belong to the patients kept."""
    if records is None:
        return None
    return records[records["patient_id"].isin(patients["patient_id"])].reset_index(drop=True)
