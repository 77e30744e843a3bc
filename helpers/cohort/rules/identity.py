"""Who is who: ids that are the same or belong to a person, and patients or records that are there twice."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd

from helpers.cohort.rules.base import Broken, Facts, Rule, whole

UNSEEN = dict.fromkeys([0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, 0xFEFF])
DASHES = dict.fromkeys([*range(0x2010, 0x2015), 0x2212], "-")
NATIONAL = "a hospital or national number"
# What an id looks like, by its shape: A for capitals, a for small letters, 字 for other letters, 0 for digits.
SHAPES = {
    "a name": r"[^@]*[Aa字]{2}.*[,^].*|A[Aa'.-]+( A[Aa'.-]*)* A[Aa'.-]*[Aa]|A?a{2,}[ ._]A?a{2,}|Aa{2,}A[Aa]*a"
    r"|A\. ?Aa+|字{2,}( 字+)*",
    "an e-mail address": r".*@.*",
    "a date": r"0000[-./]00[-./]00|00?[-./]00?[-./]0000",
    "a telephone number": r"\+0[0 ()/.-]{7,}",
    NATIONAL: r"000-00-0000|000[- ]000[- ]0000|0{6}[-+]0{4}|A0{7}A|A{1,2}0{6}\(.\)"
    r"|A{6}00A00A000A|0000 0000 0000|000\.000\.000-00|AA ?00 ?00 ?00 ?A|0{8}-?A|0{17}[0A]",
}
PARTS = r"A[Aa.]+[ _.,-][Aa][Aa.' -]*|A\.?[ _]A[Aa]+"  # Smith J, SMITH_JOHN, J Smith
# The same where half of the ids and more look so: one alone may be a word, or the name of a site.
MOSTLY = {"a name": PARTS + r"|Aa{2,}", "initials": r"A\.? ?A\.?( A\.?|A\.)?"}
PREFIXED = re.compile(r"^(?:mrn|nhs|ssn|uhid)[ _.:#-]*\d", re.I | re.M)
DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
GIVE_NUMBERS = "Give every patient a study number, and keep the list of who is who elsewhere."
FEW_IDS, LONG_NUMBER, DENSE = 5, range(6, 16), 10
FEW_CELLS, MANY_CELLS = 4, 8
HARDLY, SEVERAL = 0.1, 5  # pairs of equal patients that chance makes


def alike(ids: Iterable[str]) -> list[str]:
    """Ids without what is not seen or not meant: capitals, wide letters, signs of no width, outer blanks, a last .0."""
    text = _in_lines(ids)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(UNSEEN | DASHES)
    text = text.casefold()
    if re.search(r"[^\S\n]|\.0", text):
        text = re.sub(r"[^\S\n]+", " ", text)
        text = re.sub(r"^ | ?(?:\.0+)? ?$", "", text, flags=re.M)
    return text.split("\n")


def repeated(ids: np.ndarray) -> np.ndarray:
    """True for each id that is there more than once, compared as `alike` does."""
    return pd.Series(alike(ids), dtype=object).duplicated(keep=False).to_numpy()


def ids_are_no_persons(facts: Facts) -> Iterator[Broken]:
    """An id is a study number: no name, initials, e-mail address, date, telephone, hospital or national number.

    Judged by its signs alone (Smith, John; a@b; three, two and four digits), and where these have a check digit or a
    date of birth by that. Ids that are all of 6 to 15 digits, and no running numbers, are a question.
    """
    if not facts.has("patient_id"):
        return
    name, given = "patient_id", facts.given["patient_id"]
    ids = np.array(facts.values[name], dtype=object)
    ids[~given] = ""
    lines = _in_lines(ids)
    places, shapes = pd.factorize(np.array(_shapes(lines), dtype=object))
    found = {kind: _looks(pattern, shapes, ids, places) for kind, pattern in SHAPES.items()}
    for kind, pattern in MOSTLY.items():
        looks = _looks(pattern, shapes, ids, places)
        looks &= len({re.split(r"[ _.,-]", cell)[0] for cell in ids[looks]}) > 1  # Patient A, Patient B
        if given.sum() >= FEW_IDS and looks.sum() >= given.sum() / 2:
            found[kind] = found.get(kind, False) | looks
    if PREFIXED.search(lines):
        found[NATIONAL] = found[NATIONAL] | np.array([bool(PREFIXED.match(cell)) for cell in ids])
    for kind, rows in found.items():
        if rows.any() or kind == "a name":
            yield Broken("No id is a person's", name, given, rows, f"the id looks like {kind}", GIVE_NUMBERS)
    said = "every id is a long number: it may be one of the hospital", GIVE_NUMBERS
    yield whole("No id is a hospital's", name, given, _are_long_numbers(shapes, ids[given]), said)


def _in_lines(ids: Iterable[str]) -> str:
    """The ids as one text, each in a line."""
    return "\n".join(" ".join(cell.split()) if "\n" in cell else cell for cell in ids)


def _looks(pattern: str, shapes: Sequence[str], ids: np.ndarray, places: np.ndarray) -> np.ndarray:
    """True for the ids of a shape that fits a pattern, and that is real by its check digit."""
    fits = np.array([bool(re.fullmatch(pattern, shape)) for shape in shapes], bool)
    for place in np.flatnonzero(fits).tolist():
        fits[place] = _is_real(shapes[place], ids[places == place])
    return fits[places]


def _shapes(lines: str) -> list[str]:
    """The shape of each line; see SHAPES."""
    return lines.translate({ord(sign): _shape_of(sign) for sign in {*lines} - {"\n"}}).split("\n")


def _shape_of(sign: str) -> str:
    """The shape of a sign."""
    if sign.isalpha():
        return "A" if sign.isupper() else "a" if sign.islower() else "字"
    return "0" if sign.isdigit() else sign


def _is_real(shape: str, ids: np.ndarray) -> bool:
    """Whether ids of one shape all have the check digit, or the date, of the national numbers of this shape."""
    digits = ["".join(sign for sign in cell if sign.isdigit()) for cell in ids]
    if re.fullmatch(r"000[- ]000[- ]0000", shape):
        return all(sum((10 - at) * int(sign) for at, sign in enumerate(cell)) % 11 == 0 for cell in digits)
    if re.fullmatch(r"0{8}-?A", shape):
        return all(cell[-1] == DNI[int(number) % 23] for cell, number in zip(ids, digits, strict=True))
    if re.fullmatch(r"0{6}[-+]0{4}", shape):  # the first six are a site of many patients, or a date of birth
        days = [(int(cell[2:4]), {int(cell[:2]), int(cell[4:6])}) for cell in digits]
        dates = all(0 < month <= 12 and any(0 < day <= 31 for day in around) for month, around in days)
        return dates and len({cell[:6] for cell in digits}) > len(digits) / 2
    return True


def _are_long_numbers(shapes: Sequence[str], ids: np.ndarray) -> bool:
    """Whether all ids are numbers of 6 to 15 digits that are spread wide."""
    if len(ids) < FEW_IDS or not all(
        {*shape} <= {"0"} and (not shape or len(shape) in LONG_NUMBER) for shape in shapes
    ):
        return False
    return bool(np.ptp(ids.astype(float)) > DENSE * len(ids))


def nobody_is_there_twice(facts: Facts) -> Iterator[Broken]:
    """No two patients are equal in all but the id, where 4 cells and more are given.

    A fault where 8 cells are given and chance would hardly make one such pair in the cohort, by how frequent the three
    rarest of their numbers are; a question where it would not make several; else patients coincide in few columns.
    """
    repeats = {"death_day", *(item.day_column for item in facts.study.endpoints.values())}  # mostly days of others
    repeats |= {"infusion_date"}  # of who lives it tells the day of last contact
    columns = [name for name in facts.given if name != "patient_id"]
    same, _ = equal_rows([facts.values[name] for name in columns])
    asked, doubt, wrong = np.full((3, len(facts.rows)), [[True], [False], [False]])
    if len(same):
        filled = np.sum([facts.given[name][same] for name in columns], axis=0)
        numbers = [name for name in columns if facts.values[name].dtype != object and name not in repeats]
        shares = [_share_of_others(facts.values[name], same) for name in numbers] or [np.ones(len(same))]
        pairs = np.prod(np.sort(shares, axis=0)[:3], axis=0) * len(asked) ** 2
        doubt[same] = (filled >= FEW_CELLS) & (pairs < SEVERAL)
        wrong[same] = (filled >= MANY_CELLS) & (pairs < HARDLY)
    check, problem = "No patient is there twice", "equal in all but the id, as one patient under two ids is"
    yield Broken(check, "all columns", asked, wrong, problem, "Keep one row per patient.")
    check, remedy = "No patient may be there twice", "Look whether these are two patients."
    yield Broken(check, "all columns", asked, doubt & ~wrong, problem, remedy, doubtful=True)


def _share_of_others(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """For each of some rows, the share of the other rows with its value; 1 where it has none."""
    codes = pd.factorize(values)[0]
    shares = (np.bincount(codes[codes >= 0], minlength=1) - 1) / len(codes)
    return np.where(codes[rows] >= 0, shares[codes[rows]], 1)


def equal_rows(columns: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The rows that are equal to another one in all columns, and the number of the group that each belongs to."""
    rows = np.arange(len(columns[0]) if columns else 0)
    groups = np.zeros(len(rows), dtype=np.int64)
    for column in sorted(columns, key=lambda column: column.dtype == object):  # numbers are compared sooner
        codes = pd.factorize(column[rows])[0] + 1
        groups = pd.factorize(groups * (codes.max(initial=0) + 1) + codes)[0]
        several = np.bincount(groups, minlength=1)[groups] > 1 if len(groups) else np.zeros(0, bool)
        rows, groups = rows[several], groups[several]
    return rows, groups


IDENTITY_RULES: tuple[Rule, ...] = (ids_are_no_persons, nobody_is_there_twice)
