"""Column headers that look like direct identifiers of a person."""

import re
import unicodedata
from itertools import pairwise

NAME, INITIALS, HOSPITAL, NUMBER = "a name", "initials", "a hospital or national number", "a patient's number"
EMAIL, BIRTH, ADDRESS, PHONE, PHOTO = (
    "an e-mail address",
    "a date of birth",
    "an address",
    "a telephone number",
    "a photo",
)
# Words of a header, after splitting at capitals, digits and signs, by kind. One is enough.
WORDS = {
    NAME: "surname forename lastname firstname fullname middlename givenname familyname maidenname nickname "
    "lname fname patientname patname ptname subjectname nachname vorname familienname geburtsname "
    "patientenname rufname prenom apellido apellidos nombres cognome sobrenome apelido achternaam "
    "voornaam geslachtsnaam fornamn efternamn fornavn efternavn etternavn nazwisko imie soyad soyadi "
    "adisoyadi sukunimi etunimi prijmeni jmeno nextofkin kin guardian фио фамилия отчество angehorige "
    "angehoriger ansprechpartner signature unterschrift gpname",
    INITIALS: "initials initialen initiales iniciales iniziali patinit ptinit kuerzel kurzel patientenkurzel "
    "patientenkuerzel patientinitial ptinitial patinitial subjectinitial",
    HOSPITAL: "mrn uhid hospno hospitalno hospitalnumber hospid hospitalid nhs nhsno nhsnumber ssn passport hkid "
    "nric aadhaar aadhar personnummer fodselsnummer fodselsnr cprnr codicefiscale kvnr "
    "versichertennummer versichertennr krankenkassennummer sozialversicherungsnummer svnr fallnummer "
    "fallnr aufnahmenummer aufnahmenr pesel henkilotunnus hetu prontuario tckimlik rodnecislo steuerid "
    "bsn cpf medicare medicaid healthcard ipp accession unitnumber unitno bednumber bedno bednr "
    "dossiernummer dossiernr снилс паспорт полис empi nhc niss nrn cedula identitatsnummer "
    "versicherungsnummer svnummer fingerprint",
    NUMBER: "patientnumber patnumber ptnumber patientennummer patientennr patientnr patnr patientnummer "
    "numeropatient numerodepaciente numeropaciente",
    EMAIL: "email emails emailaddress correo courriel emailadresse epost",
    BIRTH: "dob birthdate birthday birthdt birthdat birthdtc brthdt brthdtc brthdat dateofbirth geburtsdatum "
    "geburtstag geburtsjahr gebdat gebdatum ddn yob birthyear yearofbirth geboortedatum fodelsedatum "
    "fodselsdato fodselsdag syntymaaika fechanac fechanacimiento datanascita datanascimento dogumtarihi "
    "dataurodzenia geboren",
    ADDRESS: "address addresses addr postcode postcodes postal zip zipcode plz postleitzahl adresse adres adress "
    "anschrift strasse hausnummer wohnort wohnsitz direccion indirizzo domicilio endereco codepostal "
    "codigopostal cep адрес birthplace geburtsort",
    PHONE: "telephone telephones phone phones cellphone mobilephone mobileno mobilenumber fax telefon "
    "telefonnummer telefono telefone telefoon handy handynummer whatsapp wechat телефон facebook "
    "linkedin instagram",
    PHOTO: "photograph portrait",
}
# Words that identify where nothing else stands in the header but who is meant, and that it is a number.
ALONE = {
    NAME: "nom nombre nome naam namn navn nimi имя physician doctor hausarzt mother father consultant",
    HOSPITAL: "urn chi dni nie nif nir nin rut ahv curp npi pps inss cpr mr ehr",  # EMR is residual disease in Spanish
    NUMBER: "pid",
    BIRTH: "naissance nacimiento nascita nascimento birth geb рожд",
    ADDRESS: "street city town village ville ciudad ort stadt wohnadresse rue calle residence",
    PHONE: "mobile tel",
    PHOTO: "photo foto picture",
    EMAIL: "mail",
}
ABOUT = (
    "patient patients patienten patiente paciente paziente pat pt subject home treating referring attending no nr num "
)
ABOUT += "number id code card family famille familia de del du la le di da"
# Two words that must both be there: the first, with any of the others.
PAIRS = (
    (
        NAME,
        "name",
        "patient pat pt subject person first last full family given middle maiden birth mother father "
        "mothers fathers parent spouse donor relative guardian kin doctor physician contact",
    ),
    (NAME, "nom", "patient naissance famille fille marital"),
    (NAME, "nombre", "paciente completo pila"),
    (NAME, "nome", "paziente paciente completo mae"),
    (NAME, "medecin", "traitant"),
    (INITIALS, "init", "patient pat pt subject"),
    (
        HOSPITAL,
        "number",
        "hospital hosp chart insurance contact policy outpatient inpatient accession bed unit "
        "file folder episode encounter account emr ehr med",
    ),
    (
        HOSPITAL,
        "no",
        "hospital hosp chart insurance policy outpatient inpatient ic mr accession bed unit file "
        "folder episode encounter account emr ehr med",
    ),
    (HOSPITAL, "id", "hospital hosp national insurance card identity tax encounter ehr emr voter versicherten"),
    (HOSPITAL, "nr", "fall aufnahme versicherten kranken krankenkasse"),
    (HOSPITAL, "medical", "record"),
    (HOSPITAL, "social", "security"),
    (HOSPITAL, "secu", "sociale no num numero"),
    (HOSPITAL, "numero", "dossier historia securite"),
    (HOSPITAL, "cartella", "numero clinica"),
    (HOSPITAL, "болезни", "номер истории история"),
    (HOSPITAL, "rec", "med"),
    (HOSPITAL, "licence", "driver drivers"),
    (HOSPITAL, "license", "driver drivers"),
    (HOSPITAL, "dossier", "no numero"),
    (HOSPITAL, "tessera", "sanitaria"),
    (NUMBER, "number", "patient pat pt case record registration"),
    (NUMBER, "nr", "patienten patient pat pt"),
    (NUMBER, "nummer", "patienten patient pat"),
    (NUMBER, "numero", "patient paciente paziente"),
    (NUMBER, "no", "case record registration"),
    (BIRTH, "birth", "date dt dat dtc day year month"),
    (BIRTH, "geb", "dat datum"),
    (BIRTH, "naissance", "date annee jour"),
    (BIRTH, "nacimiento", "fecha ano"),
    (BIRTH, "nascita", "data anno"),
    (BIRTH, "nascimento", "data ano"),
    (BIRTH, "urodzenia", "data rok"),
    (BIRTH, "dogum", "tarihi"),
    (BIRTH, "рождения", "дата год"),
    (BIRTH, "ne", "le"),
    (BIRTH, "рожд", "дата год"),
    (ADDRESS, "street", "name number home"),
    (ADDRESS, "birth", "place"),
    (ADDRESS, "luogo", "nascita"),
    (ADDRESS, "residence", "city place town"),
    (PHONE, "contact", "no number emergency"),
)
# Signs of scripts without capitals or blanks, anywhere in a header.
SIGNS = {
    NUMBER: "患者番号 환자번호",
    NAME: "姓名 名字 氏名 名前 患者名 フリガナ ふりがな 성명 이름 환자명 联系人 聯絡人",
    HOSPITAL: "住院号 住院號 病历号 病歷號 病案号 病案號 门诊号 門診號 床号 床號 身份证 身分證 登记号 就诊号 医保 "
    "健保 社保 カルテ 診察券 保険証 등록번호 병록번호 차트번호 주민번호",
    BIRTH: "出生日 出生年 出生时间 生日 生年月日 誕生日 생년월일 생일",
    ADDRESS: "地址 住址 住所 邮编 郵便番号 주소 우편번호 籍贯 户籍 工作单位 邮政编码",
    PHONE: "电话 電話 手机 手機 联系方式 微信 携帯 전화 휴대폰 연락처",
    EMAIL: "邮箱 郵箱 电子邮件 メール 이메일",
    PHOTO: "照片 写真 사진",
}
# What a header with one of these words is about is no address itself.
HARMLESS = "consent status count counts drug drugs reminder reminders survey score sent contacted visit visits "
HARMLESS += "preferred followup allowed agreed call calls language change"
CONTACTS = (EMAIL, ADDRESS, PHONE)
LETTERS = str.maketrans({"ø": "o", "æ": "ae", "ł": "l", "\u0131": "i", "đ": "d", "œ": "oe"})
FILLERS = {"of", "the", "s"}


