"""Dates as files write them, in ISO form: the order of day and month is told by the file or declared, never guessed."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import chain
from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.cohort.texts import REFUSED, Texts

DECLARE = "under [files] in study.toml, beside the file"
# Why a cell is no date: the problem and the remedy.
REASONS = {
    "none": ("not a date", "Write dates as YYYY-MM-DD; words for what is missing go under missing."),
    "order": (
        "a date that reads two ways, day first or month first, and no other of the file tells which",
        f'Write dates = "dmy" (day first) or dates = "mdy" (month first) {DECLARE}.',
    ),
    "mixed": (
        "written day first in some rows and month first in others",
        f'Write the column in one way, or dates = "dmy" or "mdy" {DECLARE}.',
    ),
    "turned": (
        "a date whose day and month a program may have exchanged: those above 12 stayed text, these did not",
        f'Compare it with the source; if it is right, say the order as dates = "dmy" or "mdy" {DECLARE}.',
    ),
    "year": (
        "a year before 1800 or after 2200",
        "Correct it; a date that stands for a missing one goes under missing.",
    ),
    "short": ("a year of two digits", "Write years with four digits."),
    "serial": ("a number in place of a date", f'If it is a day as Excel counts them, write dates = "excel" {DECLARE}.'),
    "part": ("a date without its day", "Give the whole date, or leave the cell empty."),
    "never": ("a day that no calendar has", f'Correct it, or say the order as dates = "dmy" or "mdy" {DECLARE}.'),
}
NAMES = "jan ene,feb fev,mar mrz mae,apr avr abr,may mai,jun juin,jul juil,aug aou ago,sep set,oct okt,nov,dec dez dic"
MONTHS = {word: number for number, words in enumerate(NAMES.split(","), start=1) for word in words.split()}
ISO = "YYYY-MM-DD"
FIRST_YEAR, LAST_YEAR = 1800, 2200
FEW = 3  # dates that show nothing
# What a text looks like, and how it is called: whole dates first, then what is none.
FORMS = {
    name: re.compile(pattern)
    for name, pattern in {
        ISO: r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})",
        "YYYY/MM/DD": r"(?P<y>\d{4})([/.])(?P<m>\d{1,2})\2(?P<d>\d{1,2})",
        "YYYYMMDD": r"(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)",
        "YYYY年MM月DD日": r"(?P<y>\d{4}) ?年 ?(?P<m>\d{1,2}) ?月 ?(?P<d>\d{1,2}) ?日",
        "day, month in letters, year": r"(?P<d>\d{1,2})[-./ ]*(?P<word>[a-z]{3,9})[-./, ]*(?P<y>\d{4})",
        "month in letters, day, year": r"(?P<word>[a-z]{3,9})[-./ ]*(?P<d>\d{1,2})[-./, ]+(?P<y>\d{4})",
        "numbers": r"(?P<a>\d{1,2}) ?(?P<sign>[./-]) ?(?P<b>\d{1,2}) ?(?P=sign) ?(?P<y>\d{4})",
        "serial": r"(?P<serial>\d{5})(?:\.\d+)?",
        "short": r"\d{1,2}([./-])\d{1,2}\1\d{2}|\d{1,2}[-./ ]*[a-z]{3,9}[-./ ]*\d{2}",
        "part": r"\d{4}|\d{4}([-/.])\d{1,2}|\d{1,2}[-/.]\d{4}|[a-z]{3,9}[-./ ]*\d{4}|\d{4} ?年(?: ?\d{1,2} ?月)?",
    }.items()
}
TIME = re.compile(
    r"(?:[t ,]+|(?<=[a-z]\d{4}):)\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[ap]m)?(?:z|[+-]\d{2}:?\d{2})?$"
)
ORDERS = {"dmy": "DD{0}MM{0}YYYY", "mdy": "MM{0}DD{0}YYYY"}


class Written(NamedTuple):
    """A cell as it is written: the form, and the parts that the form has."""

    form: str
    parts: Mapping[str, str]

    @property
    def sign(self) -> str:
        """What stands between two numbers whose order has to be told; else nothing."""
        return self.parts.get("sign") or ""


class DateColumn(NamedTuple):
    """A column of dates in ISO form (or REFUSED and a reason), and how many cells were written in which other form."""

    cells: Texts
    forms: Mapping[str, int]


def read_dates(columns: Mapping[str, Texts], declared: str) -> dict[str, DateColumn]:
    """The columns of dates of one file. `declared` is "dmy", "mdy", "excel" or "".

    Where numbers stand for days and months, a date of the column (else one of the file, between the same signs) tells
    their order: a day above 12.
    """
    written = {name: cells.each(lambda text: text) for name, cells in columns.items()}  # the texts that occur
    parsed = {name: {text: _written(text) for text in cells.texts} for name, cells in written.items()}
    told = {name: _told(forms.values()) for name, forms in parsed.items()}
    of_file = {*chain.from_iterable(told.values())}
    read = {}
    for name, cells in written.items():
        order = {sign: _order(sign, told[name], of_file, declared) for sign in "./-"}
        days = {text: _iso(form, order, declared == "excel") for text, form in parsed[name].items()}
        if not declared and _turned(parsed[name]):
            isos = [text for text, form in parsed[name].items() if form.form == ISO]
            days |= dict.fromkeys(isos, ("", f"{REFUSED}turned"))
        iso = {text: text if text == REFUSED else day for text, (_, day) in days.items()}
        read[name] = DateColumn(cells.each(iso.get), _counted(cells, days))
    return read


def refusals(cells: Texts) -> Iterator[tuple[np.ndarray, str, str]]:
    """The rows that are no dates, the problem and the remedy; one of each for every reason."""
    for reason, (problem, remedy) in REASONS.items():
        if (rows := cells.among([REFUSED + reason])).any():
            yield rows, problem, remedy


def to_dates(cells: Texts) -> np.ndarray:
    """ISO dates; NaT where the text is none."""
    days = np.array([*cells.texts, ""], dtype=object)
    return pd.to_datetime(days, format="%Y-%m-%d", errors="coerce").to_numpy()[cells.codes]


def _written(text: str) -> Written:
    """How a text is written; "none" when it is no date at all."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode() if not text.isascii() else text
    plain = text if "年" in text else plain
    plain = TIME.sub("", " ".join(plain.casefold().split()))
    found = ((form, match) for form, pattern in FORMS.items() if (match := pattern.fullmatch(plain)))
    form, match = next(found, ("none", None))
    parts = match.groupdict() if match else {}
    return Written(form, {name: part for name, part in parts.items() if part})


