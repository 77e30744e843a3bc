"""What `check` tells of a cohort: what was read, what was not, and every stage at once."""

import json
import re

import nbformat
import numpy as np
import pandas as pd
import pytest

from helpers.audit.checked import checked
from helpers.cohort import load_cohort
from helpers.cohort.account import Account, account_of
from helpers.cohort.account.document import as_json
from helpers.cohort.account.sections import NEEDS
from helpers.cohort.account.text import WIDTH, as_text
from helpers.cohort.dictionary import columns_for
from helpers.cohort.findings import Findings
from helpers.cohort.near import near_columns
from helpers.study import PROJECT_ROOT, load_study

SECRET = "Xyzzy"
DECLARED = '[[covariates]]\ncolumn = "sex"\nlabel = "Sex"\ntype = "binary"\nreference = "female"\n'
DATED = 'infusion_date = { colum = "x" }\nlast_contact_day = { date = "last_contact_day" }\n'
NO_SECTION = {"Headline", "Compared with the publication", "Limits", "Provenance"}
# Sections that follow from others, or that every cohort fills.
ALWAYS = {"Events per factor", "Fragility", "The adjusted comparison", "Checks of the models", "Proportional hazards"}
ALWAYS |= {"One patient left out", "How well the model orders patients", "Missing covariates"}
ALWAYS |= {"Many tests, and confounders nobody measured"}


def said(items):
    return [str(item) for item in items]


def column(account, name, table="patients"):
    columns = next(read.columns for read in account.tables if read.table == table)
    return next(item for item in columns if item.column == name)


@pytest.fixture
def told(make_cohort, patients, study_toml):
    """The account of the small cohort, its study.toml changed by replacing text, its columns by renaming."""

    def tell(*changes, rename=None, more="", **tables):
        text = study_toml + more
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        return account_of(make_cohort(patients.rename(columns=rename or {}), text, **tables))

    return tell


def test_each_column_is_told_with_its_source_and_its_counts(told):
    mapping = '[columns]\nage_years = "Age (y)"\ndeath_day = { time = "OS", event = "dead", event_codes = ["400"] }\n'
    names = {"age_years": "Age (y)", "death_day": "dead"}
    account = told(("[time]", mapping.replace('"OS"', '"last_contact_day"') + "[time]"), rename=names)
    age, death = column(account, "age_years"), column(account, "death_day")
    assert (age.source, age.given, age.missing, age.distinct, age.median) == ("Age (y)", 7, 1, 7, 35)
    assert (death.source, death.given) == ("last_contact_day where dead", 1)
    assert column(account, "arm").distinct == 2
    assert column(account, "prior_lines").median == 2
    assert column(account, "transplant_day").median is None  # one patient's
    assert "mrd" in account.tables[0].not_recorded


def test_rows_that_are_left_out_are_told(told, patients):
    where = (
        '[time]\nunit = "days"',
        '[files]\npatients = { file = "patients.csv", where = { arm = ["one"] } }\n[time]\nunit = "days"',
    )
    table = told(where).tables[0]
    assert (table.rows, table.unchosen_rows, table.blank_rows) == (4, 4, 0)
    assert "4 rows; left out: 4 not chosen by study.toml" in as_text(told(where))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("age_years", "ge_years"),
        ("relapse_day", "relapse_dy"),
        ("response", "reponse"),
        ("response_day", "response_da"),
        ("crs_grade", "CRS-Grad"),
        ("transplant_day", "transplant_dya"),
        ("sex", "se"),
    ],
)
def test_a_misspelt_column_is_asked_about_and_never_just_not_recorded(make_cohort, patients, name, wrong):
    folder = make_cohort(patients.rename(columns={name: wrong}))
    (question,) = account_of(folder).questions
    assert f"patients.csv row 1, {wrong}: this column is not read, and {name} is not recorded" in str(question)
    assert f'map {name} = "{wrong}" in study.toml [columns]' in question.remedy
    assert load_cohort(folder).questions == (question,)


def test_a_question_names_the_row_of_the_header(make_cohort, patients, study_toml):
    files = '[files]\npatients = { file = "patients.csv", header_row = 3 }\n'
    text = "Our cohort\n\n" + patients.rename(columns={"sex": "sx"}).to_csv(index=False)
    (question,) = account_of(make_cohort(text, study_toml + files)).questions
    assert question.place == "patients.csv row 3, sx"


@pytest.mark.parametrize(
    ("header", "meant"),
    [("Gender", "sex"), ("best response", "response"), ("remarks", ""), ("z4", ""), ("donor_age_years", "")],
)
def test_a_column_under_a_usual_name_is_asked_about_and_another_only_listed(told, header, meant):
    account = told(rename={meant or "sex": header})
    (left,) = account.tables[0].not_read
    assert (left.name, left.near) == (header, meant)
    assert len(account.questions) == bool(meant)


