"""A cohort as a whole: what comes out of a clean folder, and how all faults of a bad one are said."""

import hashlib
import sys
import time

import pandas as pd
import pytest

from helpers.cohort import CohortError, load_cohort
from helpers.cohort.findings import QUALITY_COLUMNS

SECRET = "Xyzzy"


def faults(folder, subgroup=""):
    with pytest.raises(CohortError) as error:
        load_cohort(folder, subgroup)
    return error.value


def test_clean_cohort_has_types_labels_and_sides(make_cohort, patients):
    cohort = load_cohort(make_cohort(patients))
    frame = cohort.patients
    assert list(frame.index) == list(range(8))
    assert list(frame["arm"].cat.categories) == ["Arm one", "Arm two"]
    assert frame["arm"].cat.ordered
    assert list(frame["contrast"].cat.categories) == ["Arm one", "Arm two"]
    assert frame["age_years"].tolist()[:3] == [31.0, 44.5, 27.0]
    assert frame["relapse_day"].notna().sum() == 3
    assert set(frame["tocilizumab"]) == {"no", "yes"}
    assert "mrd" not in frame
    assert cohort.adverse_events is None
    assert cohort.recorded("response", "crs_grade")
    assert not cohort.recorded("response", "mrd")


def test_arm_on_neither_side_of_the_contrast_has_no_side(make_cohort, patients, study_toml):
    third = '[[arms]]\nkey = "three"\nlabel = "Arm three"\n[contrast]\ntreated = ["two"]\ncontrol = ["one"]\n'
    patients.loc[0, "arm"] = "three"
    frame = load_cohort(make_cohort(patients, study_toml + third)).patients
    assert frame["contrast"].isna().tolist() == [True] + [False] * 7
    assert list(frame["contrast"].cat.categories) == ["Arm one", "Arm two"]


def test_one_arm_is_a_cohort_without_sides(make_cohort, patients, study_toml):
    one = study_toml.split('[[arms]]\nkey = "two"')[0]
    cohort = load_cohort(make_cohort(patients.assign(arm="one"), one))
    assert cohort.study.contrast is None
    assert cohort.patients["contrast"].isna().all()
    cohort = load_cohort(make_cohort(patients.drop(columns="arm"), one))
    assert cohort.patients["arm"].eq("Arm one").all()


def test_codes_are_shown_by_their_labels(make_cohort, patients, study_toml):
    own = '[[covariates]]\ncolumn = "site_code"\nlabel = "Site"\ntype = "categorical"\nreference = "b_2"\n'
    factor = '[[covariates]]\ncolumn = "lymphodepletion"\nlabel = "LD"\ntype = "binary"\nreference = "dac_fc"\n'
    patients = patients.assign(lymphodepletion=["DAC-FC", "fc"] * 3 + ["", "fc"], site_code=["a_1", "b_2"] * 4)
    cohort = load_cohort(make_cohort(patients, study_toml + own + factor), subgroup="lymphodepletion=dac_fc")
    assert list(cohort.patients["lymphodepletion"].cat.categories) == ["DAC + FC"]
    cohort = load_cohort(make_cohort(patients, study_toml + own + factor))
    assert cohort.patients["lymphodepletion"].astype(object).tolist()[:2] == ["DAC + FC", "FC"]
    assert list(cohort.patients["lymphodepletion"].cat.categories) == ["FC", "DAC + FC"]
    assert cohort.patients["lymphodepletion"].isna().sum() == 1
    assert [covariate.reference for covariate in cohort.study.covariates] == ["b_2", "DAC + FC"]
    assert set(cohort.patients["site_code"]) == {"a_1", "b_2"}
    assert set(cohort.patients["response"]) <= {"cr", "crh", "cri", "nr", "not_evaluable"}


def test_provenance_is_the_checksum_of_the_file(make_cohort, patients):
    folder = make_cohort(patients)
    digest = hashlib.sha256((folder / "patients.csv").read_bytes()).hexdigest()
    expected = {"patients": {"file": "patients.csv", "sha256": digest, "rows": 8}}
    assert load_cohort(folder).provenance == expected


