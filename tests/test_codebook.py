"""The codebooks say what the code reads and writes."""

import re

import pytest

from helpers import codebook
from helpers.codebook import MARKER
from helpers.cohort.dictionary import TABLES, dictionary, short_label
from helpers.stats.estimates import vocabulary
from helpers.study import (
    PROJECT_ROOT,
    Arm,
    Contrast,
    Covariate,
    Endpoint,
    Exposure,
    FlowStep,
    Source,
    StudyError,
    definition,
    load_study,
)
from helpers.study.keys import keys_of

TYPES = {"text", "category", "integer", "number", "date", "day"}
DOCUMENTS = {codebook.DATA: codebook.data_readme, codebook.REPORTS: codebook.reports_readme}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.parent.name)
def test_codebook_is_up_to_date(path):
    text = path.read_text(encoding="utf-8")
    assert text == DOCUMENTS[path](text), "run: .venv/bin/python -m helpers.codebook"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.parent.name)
def test_part_written_by_hand_is_kept(path):
    text = DOCUMENTS[path](f"# By hand\n\n{MARKER}\n\nold codebook")
    assert text.startswith(f"# By hand\n\n{MARKER}\n\n## ")
    assert "old codebook" not in text


def test_every_method_of_the_codebook_is_named_in_the_code():
    rooms = [PROJECT_ROOT / "helpers" / room for room in ("stats", "audit", "cohort")]
    code = "\n".join(path.read_text(encoding="utf-8") for room in rooms for path in room.rglob("*.py"))
    assert len(vocabulary("method")) > 60
    parts = [
        part
        for name in vocabulary("method")
        for part in re.split(r"\.\.\.|, (?=stratified|leaving|power|Clopper)", name)
    ]
    assert [part for part in parts if part not in code] == []


def test_every_column_is_in_the_codebook():
    text = codebook.DATA.read_text(encoding="utf-8")
    assert [column.name for column in dictionary() if f"| `{column.name}` | {column.label}" not in text] == []


def test_dictionary_is_well_formed():
    columns = dictionary()
    assert len({(column.table, column.name) for column in columns}) == len(columns)
    for column in columns:
        assert column.table in TABLES
        assert column.type in TYPES
        assert column.required in {"every row", "column", "no"}
        assert column.label
        assert column.definition
        assert bool(column.words) == (column.type == "category" and column.name != "arm")
        assert (column.low is not None) <= column.is_number
        assert set(column.readable) in (set(), set(column.words))
    assert (short_label("age_years"), short_label("transplant_day")) == ("Age", "transplant")
    assert short_label("nothing") == "nothing"


def test_example_study_is_valid_and_shows_every_key(tmp_path):
    example = codebook.EXAMPLE.read_text(encoding="utf-8")
    (tmp_path / "study.toml").write_text(example, encoding="utf-8")
    try:
        study = load_study(tmp_path)
    except StudyError as error:
        raise AssertionError(str(error)) from None
    assert study.endpoints["lfs"].recorded
    tables = [definition.TOP, definition.TIME, definition.SETTINGS]
    tables += map(keys_of, (Arm, Contrast, Endpoint, Covariate, Exposure, FlowStep, Source))
    names = {name for table in tables for name in table}
    assert [name for name in sorted(names) if f"{name} =" not in example] == []