@pytest.mark.parametrize("more", ["", "[columns]\npatient_id = { row_number = true }\n"])
def test_a_table_without_a_header_shows_no_cell(make_cohort, patients, study_toml, more):
    patients.loc[0, ["response", "death_day", "crs_onset_day"]] = [SECRET, "399", "4"]  # all cells differ
    account = account_of(make_cohort(patients.to_csv(index=False, header=False), study_toml + more))
    assert account.faults
    assert [item.name for item in account.tables[0].not_read][:2] == ["column 1", "column 2"]
    assert SECRET not in as_text(account) + as_json(account)


@pytest.mark.parametrize(
    ("file", "table"),
    [
        ("adverse_event.csv", "adverse_events"),
        ("Adverse Events.csv", "adverse_events"),
        ("bloodcounts.xlsx", "blood_counts"),
        ("blood_counts_old.csv", "blood_counts"),
        ("adverse_events.rds", "adverse_events"),
    ],
)
def test_a_file_called_almost_like_a_table_is_a_fault(make_cohort, patients, file, table):
    folder = make_cohort(patients)
    (folder / file).write_text("x\n1\n")
    (fault,) = account_of(folder).faults
    assert fault.file == file
    assert f'Did you mean "{table}.' in fault.remedy


@pytest.mark.parametrize(
    ("file", "near"),
    [
        ("patients_old.csv", ""),
        ("labs.csv", "blood_counts"),
        ("AE.xlsx", "adverse_events"),
        ("doses.sas7bdat", ""),
        ("a.txt", ""),
    ],
)
def test_other_files_that_look_like_tables_are_told(make_cohort, patients, file, near):
    folder = make_cohort(patients)
    for name in (file, "letter.docx", "~$patients.xlsx", ".hidden.csv", "published.csv"):
        (folder / name).write_text("x\n")
    account = account_of(folder)
    assert [(item.name, item.near) for item in account.files_not_read] == [(file, near)]
    assert not account.faults


@pytest.mark.parametrize("column", ["lfs_day", "lfs_event"])
def test_a_recorded_endpoint_without_its_column_is_told_beside_the_fault(told, column):
    more = '[endpoints.lfs]\ntime = "relapse_day"\nevent = "tocilizumab"\n'
    name = {"lfs_day": "relapse_day", "lfs_event": "tocilizumab"}[column]
    account = told(rename={name: "x"}, more=more)
    assert f'there is no column "{name}"' in str(account.faults[0])
    assert next(end.lacks for end in account.endpoints if end.endpoint == "nrm") == f"{column} not read"


def test_patients_without_an_id_are_told_beside_events_of_unknown_ones(told, patients):
    patients["patient_id"] = ""
    account = told(adverse_events="patient_id,term,grade\np01,Fever,2\n")
    assert {"empty, but needed in every row", "not a patient of the patients file"} <= {
        f.problem for f in account.faults
    }


def test_a_mapped_table_without_a_file_is_a_fault(told):
    account = told(more='[adverse_events]\nterm = "event"\n')
    assert said(account.faults) == [
        "study.toml, [adverse_events]: columns are mapped, but there is no adverse_events file. Name the file under "
        "[files] in study.toml, or remove [adverse_events]."
    ]


def test_an_arm_that_nobody_is_in_is_asked_about(told):
    account = told(
        more='[[arms]]\nkey = "three"\nlabel = "Arm three"\n[contrast]\ntreated = ["two"]\ncontrol = ["one"]\n'
    )
    assert [question.problem for question in account.questions] == ['nobody is in the arm "three"']
    assert [arm.patients for arm in account.arms] == [4, 4, 0]


def test_a_unit_a_factor_of_thirty_off_shows_in_the_words(make_cohort, patients, study_toml):
    days = account_of(make_cohort(patients)).in_words[0]
    months = account_of(make_cohort(patients, study_toml.replace('"days"', '"months"'))).in_words[0]
    assert days.words == (
        "8 patients followed from infusion to last contact for a median of 13.1 months (about 1.1 years), half of them "
        "for 8.13 to 17.7 months."
    )
    assert "a median of 400 months (about 33 years)" in months.words
    as_months = patients.assign(last_contact_day=[str(int(day) / 30) for day in patients["last_contact_day"]])
    few = account_of(make_cohort(as_months[["patient_id", "arm", "last_contact_day"]].assign(death_day=""))).in_words[0]
    assert "(about 13 days)" in few.words


