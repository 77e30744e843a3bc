"""Which headers look like a person's identifiers, and which must not."""

import pytest

from helpers.cohort import CohortError, load_cohort
from helpers.cohort.dictionary import dictionary
from helpers.cohort.identifiers import NUMBER, identifier_kind

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


# Headers of hospitals' tables in many languages: those of persons, and those that only sound so.
OF_PERSONS = """
Patientenname, Familienname, Geburtsname, GebDat, Geb.-Dat., PLZ, Wohnort, Fallnummer, Versichertennummer, KVNR,
Initialen, Kuerzel, Kürzel, UHID, URN, PID, HospID, hosp_id, Patient number, unit number, accession_no, NRIC, IC No,
Aadhaar, BSN, Personnummer, CPR, CPF, DNI, NIR, codice_fiscale, CHI, ID card, insurance id, birth_year, YOB,
next of kin, mothers name, guardian, physician, city, photo, 氏名, 生年月日, 患者名, 성명, 생년월일, 이름, ФИО,
Фамилия, Дата рождения, Год рождения, 病案号, 门诊号, 床号, 联系方式, 联系人, Name, Surname, patient_name,
PatientName, First name, LastName, Vorname, Nachname, Prénom, Nom, Nom de naissance, Nom du patient,
Date de naissance, Fecha de nacimiento, Nombre, Nombre del paciente, Apellidos, Cognome, Data di nascita,
Data de nascimento, Naam, Achternaam, Geboortedatum, Födelsedatum, Fødselsdato, Nazwisko, PESEL, Ad\u0131 Soyad\u0131,
Doğum tarihi, TC Kimlik No, MRN, Medical record number, Hospital number, NHS number, CHI number, SSN,
Social security no, Passport, HKID, Email, E-Mail, e_mail, mail, Telefon, Telephone, Phone number, Mobile,
Mobile no, Handynummer, Fax, Adresse, Straße, Street, Postcode, Zip, Address line 1, Home address, Dirección,
Indirizzo, DOB, date_of_birth, BRTHDTC, BirthDt, Year of birth, Geburtsjahr, Patienten-Nr., Pat.-Nr.,
Patientennummer, PatNr, Initials, pat_init, 姓名, 住院号, 身份证号, 出生日期, 电话, 手机, 家庭住址, 邮箱, 주소,
전화번호, 住所, 電話番号, カルテ番号, Адрес, Телефон, Паспорт, СНИЛС, treating physician, contact number,
emergency contact, Fall-Nr., Mother's name, Father's name, hospital_id, national_id, insurance_no, outpatient no,
Numéro de dossier, IPP, Wohnadresse, Stadt, patient photo, Pt Name, Patient's Full Name, Family Name, Given Names,
Maiden name, Patient Surname, NAME OF PATIENT, pt_lastname, Hosp. No., Hosp No, Hospital #, MR#, MRN number,
Pat MRN, Med. Rec. No., File number, File no, Chart number, Case No., Episode number, Encounter ID,
Registration number, Registration No, Folder number, NHS No., SSN last 4, Social Security Number, Tax ID,
Driver licence, Passport No., Voter ID, Email address, E-mail (patient), Mobile phone, Cell phone number,
Home phone, Tel., Tel. No., Tel.-Nr., Contact phone, Street address, Home town, Town, City of residence,
Postal code, Post code, ZIP5, Residence, Place of birth, birthplace, D.O.B, Birth date, Birthdate (dd/mm/yyyy),
Date of Birth (DOB), Date de naissance (jj/mm/aaaa), Né le, Geboren, geb., geboren am, Geburtsort,
Nachname des Patienten, Patient (Name), Patientenname/Vorname, Krankenkasse Nr., Versicherungsnummer,
Versicherten-ID, Hausarzt, Ansprechpartner, Angehörige, Telefon privat, E-Mail-Adresse, Straße/Hausnr., PLZ Ort,
Identitätsnummer, AHV-Nr., SV-Nummer, NISS, NRN, Numéro de sécurité sociale, N° sécu, N° de dossier, IPP patient,
Médecin traitant, Code postal, Ville, Teléfono, Correo electrónico, Código postal, Número de historia clínica, NHC,
RUT, CURP, Cédula, DNI/NIE, Tessera sanitaria, Telefono, Numero cartella, Data nascita, Luogo di nascita, Endereço,
CEP, Nome da mãe, Telefone, Nº do prontuário, 病人姓名, 患者姓名, 身份证号码, 医保号, 联系电话, 工作单位, 籍贯,
邮政编码, 病歷號碼, 出生年月, 診察券番号, 電話, メールアドレス, 주민등록번호, 병원등록번호, 휴대폰번호,
Номер истории болезни, Имя, Отчество, Адрес проживания, Год рожд., Signature, Photograph, Fingerprint, IP address,
LinkedIn, Facebook, mother_name, emergency_contact_name, kin_phone, GP name, Consultant, referring_physician,
Attending physician, PatientID_hospital, EHR ID, EMR number, EMPI, Account number, accession number
"""
OF_DATA = """
mobile_counts, email_consent, street_drug, address_status, phone_consent, nombre_de_lignes, nom_protocole,
Nom du traitement, prenatal, country, site, phone_followup, arm_name, site_name, drug_name, hospital, hospital_days,
last_contact_day, contact, date, last_visit_date, birth_weight, initial_wbc, initial_response, nominal, domain, sex,
age, mailed_kit, record, number, no, id, first_target, last_line, patient_no, patient_id, USUBJID, SUBJID, Patient,
Study no., Subject number, Study ID, Record ID, record_id, Patient ID, Patienten-ID, Studiennummer, Pat-ID, Case ID,
caseid, centre, region, state, Center number, batch number, product number, lot_no, number of lines, no of cycles,
number of prior lines, Anzahl Vortherapien, Geschlecht, Alter, Alter bei Infusion, Todesdatum, Infusionsdatum, 性别,
年龄, 出生体重, 患者编号, 病理类型, CR细胞, 药物名称, 성별, 나이, 年齢, 性別, Пол, Возраст, номер,
Poids de naissance, cellules, nom du produit, Nombre de cures, número de líneas, nom du protocole, CPR given,
photopheresis, cell dose, cell_dose, chi_square, ic50, days in hospital, inpatient, outpatient infusion,
physician assessment, physician_global, city_of_hope_risk, family history, donor type, mother_cell_line,
first_response, last_followup, full_dose, middle, given_dose, zip_score, age_at_birth, medical history,
social_status, code, patients, Pt, pat, home, card, mail_order_pharmacy, product name, trial name, regimen name,
disease name, term name, hospital stay, unit, bed days, case, policy, tel_aviv_site, fax_sent, telomere_length, EBV,
addressed, name of drug, Name of regimen, drug name, name_of_arm, Protocol number, NCT number, number of infusions,
Infusion number, dose number, Case, study_site_name, Centre name, hospital_name, hospital stay (days),
Inpatient days, ICU admission, Mobility score, patient age, Patient sex, Patient weight, patient status,
patient group, Patient weight at birth, gender, race, ethnicity, language, marital status, Country of birth,
consent date, follow-up date, date last contact, Contact date, date of last contact, status at last contact,
last known alive, first line, last line, family donor, donor relation, relation, donor sex, number of blasts,
N° de cycles, nom médicament, nombre de líneas previas, Nombre de blastes, nome do farmaco, Ort der Infusion,
Name der Therapie, Fallzahl, Fallgruppe, Telefonvisite, physician-reported response, Physician's assessment,
Photo-therapy, cell count, cells, NK cell, T cell number, T cell no, CAR-T cell number, stem cell number,
cell_number, CHI3L1, IPSS, SIN, CIC, CRP, urn_sample, City cohort, 出生身长, 名称, 编号, 患者号, 病人编号, 研究编号,
姓别, 受试者编号, 筛选号, 入组号, номер пациента, диагноз, Patientengruppe, Patientenalter, Patientencode,
Studienarm, Zentrum, Land, Bundesland, insurance type, Insurance, Insurance status, picture_naming_test,
mother tongue, kindness, Zipper, telaprevir, Init dose, initial dose
"""


