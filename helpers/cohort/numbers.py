"""Numbers as files write them: the decimal sign is told by the file or declared; a thousands sign is never guessed."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.cohort.texts import REFUSED, Texts

DECLARE = 'Write decimal = "," or decimal = "." under [files] in study.toml, beside the file.'
# Why a cell is no number: the problem and the remedy.
REASONS = {
    "none": ("not a number", "Write a plain number, or leave the cell empty when it is not known."),
    "word": ("a word for what is missing, not a number", 'Name such words under missing, as missing = ["n.d.", "?"].'),
    "percent": ("a percent sign in a column of another unit", "Write plain numbers in the unit of the codebook."),
    "unsigned": (
        "a number of at most 1 without the percent sign that others of the column have",
        "Write all with the sign, or none: 0.45 may stand for 45%.",
    ),
    "point": ("a point that may separate thousands or be a decimal point", DECLARE),
    "comma": ("a comma that may be a decimal comma or separate thousands", DECLARE),
    "mixed": ("decimal points and decimal commas in one column", "Write the numbers of a column in one way."),
}
WORDS = {"?", "-", "--", "/", "n.d.", "nd", "n.a.", "k.a.", "ka", "ne", "unk", "unknown", "not known", "missing"}
WORDS |= {"unbekannt", "keine angabe", "inconnu", "desconocido", "未知", "不详", "未查"}
# Codes of an indicator that mostly say that nobody knows, and what is said of one that is read as "no event".
UNKNOWN = WORDS - {"-", "--", "/"} | {"8", "9", "88", "99", "999", "-1", "-8", "-9", "-99", "unclear", "lost"}
NONE_UNKNOWN = "No code for unknown is read as no event"
NO_EVENT = {
    "problem": "a usual code for unknown is read as no event, as all that event_codes does not name",
    "remedy": "Of a relapse name it under unknown; else give what happened, or leave the patient out.",
}
# What a cell may be that a decimal or a thousands sign makes a number.
KINDS = {
    "commas": re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+"),
    "comma": re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+"),
    "points": re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+"),
    "point": re.compile(r"[+-]?\d*\.\d+"),
    "commas, point": re.compile(r"[+-]?\d{1,3}(,\d{3})+\.\d+"),
}
DECIMAL, POINTS, COMMAS, PLAIN = "decimal comma", "points between thousands", "commas between thousands", ""
SIGNS = {DECIMAL: str.maketrans(",", ".", "."), POINTS: str.maketrans("", "", "."), COMMAS: str.maketrans("", "", ",")}
DECLARED = {
    ",": {"commas": DECIMAL, "comma": DECIMAL, "points": POINTS, "point": "mixed", "commas, point": "mixed"},
    ".": {"commas": COMMAS, "comma": "mixed", "points": PLAIN, "point": PLAIN, "commas, point": COMMAS},
}


class Style(NamedTuple):
    """How a file writes numbers: the declared decimal sign, and what stands between its cells.

    `cells` is ",", ";" or a tab, "" where the file knows numbers from text.
    """

    declared: str
    cells: str


class NumberColumn(NamedTuple):
    """A column of numbers, NaN where there is none: why, for each text, and how many cells were read in which way."""

    texts: Texts
    values: np.ndarray
    reasons: Mapping[str, str]
    changes: Mapping[str, int]

    def refusals(self) -> Iterator[tuple[np.ndarray, str, str]]:
        """The rows that are no numbers, the problem and the remedy; one of each for every reason."""
        for reason, (problem, remedy) in REASONS.items():
            if among := [text for text, why in self.reasons.items() if why == reason]:
                yield self.texts.among(among), problem, remedy


def read_numbers(columns: Mapping[str, Texts], style: Style, percent: Collection[str]) -> dict[str, NumberColumn]:
    """The numbers of the columns of one file; percent signs are read in the columns of `percent` only.

    Undeclared, a comma is decimal in a column that shows it, but for files of commas; what may be either is refused.
    """
    plain = {name: _without_percent(cells, name in percent) for name, cells in columns.items()}
    kinds = {name: _kinds(texts, style) for name, texts in plain.items()}
    commas = style.cells != "," and any("comma" in found.values() for found in kinds.values())
    return {
        name: _column(cells, plain[name], kinds[name], _meanings({*kinds[name].values()}, style, commas))
        for name, cells in columns.items()
    }


def _without_percent(cells: Texts, unit: bool) -> Sequence[str]:
    """The texts of a column, without their percent signs where percent is its unit."""
    if unit and "%" in "".join(cells.texts):
        return [text.removesuffix("%").rstrip() for text in cells.texts]
    return cells.texts


def _kinds(texts: Sequence[str], style: Style) -> dict[str, str]:
    """The kind of each text that has one: of those with a comma, and with a point where that may separate thousands."""
    signs = "," if style.cells in ("", ",") and not style.declared else ",."
    signs = "".join(sign for sign in signs if sign in "".join(texts))
    looked = [text for text in texts if any(sign in text for sign in signs)] if signs else []
    kinds = ((text, next((kind for kind, form in KINDS.items() if form.fullmatch(text)), "")) for text in looked)
    return {text: kind for text, kind in kinds if kind}


def _meanings(kinds: set[str], style: Style, commas: bool) -> Mapping[str, str]:
    """What each kind of text means in a column of these kinds: one of SIGNS, PLAIN or a reason to refuse it.

    `commas`: some column of the file has decimal commas.
    """
    if style.declared:
        return DECLARED[style.declared]
    decimal = "comma" in kinds or ("commas" in kinds and (style.cells == ";" or commas))
    if style.cells == "," or not decimal:
        proven = "point" in kinds or style.cells in ("", ",") or (style.cells != ";" and not commas)
        meanings = {"commas": "comma", "comma": "comma", "commas, point": COMMAS, "point": PLAIN}
        return meanings | {"points": PLAIN if proven else "point"}
    return DECLARED[","] | {"points": "point" if style.cells else PLAIN, "point": "mixed" if style.cells else PLAIN}


def _column(cells: Texts, plain: Sequence[str], kinds: Mapping[str, str], meanings: Mapping[str, str]) -> NumberColumn:
    """The numbers of a column, from its texts without percent signs."""
    said = {text: meanings[kind] for text, kind in kinds.items()}
    written = [_written(text, said.get(text, PLAIN)) for text in plain] if said else plain
    values = np.asarray(pd.to_numeric(np.array(written, dtype=object), errors="coerce"), dtype=float)
    refused = np.flatnonzero(np.isnan(values)).tolist()
    reasons = {cells.texts[place]: said.get(plain[place]) or _reason(plain[place]) for place in refused}
    reasons = {text: reason for text, reason in reasons.items() if not text.startswith(REFUSED)}
    changes = {word: _rows(cells, [said.get(text) == word for text in plain]) for word in {*said.values()} & {*SIGNS}}
    if plain is not cells.texts:
        signed = np.array([text != cell for text, cell in zip(plain, cells.texts, strict=True)])
        for place in np.flatnonzero(~signed & (values > 0) & (values <= 1)).tolist():
            reasons[cells.texts[place]], values[place] = "unsigned", np.nan
        changes["percent sign"] = _rows(cells, [text != cell for text, cell in zip(plain, cells.texts, strict=True)])
    return NumberColumn(cells, cells.numbers(values, empty=np.nan), reasons, changes)


def _written(text: str, meaning: str) -> str:
    """A text as a plain number; nothing when its meaning is a reason to refuse it."""
    return "" if meaning in REASONS else text.translate(SIGNS.get(meaning, {}))


def _rows(cells: Texts, places: list[bool]) -> int:
    """The number of cells whose text stands at one of these places."""
    return int(cells.numbers(np.array(places, dtype=bool), empty=False).sum())


def _reason(text: str) -> str:
    """Why a text without any such sign is no number."""
    return "percent" if text.endswith("%") else "word" if text.casefold() in WORDS else "none"