def test_few_patients_have_no_quartiles(make_cohort, patients):
    assert account_of(make_cohort(patients.head(4))).in_words == ()


def test_endpoints_and_sections_say_what_they_lack(told):
    account = told(rename={"response": "x1", "response_day": "x2"})
    ends = {item.endpoint: item for item in account.endpoints}
    assert (ends["os"].patients, ends["os"].events) == (8, 4)
    assert ends["efs"].lacks == "The response, whose failure ends event-free survival, is not recorded"
    lacks = {item.section: item.lacks for item in account.sections}
    assert lacks["Overall survival"] == ""
    assert lacks["Adverse events"] == "no adverse_events file"
    assert lacks["Response by arm"] == "response is not recorded"
    assert lacks["Treatment and events that begin after time zero"] == "no exposure is declared"
    assert "left out for a synthetic cohort" in lacks["Which analysis?"]


def test_events_are_counted_while_lines_of_study_toml_wait_to_be_confirmed(told):
    account = told(('title = "Small study"', 'title = "Small study"  # TODO confirm'))
    assert [fault.rows for fault in account.faults] == [(2,)]
    assert account.endpoints[0].events == 4


def test_every_section_of_the_notebooks_is_in_the_table():
    told = {tuple(part.strip() for part in line.split("|")[:2]) for line in NEEDS.strip().splitlines()}
    there = set()
    for path in sorted((PROJECT_ROOT / "notebooks").glob("*.ipynb")):
        cells = [cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "markdown"]
        there |= {(path.stem, name) for cell in cells for name in re.findall(r"^###? (.+)$", cell, flags=re.M)}
    assert {(report, name) for report, name in there if name not in NO_SECTION | ALWAYS} == told


ROW = "patients.csv row 2, crs_grade: above 5"
STAGES = {
    "unit": (('unit = "days"', 'unit = "day"'), "[time] unit: unknown word"),
    "arm": (('key = "two"\n', ""), "[[arms]] 2 key: missing"),
    "arms": (("[[arms]]", "[[arm]]"), 'unknown key "arm"'),
    "columns": (
        ('[[arms]]\nkey = "one"', '[columns]\nsex = { time = "x" }\n[[arms]]\nkey = "one"'),
        "not one of the forms",
    ),
    "date": (
        ('[[arms]]\nkey = "one"', f'[columns]\n{DATED}[[arms]]\nkey = "one"'),
        "[columns] infusion_date: unknown key",
    ),
    "contrast": (("treated = ['two']", "treated = 2"), "[contrast] treated: wrong kind of value"),
    "covariates": (('type = "binary"', 'type = "binry"'), "[[covariates]] 1 type: unknown word"),
    "strata": (('column = "sex"\n', ""), "[[covariates]] 1 column: missing"),
    "endpoint": (
        ("[[covariates]]", '[endpoints.lfs]\npopulation = "everybody"\n[[covariates]]'),
        "population: unknown word",
    ),
    "unknown": (
        ("[[covariates]]", '[columns]\nsexx = "sex"\n[[covariates]]'),
        '"sexx" is not a column of the dictionary',
    ),
}


@pytest.mark.parametrize("stage", STAGES)
def test_faults_of_every_stage_are_told_at_once_and_none_follows_from_another(make_cohort, patients, study_toml, stage):
    (old, new), expected = STAGES[stage]
    text = 'strata = ["sex"]\n' + study_toml + "[contrast]\ntreated = ['two']\ncontrol = ['one']\n" + DECLARED
    assert old in text
    patients.loc[0, ["crs_grade", "relapse_day"]] = ["9", ""]
    folder = make_cohort(patients, text.replace(old, new), published="keyy\n", ensemble="", ensemble_columns="key\n")
    faults = said(checked(folder).faults)
    files = [re.split(r"[ ,:]", fault)[0] for fault in faults]
    assert list(dict.fromkeys(files)) == [
        "study.toml",
        "patients.csv",
        "published.csv",
        "ensemble.csv",
        "ensemble_columns.csv",
    ]
    of_study = [fault for fault in faults if fault.startswith("study.toml")]
    assert any(expected in fault for fault in of_study)
    assert len(of_study) == (2 if stage in ("arms", "date", "contrast") else 1)
    (of_patients,) = [fault for fault in faults if fault.startswith("patients.csv")]
    assert of_patients.startswith(ROW)