def identifier_kind(header: str) -> str:
    """What identifier a column header looks like ("a name", "a date of birth", ...), or "" for none.

    Whole words are compared, so arm_name, hospital, email_consent and last_contact_day pass, while Surname,
    PatientName, patient_name_1, e-mail, DOB and Geb.-Dat. do not. A header that is nothing but "name" is a name. NUMBER
    is the kind of a number that may be the study's own.
    """
    plain = unicodedata.normalize("NFKC", header)
    for kind, signs in SIGNS.items():
        if any(sign in plain for sign in signs.split()):
            return kind
    words = ["name" if word == "names" else word for word in _words(header)]
    if {*words} == {"name"}:
        return NAME
    kind = _kind_of(words)
    return "" if kind in CONTACTS and {*words} & {*HARMLESS.split()} else kind


def _kind_of(words: list[str]) -> str:
    """The kind of identifier that the words of a header are."""
    joined = {"".join(words), *words, *map("".join, pairwise(words))}
    for kind, known in WORDS.items():
        if joined & {*known.split()}:
            return kind
    for kind, first, others in PAIRS:
        if first in words and {*words} & {*others.split()}:
            return kind
    rest = {*words} - {*ABOUT.split()}
    return next((kind for kind, known in ALONE.items() if rest and rest <= {*known.split()}), "")


def _words(header: str) -> list[str]:
    """The words of a header in lower case, without accents, digits, signs and fillers."""
    plain = unicodedata.normalize("NFKD", header)
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    plain = re.sub(r"\bn[°º]", " no ", plain, flags=re.I).replace("#", " number ")
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    words = re.findall(r"[^\W\d_]+", spaced.casefold().translate(LETTERS))
    return [word for word in words if word not in FILLERS]