def listed(headers):
    return [header.strip() for header in headers.replace("\n", " ").split(",")]


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


def test_headers_of_persons_are_recognised_in_many_languages():
    assert len(listed(OF_PERSONS)) > 250
    assert [header for header in listed(OF_PERSONS) if not identifier_kind(header)] == []


def test_headers_of_data_are_no_persons():
    assert len(listed(OF_DATA)) > 200
    assert [header for header in listed(OF_DATA) if identifier_kind(header)] == []


def test_no_name_label_or_usual_header_of_a_canonical_column_looks_like_an_identifier():
    names = [name for column in dictionary() for name in (column.name, column.label, *column.headers.split())]
    assert [name for name in names if identifier_kind(name)] == []


@pytest.mark.parametrize("header", ["Patient number", "Patienten-Nr.", "Pat.-Nr.", "PID", "Case No.", "患者番号"])
def test_the_number_of_a_patient_passes_where_it_is_the_id_of_the_study(make_cohort, patients, study_toml, header):
    assert identifier_kind(header) == NUMBER
    renamed = patients.rename(columns={"patient_id": header})
    mapped = study_toml + f'[columns]\npatient_id = "{header}"\n'
    assert len(load_cohort(make_cohort(renamed, mapped)).patients) == 8
    with pytest.raises(CohortError, match=r"column 15: .* a patient's number.* map it as patient_id"):
        load_cohort(make_cohort(patients.assign(**{header: "1"})))
    with pytest.raises(CohortError, match="looks like a hospital or national number"):
        load_cohort(
            make_cohort(patients.rename(columns={"patient_id": "MRN"}), study_toml + '[columns]\npatient_id="MRN"\n')
        )


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
