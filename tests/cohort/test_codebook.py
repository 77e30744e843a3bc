"""The codebook says what the code reads."""

from helpers.cohort.codebook import MARKER, README, study_example, with_codebook
from helpers.cohort.dictionary import TABLES, dictionary, label_of
from helpers.study import StudyError, load_study
from helpers.study.keys import COLUMN, CONTRAST, COVARIATE, ENDPOINT, ENDPOINTS, EXPOSURE, FLOW, TIME, TOP

TYPES = {"text", "category", "integer", "number", "date", "day"}


def test_codebook_is_written_from_the_dictionary():
    text = README.read_text(encoding="utf-8")
    assert text == with_codebook(text), "run: .venv/bin/python -m helpers.cohort.codebook"


def test_part_written_by_hand_is_kept():
    text = with_codebook(f"# By hand\n\n{MARKER}\n\nold codebook")
    assert text.startswith(f"# By hand\n\n{MARKER}\n\n## Codebook")
    assert "old codebook" not in text


def test_every_column_is_in_the_codebook():
    text = README.read_text(encoding="utf-8")
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
    assert label_of("age_years") == "Age"
    assert label_of("nothing") == "nothing"


def test_documented_study_is_valid_and_shows_every_key(tmp_path):
    example = study_example()
    (tmp_path / "study.toml").write_text(example, encoding="utf-8")
    try:
        study = load_study(tmp_path)
    except StudyError as error:
        raise AssertionError(str(error)) from None
    assert study.endpoints["lfs"].recorded
    shown = {
        word for keys in (TOP, TIME, CONTRAST, ENDPOINTS, ENDPOINT, COVARIATE, EXPOSURE, FLOW, COLUMN) for word in keys
    }
    assert [word for word in sorted(shown) if f"{word} =" not in example] == []
