"""What the codes of a short list mean: codes.csv says which stand for which word of a canonical column."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache

from helpers.cohort.dictionary import YES_NO, Column
from helpers.cohort.initial.words import ROOM
from helpers.cohort.mapping import words_of

TODO = "TODO"  # stands for a word that nobody knows yet; study.toml is refused until it is replaced
GRADE = re.compile(r"(?:grade|grado|grad|gr|g)?\s*(?:([0-5])|(i{1,3}|iv|v))\s*(?:级)?\Z")
ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5"}


def meanings(codes: Iterable[str], column: Column, legend: Mapping[str, str]) -> dict[str, str]:
    """The canonical word of each code, TODO where it is not known; `legend` is what the header says of its codes."""
    codes = list(codes)
    return {code: word_of(legend.get(code, code), column, codes) or TODO for code in codes}


def word_of(code: str, column: Column, codes: Iterable[str]) -> str:
    """The canonical word that a code of a column stands for, "" when that is not known."""
    if column.unit == "grade":
        return _grade(code)
    word = known_words(column).get(plain(code), "")
    if column.name == "sex" and plain(code) == "m" and {plain(other) for other in codes} & {"h", "v"}:
        return "female"  # mujer beside hombre or varón
    return word if word in column.words else ""


def is_read_as_it_is(values: Mapping[str, str], column: Column) -> bool:
    """True when the cells are read rightly without a table of their codes."""
    read = words_of({}, column.words)
    return all(read(code) == word for code, word in values.items())


def known_words(column: Column) -> dict[str, str]:
    """By plain code, the words of a column as far as codes.csv knows them."""
    name = "yes_no" if column.words == YES_NO else "car_target" if column.name == "first_target" else column.name
    return table(name) | {plain(word): word for word in column.words}


@cache
def table(name: str) -> dict[str, str]:
    """By plain code, the words of one list of codes.csv."""
    with (ROOM / "codes.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["column"] == name]
    return {plain(code): row["word"] for row in rows for code in row["codes"].split("|")}


def plain(code: str) -> str:
    """A code without capitals, accents and signs; a sign alone stays, and one behind a word says how a test was."""
    text = "".join(c for c in unicodedata.normalize("NFKD", code.strip().casefold()) if not unicodedata.combining(c))
    for sign, word in (("+", " pos"), ("-", " neg")):
        text = re.sub(rf"(?<=[^\W_])\{sign}(?![^\W_])", word, text)
    return " ".join(re.findall(r"[^\W_]+", text)) or text


def _grade(code: str) -> str:
    found = GRADE.match(plain(code))
    return (found[1] or ROMAN[found[2]]) if found else ""
