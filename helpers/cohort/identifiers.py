"""Column headers that look like direct identifiers of a person."""

import re
import unicodedata
from itertools import pairwise

# Words of a header, after splitting at capitals, digits and signs. One is enough.
WORDS = {
    "a name": "surname forename lastname firstname fullname middlename givenname familyname maidenname nickname "
    "lname fname patientname patname ptname subjectname nachname vorname nom prenom apellido apellidos nombre "
    "cognome",
    "initials": "initials ptinit patinit",
    "a hospital number": "mrn hospno hospitalno hospitalnumber nhs nhsno nhsnumber ssn passport hkid",
    "an e-mail address": "email emails mail emailaddress",
    "a date of birth": "dob birthdate birthday birthdt birthdat birthdtc brthdt brthdtc brthdat dateofbirth "
    "geburtsdatum geburtstag naissance nacimiento nascita",
    "an address": "address addresses addr street postcode postcodes postal zip zipcode adresse anschrift strasse "
    "direccion indirizzo",
    "a telephone number": "telephone telephones phone phones mobile cellphone tel fax telefon telefono",
}
# Two words that must both be there: the first, with any of the others.
PAIRS = (
    ("a name", "name", "patient pat pt subject person first last full family given middle maiden birth mother father"),
    ("a name", "name", "parent spouse donor relative guardian kin doctor physician"),
    ("initials", "init", "patient pat pt subject"),
    ("initials", "initial", "patient pat pt subject"),
    ("a hospital number", "number", "hospital chart record insurance contact"),
    ("a hospital number", "no", "hospital chart record insurance"),
    ("a hospital number", "id", "hospital national"),
    ("a hospital number", "medical", "record"),
    ("a hospital number", "social", "security"),
    ("a date of birth", "birth", "date dt dat dtc day"),
)
CHINESE = {
    "a name": "姓名",
    "a hospital number": "住院号 病历号 身份证",
    "a date of birth": "出生",
    "an address": "地址 住址",
    "a telephone number": "电话 手机",
    "an e-mail address": "邮箱",
}
FILLERS = {"of", "the", "s"}


def identifier_kind(header: str) -> str:
    """What identifier a column header looks like ("a name", "a date of birth", ...), or "" for none.

    Whole words are compared, so arm_name, hospital and last_contact_day pass, while Surname, PatientName,
    patient_name_1, e-mail, DOB and date_of_birth do not. A header that is nothing but "name" is a name.
    """
    for kind, signs in CHINESE.items():
        if any(sign in header for sign in signs.split()):
            return kind
    words = ["name" if word == "names" else word for word in _words(header)]
    joined = {"".join(words), *words, *map("".join, pairwise(words))}
    if set(words) == {"name"}:
        return "a name"
    for kind, known in WORDS.items():
        if joined & set(known.split()):
            return kind
    pairs = (kind for kind, first, others in PAIRS if first in words and set(words) & set(others.split()))
    return next(pairs, "")


def _words(header: str) -> list[str]:
    """The words of a header in lower case, without accents, digits, signs and fillers."""
    plain = unicodedata.normalize("NFKD", header)
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    return [word for word in re.findall(r"[a-z]+", spaced.lower()) if word not in FILLERS]