MAPPED = '[columns]\nage_years = "Age"\nrelapse_day = { column = "relapse", empty_after_last_contact = true }\n'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[columns]", "[colums]"),
        ("[columns]\n", ""),
        ('last_contact_day = "last"', "last_contact_day = 3"),
        ('last_contact_day = "last"', 'last_contact_dya = "last"'),
        ('patient_id = "Id"', 'patiend_id = "Id"'),
    ],
)
def test_a_mapping_that_is_misspelt_makes_no_fault_of_the_data(make_cohort, patients, study_toml, old, new):
    names = {"age_years": "Age", "relapse_day": "relapse", "last_contact_day": "last", "patient_id": "Id"}
    patients.loc[0, "relapse_day"] = "500"  # after the last contact
    text = study_toml.replace("[[arms]]", MAPPED + 'last_contact_day = "last"\npatient_id = "Id"\n[[arms]]', 1)
    assert not account_of(make_cohort(patients.rename(columns=names), text)).faults
    faults = account_of(make_cohort(patients.rename(columns=names), text.replace(old, new))).faults
    late = new.startswith("last_contact_dya")
    assert {fault.file for fault in faults} == {"study.toml", *["patients.csv"] * late}
    assert "there is no column" not in " ".join(said(faults))


@pytest.mark.parametrize("old", ['[time]\nunit = "days"', 'title = "Small study"'])
def test_a_study_that_cannot_be_read_has_an_account_too(make_cohort, patients, study_toml, old):
    account = checked(make_cohort(patients, study_toml.replace(old, old.partition("=")[0]), published="keyy\n"))
    assert account.study is None
    assert "not valid TOML" in str(account.faults[0])
    assert "published.csv, keyy: unknown column" in str(account.faults[1])
    assert as_text(account).startswith("small: study.toml cannot be read")


@pytest.mark.parametrize(
    ("files", "read"),
    [
        ('patients = { file = "patients.csv", wher = { x = 1 } }', ["adverse_events"]),
        ('patient = "x.csv"', []),
        ("adverse_events = 3", ["patients"]),
    ],
)
def test_a_file_that_is_named_wrongly_is_not_read_by_another_name(told, files, read):
    events = "patient_id,term,grade\nP01,Fever,2\n"
    account = told(("[time]", f"[files]\n{files}\n[time]"), adverse_events=events)
    assert [table.table for table in account.tables] == read
    assert {fault.file for fault in account.faults} == {"study.toml"}


def test_a_code_still_to_be_decided_is_no_fault_of_the_cells(told):
    codes = '[columns]\nsex = { column = "sex", values = { male = "TODO" } }\n'
    account = told(("[time]", codes + "[time]"))
    assert {fault.file for fault in account.faults} <= {"study.toml"}


def test_the_text_is_narrow_and_shows_no_value(told, patients):
    patients.loc[:, "patient_id"] = [f"{SECRET}{n}" for n in range(8)]
    account = told(rename={"sex": "a very long name of a column " * 4 + "\x1b[31m"})
    text = as_text(account)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert SECRET not in text
    assert "\x1b" not in text
    assert not re.search(r"[│─┌|]", text)


def test_the_document_has_its_keys_and_no_value(told, patients):
    patients.loc[:, "patient_id"] = [f"{SECRET}{n}" for n in range(8)]
    text = as_json(told(rename={"sex": "sx"}))
    document = json.loads(text)
    assert SECRET not in text
    assert [*document] == [
        "schema", "study", "key", "faults", "questions", "tables", "files_not_read", "normalised", "in_words", "arms",
        "endpoints", "sections", "checks",
    ]  # fmt: skip
    assert document["study"] == {
        "title": "Small study",
        "synthetic": True,
        "time_unit": "days",
        "time_zero": "infusion",
    }
    (question,) = document["questions"]
    assert (question["rows"], question["column"]) == ([1], "sx")
    assert question["said"].endswith("in study.toml [columns].")
    assert pd.DataFrame(document["checks"])["rows_checked"].dtype == int


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("relapse_day (months)", "relapse_day"),
        ("time_to_relapse", "relapse_day"),
        ("Date of relapse", "relapse_day"),
        ("rel_day", "relapse_day"),
        ("resp", "response"),
        ("mdr", "mrd"),
        ("site_of_relapse", ""),
        ("res", ""),
    ],
)
def test_a_header_with_a_unit_cut_off_or_of_the_same_event_is_near(header, column):
    columns = columns_for(load_study("data/second_cart"), "patients")
    absent = [columns[name] for name in ("relapse_day", "response", "mrd")]
    assert near_columns([header], absent).get(header, "") == column


def test_the_rows_of_a_fault_of_an_export_are_numbers_of_json():
    findings = Findings()
    findings.fault("wrong", file="adtte.csv", rows=np.array([2, 3]), remedy="Mend it.")
    account = Account("key", None, tuple(findings.faults))
    assert json.loads(as_json(account))["faults"][0]["rows"] == [2, 3]