def test_ten_planted_faults_of_different_kinds_are_all_listed(make_cohort, patients):
    patients.loc[1, "patient_id"] = "P01"  # row 3, and so row 2
    patients.loc[1, "age_years"] = SECRET  # row 3
    patients.loc[2, "age_years"] = "213"  # row 4
    patients.loc[2, "sex"] = SECRET
    patients.loc[3, "relapse_day"] = "60"  # row 5 has no response
    patients.loc[3, "prior_lines"] = "2.5"
    patients.loc[4, "last_contact_day"] = ""  # row 6
    patients.loc[5, "transplant_day"] = "510"  # row 7: after the death on day 500
    patients.loc[6, "arm"] = "three"  # row 8
    patients.loc[7, "response_day"] = "-28"  # row 9
    patients.loc[0, "death_day"] = "401"  # row 2: after the last contact
    error = faults(make_cohort(patients))
    expected = [
        "rows 2, 3, patient_id: the same patient",
        "row 3, age_years: not a number",
        "row 4, age_years: above 120",
        "row 4, sex: not one of the allowed words",
        "row 5, relapse_day, response: a relapse is recorded but",
        "row 5, prior_lines: not a whole number",
        "row 6, last_contact_day: empty",
        "row 7, transplant_day, last_contact_day: later than the last contact",
        "row 8, arm: not one of the allowed words",
        "row 9, response_day: negative",
        "row 2, death_day, last_contact_day: the death is after",
    ]
    assert [text for text in expected if f"patients.csv {text}" not in str(error)] == []
    assert len(error.faults) == len(expected)


def test_faults_in_one_cell_or_row_do_not_hide_others(make_cohort, patients):
    patients.loc[3, ["relapse_day", "death_day", "age_years"]] = ["soon", "-3", "-1"]
    message = str(faults(make_cohort(patients)))
    for text in ("relapse_day: not a number", "death_day: negative", "age_years: negative", "only after remission"):
        assert text in message


def test_messages_hold_no_value_id_or_path(make_cohort, patients, tmp_path):
    for column in patients.columns.drop("patient_id"):
        patients.loc[2, column] = SECRET
    patients["patient_id"] = SECRET
    events = pd.DataFrame({"patient_id": ["Nobody"], "term": [SECRET], "grade": [SECRET], "onset_day": ["77777"]})
    error = faults(make_cohort(patients, adverse_events=events))
    for text in (SECRET, "Nobody", "77777", str(tmp_path)):
        assert text not in str(error)
        assert text not in repr(error.faults)
    assert error.__cause__ is None
    assert error.__suppress_context__


def test_cohort_shows_no_patient_when_printed(make_cohort, patients):
    assert "P01" not in repr(load_cohort(make_cohort(patients)))


def test_empty_table_is_a_fault(make_cohort, patients):
    assert "the table has no rows" in str(faults(make_cohort(patients.head(0))))
    assert "the table has no rows" in str(faults(make_cohort(patients.head(0).to_csv(index=False) + "\n,,,\n".strip())))


def test_missing_file_is_a_fault(make_cohort, patients):
    folder = make_cohort(patients)
    (folder / "patients.csv").unlink()
    assert "there is no patients file" in str(faults(folder))


@pytest.mark.parametrize("name", ["patients.csv", "adverse_events.csv"])
def test_a_link_that_leads_nowhere_is_a_fault_and_no_missing_table(make_cohort, patients, name):
    folder = make_cohort(patients)
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to("nowhere")
    assert f"{name}: no file, or a link that leads nowhere" in str(faults(folder))


def test_missing_required_columns_are_all_named(make_cohort, patients):
    message = str(faults(make_cohort(patients.drop(columns=["arm", "last_contact_day", "death_day"]))))
    for column in ("arm", "last_contact_day", "death_day"):
        assert f'{column}: there is no column "{column}"' in message


def test_column_of_the_study_that_is_not_in_the_file_is_a_fault_with_a_hint(make_cohort, patients, study_toml):
    study = study_toml + '[columns]\nmrd = "responce"\nbirthplace = "x"\nsexx = "sex"\n'
    message = str(faults(make_cohort(patients, study)))
    assert 'there is no column "responce". Did you mean "response"?' in message
    assert '"birthplace" is not a column of the dictionary' in message
    assert '"sexx" is not a column of the dictionary. Did you mean "sex"?' in message


@pytest.mark.parametrize(
    ("declared", "column"),
    [
        ('[[covariates]]\ncolumn = "high_risk_genetics"\nlabel = "G"\ntype = "binary"\n', "high_risk_genetics"),
        ('[[covariates]]\ncolumn = "ldh"\nlabel = "LDH"\ntype = "continuous"\n', "ldh"),
        ('[[exposures]]\nkey = "d"\nlabel = "D"\ncolumns = ["dac_consolidation_day"]\n', "dac_consolidation_day"),
        (
            '[[exposures]]\nkey = "d"\nlabel = "D"\ncolumns = ["transplant_day", "dac_consolidation_day"]\n',
            "dac_consolidation_day",
        ),
        ('[endpoints.lfs]\ntime = "pfs"\nevent = "pfs_status"\n', "lfs_day"),
    ],
)
def test_what_a_study_declares_has_its_column(make_cohort, patients, study_toml, declared, column):
    assert f"{column}: there is no column" in str(faults(make_cohort(patients, study_toml + declared)))