def _turned(written: Mapping[str, Written]) -> bool:
    """True when all days above 12 are text and the others are not: a program took these for days and months turned."""
    days = [max(int(form.parts["a"]), int(form.parts["b"])) for form in written.values() if form.sign]
    others = [int(form.parts["d"]) for form in written.values() if form.form == ISO]
    return min(len(days), len(others)) >= FEW and min(days) > 12 >= max(others)


def _told(forms: Iterable[Written]) -> set[tuple[str, str]]:
    """Each sign and the order that a day above 12 beside it tells."""
    numbers = [form for form in forms if form.sign]
    days = [(form.sign, "dmy") for form in numbers if int(form.parts["a"]) > 12]
    return {*days, *((form.sign, "mdy") for form in numbers if int(form.parts["b"]) > 12)}


def _order(sign: str, of_column: set, of_file: set, declared: str) -> tuple[str, str]:
    """The order of day and month around a sign (a key of ORDERS, or the reason why there is none), and who tells it."""
    if declared in ORDERS:
        return declared, ""
    for told, teller, reason in ((of_column, "", "mixed"), (of_file, ", as another column tells", "order")):
        orders = [order for beside, order in told if beside == sign]
        if orders:
            return (orders[0], teller) if len(orders) == 1 else (reason, "")
    return "order", ""


def _iso(written: Written, order: Mapping[str, tuple[str, str]], serial: bool) -> tuple[str, str]:
    """The form as it is called, and the date in ISO form or the reason why there is none."""
    form, parts = written.form, dict(written.parts)
    if form == "serial" and serial:
        return "days as Excel counts them", (date(1899, 12, 30) + timedelta(int(parts["serial"]))).isoformat()
    if written.sign:
        told, teller = order[written.sign]
        if told not in ORDERS:
            return "", REFUSED + told
        form, parts["d"], parts["m"] = ORDERS[told].format(written.sign) + teller, parts["a"], parts["b"]
        if told == "mdy":
            parts["d"], parts["m"] = parts["m"], parts["d"]
    if "y" not in parts:
        return "", REFUSED + form
    word = parts.get("word", "")
    month = MONTHS.get(word[:4], MONTHS.get(word[:3], 0)) if word else int(parts["m"])
    if not month or not FIRST_YEAR <= int(parts["y"]) <= LAST_YEAR:
        return "", REFUSED + ("year" if month else "none")
    try:
        return form, date(int(parts["y"]), month, int(parts["d"])).isoformat()
    except ValueError:
        return "", REFUSED + "never"


def _counted(cells: Texts, days: Mapping[str, tuple[str, str]]) -> dict[str, int]:
    """How many cells are written in each form that is not their ISO form letter by letter."""
    forms = [days[text][0] if days[text][1] != text else "" for text in cells.texts]
    rows = np.bincount(cells.codes[cells.given], minlength=len(forms))
    counted = {form: 0 for form in forms if form}
    for form, number in zip(forms, rows.tolist(), strict=True):
        if form:
            counted[form] += number
    return counted
