"""Which headers look like a person's identifiers, and which must not."""

import pytest

from helpers.cohort import CohortError, load_cohort
from helpers.cohort.dictionary import dictionary
from helpers.cohort.identifiers import identifier_kind

IDENTIFIERS = {
    "a name": "name Names NAME1 Name_2 surname Surname patient_name PatientName patientname PATNAME first_name "
    "FirstName LAST-NAME fullName name.of.patient Vorname nachname prénom Nom apellidos 姓名 患者姓名",
    "initials": "initials Initials pat_initials PtInit patient_initial",
    "a hospital or national number": "MRN mrn pat_mrn M.R.N. hospital_number Hospital_No medical_record_number "
    "NHSnumber SSN social_security_no national_id passport_no hospitalId 住院号 身份证号",
    "an e-mail address": "email e-mail E_Mail eMail mail Email_address",
    "a date of birth": "dob DOB D.O.B. DoB date_of_birth DateOfBirth birth_date birthDate BirthDt BRTHDTC birthday "
    "Geburtsdatum 出生日期",
    "an address": "address home_address Street postcode post_code zip zip_code ZipCode Adresse 地址",
    "a telephone number": "telephone Telephone_no phone PhoneNumber mobile tel fax cell_phone Telefon 电话",
}
HARMLESS = """
arm_name site_name drug_name hospital hospital_days last_contact_day contact date last_visit_date birth_weight
initial_wbc initial_response nominal domain sex age cell_dose_e6_per_kg mailed_kit record number no id first_target
last_line patient_no patient_id USUBJID SUBJID telomere_length addressed nms n_name_of_arm medical_history
family_history phenotype faxed_form stable record_date social_status day_of_response t1 t2 d3 z10 group TRT01A AESOC
AETERM ASTDY PARAMCD tocilizumab
"""


@pytest.mark.parametrize(
    ("header", "kind"), [(word, kind) for kind, words in IDENTIFIERS.items() for word in words.split()]
)
def test_identifiers_are_recognised_in_several_spellings(header, kind):
    assert identifier_kind(header) == kind


def test_spaces_separate_words_too():
    for header in ("Date of birth", "Patient's name", "Name of the patient", "Home address", "Hospital number"):
        assert identifier_kind(header)


@pytest.mark.parametrize("header", HARMLESS.split())
def test_whole_words_are_compared_so_that_others_pass(header):
    assert identifier_kind(header) == ""


def test_no_canonical_column_looks_like_an_identifier():
    assert [column.name for column in dictionary() if identifier_kind(column.name)] == []


def test_every_identifying_column_stops_the_run_although_it_is_not_read(make_cohort, patients):
    patients.insert(1, "Surname", "Xyzzy")
    patients["date_of_birth"] = "1980-01-01"
    with pytest.raises(CohortError) as error:
        load_cohort(make_cohort(patients))
    message = str(error.value)
    assert "patients.csv row 1, column 2: the header looks like a name, which identifies a person" in message
    assert f"column {len(patients.columns)}: the header looks like a date of birth" in message
    assert "Remove this column" in message
    assert "Xyzzy" not in message
    assert "1980" not in message
    assert len(error.value.faults) == 2


def test_identifiers_in_the_other_tables_stop_the_run(make_cohort, patients):
    events = "patient_id,term,grade,email\nP01,Fever,1,a@b.example\n"
    with pytest.raises(CohortError, match="looks like an e-mail address"):
        load_cohort(make_cohort(patients, adverse_events=events))


def test_a_file_without_a_header_does_not_show_its_first_patient(make_cohort, patients):
    text = patients.to_csv(index=False, header=False)
    with pytest.raises(CohortError) as error:
        load_cohort(make_cohort(text))
    for cell in ("P01", "female", "400"):
        assert cell not in str(error.value)