def test_a_declared_column_may_be_empty(make_cohort, patients, study_toml):
    declared = '[[exposures]]\nkey = "d"\nlabel = "D"\ncolumns = ["dac_consolidation_day"]\n'
    cohort = load_cohort(make_cohort(patients.assign(dac_consolidation_day=""), study_toml + declared))
    assert cohort.exposures == ()


def test_other_columns_are_not_read(make_cohort, patients):
    frame = load_cohort(make_cohort(patients.assign(comment=SECRET, weight="70"))).patients
    assert not {"comment", "weight"} & {*frame}


def test_records_of_events_and_samples_are_checked_against_the_patients(make_cohort, patients):
    events = pd.DataFrame(
        {
            "patient_id": ["P01", "P99", "P02", "P03", "P04", "P02"],
            "term": ["Anaemia", "Anaemia", "Sepsis", "Fever", "", "Fever"],
            "grade": ["3", "1", "5", "6", "2", "1"],
            "onset_day": ["401", "1", "10", "9", "20", "9"],
            "resolution_day": ["402", "2", "", "", "", "8"],
        }
    )
    counts = pd.DataFrame({"patient_id": ["P05", "P06"], "day": ["13", ""], "anc_e9_per_l": ["low", "0.5"]})
    error = faults(make_cohort(patients, adverse_events=events, blood_counts=counts))
    expected = [
        "adverse_events.csv row 2, onset_day: later than the patient's last contact",
        "adverse_events.csv row 3, patient_id: not a patient of the patients file",
        "adverse_events.csv row 4, grade: grade 5 means death",
        "adverse_events.csv row 5, grade: above 5",
        "adverse_events.csv row 6, term: empty",
        "adverse_events.csv row 7, onset_day, resolution_day: resolved before it began",
        "blood_counts.csv row 2, day: later than the patient's last contact",
        "blood_counts.csv row 3, day: empty",
        "blood_counts.csv row 2, anc_e9_per_l: not a number",
    ]
    assert [text for text in expected if text not in str(error)] == []
    assert len(error.faults) == len(expected)


def test_records_are_in_their_types(make_cohort, patients):
    counts = pd.DataFrame({"patient_id": ["P01", "P01"], "day": ["-5", "14"], "platelets_e9_per_l": ["", "20"]})
    cohort = load_cohort(make_cohort(patients, blood_counts=counts))
    assert cohort.blood_counts["day"].tolist() == [-5, 14]
    assert [file["file"] for file in cohort.provenance.values()] == ["patients.csv", "blood_counts.csv"]


def test_quality_lists_every_check_with_the_rows_it_looked_at(make_cohort, patients):
    quality = load_cohort(make_cohort(patients)).quality
    assert list(quality.columns) == QUALITY_COLUMNS
    faultless = quality[quality["kind"] == "check"]
    assert faultless["rows_touched"].eq(0).all()
    row = quality[(quality["check"] == "Is a number") & (quality["columns"] == "age_years")]
    assert row["rows_checked"].tolist() == [7]
    assert len(quality) > 40


def test_undated_remission_is_noted(make_cohort, patients):
    patients.loc[0, "response_day"] = ""
    quality = load_cohort(make_cohort(patients)).quality
    note = quality[quality["check"].str.startswith("remission without a day")]
    assert note[["rows_checked", "rows_touched"]].to_numpy().tolist() == [[5, 1]]


@pytest.mark.parametrize(
    ("subgroup", "expected"),
    [
        ("sex=Female", 4),
        ("sex=f", 4),
        ("response=CR", 4),
        ("arm=two", 4),
        ("arm=Arm two", 4),
        ("crs_grade=2", 2),
        (" age_years = 44.5 ", 1),
        ("contrast=Arm one", None),
        ("sex=other", None),
        ("sex", None),
        ("sex=", None),
        ("nothing=1", None),
        ("patient_id=P01", None),
        ("relapse_day=200", None),
        ("age_years=__import__('os')", None),
    ],
)
def test_subgroup_keeps_the_patients_with_the_value(make_cohort, patients, subgroup, expected):
    events = pd.DataFrame({"patient_id": patients["patient_id"], "term": "Fever", "grade": "1"})
    folder = make_cohort(patients, adverse_events=events)
    if expected is None:
        assert "subgroup" in str(faults(folder, subgroup))
        return
    cohort = load_cohort(folder, subgroup)
    assert len(cohort.patients) == len(cohort.adverse_events) == expected
    assert list(cohort.patients.index) == list(range(expected))
    assert list(cohort.patients["arm"].cat.categories) == ["Arm one", "Arm two"]


