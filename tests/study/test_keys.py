"""Every key that a study.toml may hold changes what is read, computed or printed; the others are refused."""

import re
from dataclasses import fields, replace
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from helpers.cohort import load_cohort, views
from helpers.faults import FaultError
from helpers.present import header
from helpers.present.figures import curve_lines
from helpers.present.sentences import cohort as cohort_sentences
from helpers.present.sentences import models as sentences
from helpers.present.sentences import response
from helpers.report.index import study_paragraph
from helpers.stats import exposure, survival
from helpers.stats.cohort import flow
from helpers.stats.models.design import declared_strata, design_matrix, model_terms
from helpers.study import Arm, Contrast, Covariate, Endpoint, Exposure, FlowStep, Response, Source, Study, definition
from helpers.study.keys import keys_of
from helpers.study.sources import TABLES, FileSource
from tests.study.small_study import FILES, STUDY


def opening(cohort):
    """What opens the pages, the front page's paragraph, the contrast's warning."""
    words = study_paragraph(cohort.study), response.post_hoc(cohort.study)
    return header.loaded(cohort), words


def tables(cohort):
    """The checked tables that everything is computed from."""
    read = cohort.patients, cohort.adverse_events, cohort.blood_counts
    return [table.to_csv() for table in read], list(cohort.patients["arm"].cat.categories)


def endpoints(cohort):
    """Time, event and cause of every endpoint."""
    columns = ["time_months", "event", "cause"]
    return [cohort.endpoint(key)[columns].to_csv() for key, end in cohort.study.endpoints.items() if not end.off]


def models(cohort):
    """The terms of the models and their values."""
    chosen = [model_terms(cohort.study, model) for model in ("response", "survival")]
    return [design_matrix(cohort.patients, terms).matrix.to_csv() for terms in chosen]


def strata(cohort):
    """By what tests and models are stratified."""
    return declared_strata(cohort).name, list(declared_strata(cohort))


def comparison(cohort):
    """The sides of the contrast and what a comparison is called."""
    return list(cohort.patients["contrast"].astype(str)), cohort.study.comparison


def settings(cohort):
    """Survival as notebook 04 asks for it: at the months of the study, drawn and from the landmarks it names."""
    study, data = cohort.study, cohort.endpoint("os")
    months = sorted({*study.milestones_months, study.horizon_months})
    line = survival.kaplan_meier(data, by="arm")
    parts = [
        survival.survival_at(data, months, by="arm"),
        curve_lines.lines_to_draw(line, study.min_at_risk),
        exposure.landmark(data, cohort.exposures, study.landmark_days),
    ]
    return [part.to_csv() for part in parts]


def course(cohort):
    """Steps from screening on, and the exposures."""
    return flow.flow_steps(cohort.patients, cohort.study).to_csv(), cohort.exposures


def remissions(cohort):
    """From when on each patient is drawn in remission."""
    return list(views.course(cohort)["remission_day"].astype(str))


def exposed(cohort):
    """How the effect of an exposure is known in the estimates."""
    return list(exposure.ever_never(cohort.endpoint("os"), cohort.exposures)["variable"])


def prespecified(cohort):
    """What the report on models says of the choice of covariates."""
    return sentences.choice_of_covariates(replace(cohort.study, synthetic=False))


def assignment(cohort):
    """What the report on the cohort says of how the arms came about."""
    return cohort_sentences.assignment(cohort.study)


def styles(cohort):
    """How the arms are drawn."""
    return {label: style.color for label, style in cohort.endpoint("os").about.styles.items()}


def refusal(cohort):
    """Nothing is seen: what the study then says contradicts the files, so the change is refused."""


