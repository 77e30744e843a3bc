"""REDCap's data dictionary: the fields of a project, their choices, and those that identify a person."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from helpers.cohort.readers.export import Part, UnusableError

# What is read of a field, and its header in the dictionary of the website and of the interface for programs.
HEADERS = {
    "name": ("Variable / Field Name", "field_name"),
    "form": ("Form Name", "form_name"),
    "kind": ("Field Type", "field_type"),
    "label": ("Field Label", "field_label"),
    "choices": ("Choices, Calculations, OR Slider Labels", "select_choices_or_calculations"),
    "validation": ("Text Validation Type OR Show Slider Number", "text_validation_type_or_show_slider_number"),
    "identifier": ("Identifier?", "identifier"),
}
FIXED = {"yesno": {"1": "Yes", "0": "No"}, "truefalse": {"1": "True", "0": "False"}}
WITH_CHOICES = ("radio", "dropdown", "checkbox")
DROPPED_KINDS = {"notes": "free text", "file": "an uploaded file", "descriptive": "no data"}
PERSONAL = re.compile(r"email|phone|ssn|mrn|zip|postal", re.IGNORECASE)
TAG = re.compile(r"</?[A-Za-z][^<>]*>")
# Labels of choices that say no more than a grade: then it is read as the number that it is.
GRADE = re.compile(r"(?:\w+ )?(?:grade|gr|g|level) ?(\d+)(?: ?[-\u2013:,(][^\d+]*)?")
NO_GRADE = re.compile(r"none|absent|no(?: crs| icans| neurotoxicity| toxicity| event| symptoms)?")


@dataclass(frozen=True)
class Field:
    """A field of a project: its form, kind, label, and why it is dropped ("" if it is not).

    `labels` are those of its choices by code, `choices` how they are read: as these words, but for grades.
    """

    form: str
    kind: str
    label: str
    labels: Mapping[str, str]
    choices: Mapping[str, str]
    personal: bool
    dropped: str


def read_dictionary(part: Part) -> dict[str, Field]:
    """The fields of a data dictionary by name, in its order; UnusableError when it is none."""
    columns = {key: next(filter(None, map(part.named, names)), "") for key, names in HEADERS.items()}
    if not (columns["name"] and columns["kind"] and columns["choices"]):
        raise UnusableError
    cells = [part.texts(name).each(str).values() for name in columns.values()]
    rows = [["" if cell != cell else str(cell) for cell in row] for row in zip(*cells, strict=True)]
    return {name: _field(*facts) for name, *facts in rows if name}


def field_of(column: str, fields: Mapping[str, Field]) -> str:
    """The field that a column belongs to: for `race___2`, the box of a choice, it is `race`."""
    name = column.partition("___")[0]  # no field has more than one underscore in a row
    return name if column not in fields and name in fields and fields[name].kind == "checkbox" else column


def _field(form: str, kind: str, label: str, choices: str, validation: str, identifier: str) -> Field:
    personal = identifier.casefold() in ("y", "yes", "1", "true") or bool(PERSONAL.search(validation))
    marked = "marked as an identifier in the data dictionary"
    marked += "; clear the mark there if its dates are needed" if validation.startswith("date") else ""
    dropped = marked if personal else DROPPED_KINDS.get(kind, "")
    words = FIXED.get(kind) or (_words(choices) if kind in WITH_CHOICES else {})
    return Field(form, kind, TAG.sub("", label), words, words | _grades(words), personal, dropped)


def _grades(words: Mapping[str, str]) -> dict[str, str]:
    """The codes that are the grade that their word names ("Grade 2", "None" for 0), as themselves; of two or more."""
    named = {code: GRADE.fullmatch(word.casefold()) for code, word in words.items()}
    grades = [code for code, match in named.items() if match and match[1] == code]
    none = [code for code, word in words.items() if code == "0" and NO_GRADE.fullmatch(word.casefold())]
    return {code: code for code in [*grades, *none]} if len(grades) > 1 else {}


def _words(choices: str) -> dict[str, str]:
    """The word of each code, from "1, Yes | 2, No"; the code stands behind words that several have."""
    parted = [choice.partition(",") for choice in choices.split("|") if choice.strip()]
    pairs = [(code.strip(), " ".join(TAG.sub("", word if comma else code).split())) for code, comma, word in parted]
    words = [word.casefold() for _, word in pairs]
    alone = {word for word in words if word and words.count(word) == 1}
    return {code: word if word.casefold() in alone else f"{word} [{code}]".strip() for code, word in pairs}