COLUMNS = "arm, age_years, sex, prior_lines, response, crs_grade, crs_onset_day, tocilizumab"


@pytest.mark.parametrize(
    ("subgroup", "message"),
    [
        ("sex=femal", 'no patient has sex "femal". Write for example sex=female; its words are "female", "male".'),
        ("sex", '"sex" is not column=value. Write for example sex=female; its words are "female", "male".'),
        ("arm=three", 'no patient has arm "three". Write for example arm=one; its words are "one", "two".'),
        (
            "gender=f",
            f'this cohort has no column "gender" to choose by. Write column=value; the columns are {COLUMNS}.',
        ),
        ("age_years=41.5", 'no patient has age_years "41.5". age_years holds numbers: write age_years=NUMBER, or '),
    ],
)
def test_a_mistyped_subgroup_is_one_line_with_what_there_is(make_cohort, patients, subgroup, message):
    said = str(faults(make_cohort(patients), subgroup))
    assert said.startswith(f"subgroup: {message}")
    assert "\n" not in said
    assert not [age for age in patients["age_years"] if age and age in said.replace("41.5", "")]


def test_a_subgroup_by_a_column_of_the_study_names_its_levels(make_cohort, patients, study_toml):
    site = '[[covariates]]\ncolumn = "site"\nlabel = "Site"\ntype = "categorical"\nreference = "Jena"\n'
    folder = make_cohort(patients.assign(site=["Jena", "Bonn"] * 4), study_toml + site)
    assert 'Write for example site=Bonn; its words are "Bonn", "Jena".' in str(faults(folder, "site=Ulm"))


def test_covariates_must_fit_their_columns(make_cohort, patients, study_toml):
    study = study_toml + "\n".join(
        f'[[covariates]]\ncolumn = "{column}"\nlabel = "{column}"\ntype = "{kind}"\nreference = "{reference}"'.replace(
            '\nreference = ""', ""
        )
        for column, kind, reference in [
            ("sex", "binary", ""),
            ("age_years", "binary", "no"),
            ("antigen_at_relapse", "binary", "positive"),
            ("prior_transplant", "continuous", ""),
        ]
    )
    table = patients.assign(antigen_at_relapse="", prior_transplant="")
    message = str(faults(make_cohort(table, study)))
    assert "[[covariates]] sex: the reference is not a level" in message
    assert "[[covariates]] age_years: declared as binary, but the column holds numbers" in message
    assert "[[covariates]] antigen_at_relapse: declared as binary but has 5 levels" in message
    assert "[[covariates]] prior_transplant: declared as continuous, but the column holds words" in message


def test_137_patients_load_in_a_third_of_a_second():
    load_cohort("data/klein_bmt")  # imports and caches
    start = time.process_time()
    load_cohort("data/klein_bmt")
    assert time.process_time() - start < (0.3 if sys.gettrace() is None else 1.0)  # coverage slows it down


def test_screening_log_fits_the_patients_and_is_dropped_in_a_subgroup(make_cohort, patients, study_toml):
    screened = '[[flow]]\nlabel = "Screened"\npatients = 10\nstopped = { "declined" = 2 }\n'
    folder = make_cohort(patients, study_toml + screened)
    assert [step.patients for step in load_cohort(folder).study.flow] == [10]
    assert load_cohort(folder, "sex=female").study.flow == ()
    error = faults(make_cohort(patients, study_toml + screened.replace("10", "7")))
    assert "fewer patients than at the step after it" in str(error)


@pytest.mark.parametrize("number", ["1e308", "inf", "-inf", "1e16"])
def test_a_number_without_a_limit_is_one_that_can_be_computed_with(make_cohort, patients, study_toml, number):
    own = '[[covariates]]\ncolumn = "donor_age"\nlabel = "Donor age"\ntype = "continuous"\n'
    patients["donor_age"] = ["31", number, *["40"] * 6]
    assert "patients.csv row 3, donor_age: " in str(faults(make_cohort(patients, study_toml + own)))
