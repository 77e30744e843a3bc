"""Answers of a REDCap export in words: choices for their codes, ticked boxes as one text."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from helpers.cohort.readers.export import Part, taken
from helpers.cohort.readers.raw import MISSING, cleaned
from helpers.cohort.readers.redcap_dictionary import Field, field_of
from helpers.cohort.texts import Texts

TICKED, NOT_TICKED = ("1", "checked", "yes", "true"), ("0", "unchecked", "no", "false")


@dataclass(frozen=True)
class Answers:
    """Columns in words: `cells`, the choices behind them by code, and True for the cells that match none.

    `boxes` names the field of each box of a choice; `labelled` says that the file itself holds words.
    """

    cells: Mapping[str, Texts]
    choices: Mapping[str, Mapping[str, str]]
    odd: Mapping[str, np.ndarray]
    boxes: Mapping[str, str]
    labelled: bool

    def of_rows(self, places: np.ndarray) -> "Answers":
        """The answers of some rows, by their places."""
        cells = {name: taken(column, places) for name, column in self.cells.items()}
        return replace(self, cells=cells, odd={name: mask[places] for name, mask in self.odd.items()})


def in_words(records: Part, fields: Mapping[str, Field]) -> Answers:
    """The columns of fields with choices in words. The file holds codes, or throughout words (a labelled export)."""
    asked = {name: fields[name].choices for name in records.columns if name in fields and fields[name].choices}
    given = {
        name: cleaned(records.columns[name], MISSING - {code.casefold() for code in choices})
        for name, choices in asked.items()
    }
    votes = {_held(given[name].each(str).texts, fields[name].labels) for name in given}
    labelled = "words" in votes and "codes" not in votes
    cells, odd = {}, {}
    for name, choices in asked.items():
        known = {label: choices[code] for code, label in fields[name].labels.items()} if labelled else choices
        odd[name] = given[name].among(text for text in given[name].texts if _code(text) not in known)
        cells[name] = _translated(given[name], known)
    boxes = {name: field for name in records.columns if (field := field_of(name, fields)) != name}
    for name, field in boxes.items():
        box, word = _box(records, name), [word.casefold() for word in _word(name, fields[field])]
        odd[name] = box.given & ~box.among([*TICKED, *NOT_TICKED, *word])
        odd[field] = odd.get(field, False) | odd[name]
    for field in dict.fromkeys(boxes.values()):
        cells[field] = _ticked(records, [name for name in boxes if boxes[name] == field], fields[field])
    return Answers(cells, asked, odd, boxes, labelled)


def _translated(cells: Texts, words: Mapping[str, str]) -> Texts:
    return cells.each(lambda text: words.get(_code(text), text))


def _code(text: str) -> str:
    """A cell as the dictionary writes a code or a word: single blanks, whole numbers without the point."""
    return re.sub(r"\A(-?\d+)\.0+\Z", r"\1", " ".join(text.split()))


def _held(texts: Iterable[str], choices: Mapping[str, str]) -> str:
    """What the cells of a field can only be: "codes" or "words"; "" where they can be both or neither."""
    held = {*map(_code, texts)}
    codes, words = held <= {*choices}, held <= {*choices.values()}
    return "" if codes == words else "codes" if codes else "words"


def _word(box: str, field: Field) -> list[str]:
    """The word of a box of a choice; none for a box that is no choice: a missing code of the project."""
    words = {re.sub(r"[^a-z0-9]", "_", code.lower()): word for code, word in field.choices.items()}
    return [word for code, word in words.items() if box.partition("___")[2] == code]


def _box(records: Part, name: str) -> Texts:
    return records.texts(name).each(lambda text: _code(text).casefold())


def _ticked(records: Part, boxes: list[str], field: Field) -> Texts:
    """The words of the boxes that are ticked, joined; empty where none is."""
    words = {box: word for box in boxes for word in _word(box, field)}
    answers = [_box(records, box) for box in words]
    named = [[*TICKED, word.casefold()] for word in words.values()]
    ticked = np.column_stack([cells.among(texts) for cells, texts in zip(answers, named, strict=True)])
    kinds, codes = np.unique(ticked, axis=0, return_inverse=True)
    texts = ["; ".join(word for word, on in zip(words.values(), kind, strict=True) if on) for kind in kinds]
    return Texts(codes.reshape(-1), texts).each(lambda text: text or None)