COVARIATE, EXPOSURE, ARM, FLOW = "[[covariates]]", "[[exposures]]", "[[arms]]", "[[flow]]"
LFS, SOURCE, FILE = "[endpoints.lfs]", "[columns]", "[files] patients"
# place and key -> what is written there, what it is changed to, and where the change is seen
CHANGES = {
    ("", "title"): ('title = "Small', 'title = "Large', opening),
    ("", "synthetic"): ("synthetic = true", "synthetic = false", opening),
    ("", "randomised"): ("randomised = false", "randomised = true", assignment),
    ("", "covariates_prespecified"): ("prespecified = true", "prespecified = false", prespecified),
    ("", "strata"): ('["sex"]', '["sex", "centre"]', strata),
    ("[time]", "unit"): ('[time]\nunit = "days"', '[time]\nunit = "months"', refusal),  # its days would be 80 years
    ("[time]", "zero"): ("second infusion", "first infusion", opening),
    ("[time]", "treated"): ('treated = "infused"', 'treated = "reinfused"', course),
    ("[files]", "patients"): ("people.csv", "other_people.csv", tables),
    (FILE, "file"): ("people.csv", "other_people.csv", tables),
    (FILE, "missing"): ('missing = ["."]', 'missing = [".", "20"]', tables),
    (FILE, "where"): ("centre = [1, 2]", "centre = [1]", tables),
    (FILE, "sheet"): ('sheet = "Samples"', 'sheet = "Again"', tables),
    (FILE, "header_row"): ("header_row = 1", "header_row = 2", refusal),
    (FILE, "last_row"): ("last_row = 9", "last_row = 8", tables),
    (FILE, "encoding"): ('"utf-8"', '"utf-16"', refusal),
    (FILE, "decimal"): ('decimal = "."', 'decimal = ","', refusal),
    (FILE, "dates"): ('dates = "dmy"', 'dates = "mdy"', refusal),
    ("[files]", "adverse_events"): ("events.csv", "other_events.csv", tables),
    (FILE, "format"): ('format = "redcap"', 'format = "cibmtr"', refusal),
    (FILE, "beside"): ('["fields.csv"]', '["other_fields.csv"]', refusal),
    (FILE, "events"): ('["week_arm_1"]', '["week_arm_1", "month_arm_1"]', tables),
    (FILE, "instrument"): ('instrument = "toxicity"', 'instrument = "infections"', tables),
    ("[files]", "blood_counts"): ('{ file = "samples.xlsx", sheet = "Samples" }', '"other_samples.csv"', tables),
    (ARM, "key"): ('key = "one"', 'key = "first"', refusal),
    (ARM, "label"): ('"Arm one"', '"Arm 1"', tables),
    (ARM, "color"): ("#0072B2", "#1B1F24", styles),
    ("[contrast]", "treated"): ('["two"]', '["two", "three"]', comparison),
    ("[contrast]", "control"): ('["one"]', '["one", "three"]', comparison),
    ("[contrast]", "label"): ("Two vs one", "Second vs first", comparison),
    ("[contrast]", "treated_label"): ('treated_label = "Two"', 'treated_label = "Second"', comparison),
    ("[contrast]", "control_label"): ('control_label = "One"', 'control_label = "First"', comparison),
    ("[contrast]", "post_hoc"): ("post_hoc = false", "post_hoc = true", opening),
    ("[response]", "remission"): ('["cr", "cri"]', '["cr"]', endpoints),
    ("[response]", "label"): ('"Remission"', '"Remission of any kind"', opening),
    ("[response]", "ends"): ('ends = "relapse"', 'ends = "progression"', opening),
    ("[response]", "at_time_zero"): ("at_time_zero = false", "at_time_zero = true", remissions),
    ("[endpoints]", "horizon_months"): ("horizon_months = 24", "horizon_months = 18", settings),
    ("[endpoints]", "milestones_months"): ("[6, 12]", "[6, 9]", settings),
    ("[endpoints]", "landmark_days"): ("[90]", "[120]", settings),
    ("[endpoints]", "min_at_risk"): ("min_at_risk = 1", "min_at_risk = 3", settings),
    ("[endpoints]", "off"): ('off = ["dor"]', 'off = ["dor", "nrm"]', opening),
    (LFS, "population"): ('population = "in_cr"', 'population = "all"', endpoints),
    (LFS, "origin"): ('origin = "infusion"', 'origin = "remission"', endpoints),
    (LFS, "label"): ("Leukaemia-free survival", "Disease-free survival", opening),
    (LFS, "time"): ('time = "lfs"', 'time = "efs"', endpoints),
    (LFS, "unknown"): ("unknown = [8]", "unknown = [1]", refusal),
    (LFS, "event"): ('event = "lfs_event"', 'event = "efs_event"', refusal),
    (COVARIATE, "column"): ('column = "age_years"', 'column = "bm_blasts_pct"', models),
    (COVARIATE, "label"): ('label = "Age"', 'label = "Years"', models),
    (COVARIATE, "type"): ('type = "categorical"\nreference = "1"', 'type = "continuous"', models),
    (COVARIATE, "unit"): ("10 years", "5 years", models),
    (COVARIATE, "models"): ('models = ["survival"]', 'models = ["response"]', models),
    (COVARIATE, "reference"): ('reference = "female"', 'reference = "male"', models),
    (EXPOSURE, "key"): ('key = "consolidation"', 'key = "transplant"', exposed),
    (EXPOSURE, "label"): ('label = "Consolidation"', 'label = "Transplant"', course),
    (EXPOSURE, "columns"): ('columns = ["transplant_day"]', 'columns = ["response_day"]', course),
    (EXPOSURE, "complication"): ("complication = false", "complication = true", course),
    (FLOW, "label"): ("Screened", "Referred", course),
    (FLOW, "patients"): ("patients = 12", "patients = 13", course),
    (FLOW, "stopped"): ('"not eligible" = 1', '"not eligible" = 2', course),
    (SOURCE, "column"): ('column = "assessed"', 'column = "again"', tables),
    (SOURCE, "values"): ('1 = "one", 2 = "two"', '1 = "two", 2 = "one"', tables),
    (SOURCE, "time"): ('time = "os"', 'time = "lfs"', refusal),
    (SOURCE, "event"): ('event = "died"', 'event = "died_too"', tables),
    (SOURCE, "event_codes"): ("event_codes = [1]", "event_codes = [1, 2]", tables),
    (SOURCE, "unknown"): ("unknown = [9]", "unknown = [0]", tables),
    (SOURCE, "missing"): ("missing = [-9]", "missing = [50]", tables),
    (SOURCE, "date"): ("transplanted", "visited", tables),
    (SOURCE, "unit"): ('"assessed", unit = "days"', '"assessed", unit = "months"', tables),
    (SOURCE, "row_number"): ("{ row_number = true }", '"patient_id"', tables),
    (SOURCE, "empty_after_last_contact"): (", empty_after_last_contact = true", "", refusal),
}

KNOWN = {
    "": definition.TOP,
    "[time]": definition.TIME,
    "[files]": dict.fromkeys(TABLES),
    FILE: keys_of(FileSource),
    ARM: keys_of(Arm),
    "[contrast]": keys_of(Contrast),
    "[response]": keys_of(Response),
    "[endpoints]": definition.SETTINGS,
    LFS: keys_of(Endpoint),
    COVARIATE: keys_of(Covariate),
    EXPOSURE: keys_of(Exposure),
    FLOW: keys_of(FlowStep),
    SOURCE: keys_of(Source),
}


@pytest.fixture(scope="module")
def write(tmp_path_factory):
    """Writes the study with its files into a folder of the same name, so that only the study differs."""

    def make(study):
        folder = tmp_path_factory.mktemp("key") / "cohort"
        folder.mkdir()
        (folder / "study.toml").write_text(study, encoding="utf-8")
        for name, text in FILES.items():
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        with pd.ExcelWriter(folder / "samples.xlsx") as book:
            for sheet, name in {"Samples": "samples", "Again": "other_samples"}.items():
                pd.read_csv(folder / f"{name}.csv").to_excel(book, sheet_name=sheet, index=False)
        return folder

    return make


@pytest.fixture(scope="module")
def unchanged(write):
    return load_cohort(write(STUDY))


def test_every_key_is_among_the_changes():
    assert {(place, name) for place, table in KNOWN.items() for name in table} == set(CHANGES)


def test_every_part_of_a_study_is_read_by_a_notebook_or_by_what_it_calls():
    root = Path(__file__).parents[2]
    notebooks = [nbformat.read(path, as_version=4) for path in (root / "notebooks").glob("*.ipynb")]
    cells = [cell.source for notebook in notebooks for cell in notebook.cells if cell.cell_type == "code"]
    code = "\n".join([*(path.read_text(encoding="utf-8") for path in (root / "helpers").rglob("*.py")), *cells])
    read = set(re.findall(r"\b(?:study|definition)\.(\w+)", code))
    assert {field.name for field in fields(Study)} - read == set()


@pytest.mark.parametrize("key", CHANGES, ids=" ".join)
def test_changing_a_key_changes_what_is_read_or_said(write, unchanged, key):
    written, changed, look = CHANGES[key]
    assert written in STUDY
    folder = write(STUDY.replace(written, changed, 1))
    if look is refusal:
        with pytest.raises(FaultError):
            load_cohort(folder)
    else:
        assert look(load_cohort(folder)) != look(unchanged)
