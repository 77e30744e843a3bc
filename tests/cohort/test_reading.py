"""Files as hospitals export them: the same cohort from each, and broken ones refused without a traceback."""

import csv
import io
import pickle
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.cohort import CohortError, load_cohort
from helpers.cohort.readers import READERS
from helpers.cohort.readers.delimited import _widths


def faults(folder):
    with pytest.raises(CohortError) as error:
        load_cohort(folder)
    return str(error.value)


@pytest.fixture
def expected(make_cohort, patients):
    return load_cohort(make_cohort(patients)).patients


def replace(folder, suffix, write):
    (folder / "patients.csv").unlink()
    write(folder / f"patients{suffix}")
    return folder


def natural(patients):
    """The table as other programs keep it: numbers as numbers, indicators as truth values."""
    frame = patients.replace("", None)
    for column in frame.columns:
        if column.endswith("_day") or column in ("age_years", "prior_lines", "crs_grade"):
            frame[column] = pd.to_numeric(frame[column])
    return frame.assign(tocilizumab=frame["tocilizumab"] == "yes")


def test_excel_gives_the_same_cohort(make_cohort, patients, expected):
    folder = replace(make_cohort(patients), ".xlsx", lambda path: natural(patients).to_excel(path, index=False))
    pd.testing.assert_frame_equal(load_cohort(folder).patients, expected)


def test_parquet_gives_the_same_cohort(make_cohort, patients, expected):
    folder = replace(make_cohort(patients), ".parquet", lambda path: natural(patients).to_parquet(path))
    pd.testing.assert_frame_equal(load_cohort(folder).patients, expected)


def test_faults_in_excel_name_its_rows(make_cohort, patients):
    patients.loc[3, "sex"] = "unknown"
    folder = replace(make_cohort(patients), ".xlsx", lambda path: patients.to_excel(path, index=False))
    assert "patients.xlsx row 5, sex" in faults(folder)


@pytest.mark.parametrize("separator", [";", "\t"])
def test_separators_and_decimal_commas_of_other_places(make_cohort, patients, expected, separator):
    text = patients.to_csv(index=False, sep=separator)
    text = text.replace("44.5", "44,5") if separator == ";" else text
    pd.testing.assert_frame_equal(load_cohort(make_cohort(text)).patients, expected)


def test_byte_order_mark_line_ends_capitals_and_spaces_do_not_matter(make_cohort, patients, expected):
    text = patients.rename(columns={"sex": " Sex ", "age_years": "AGE_YEARS"}).to_csv(index=False)
    text = text.replace("female", " Female ").replace("\n", "\r\n")
    frame = load_cohort(make_cohort(("\ufeff" + text).encode())).patients
    pd.testing.assert_frame_equal(frame, expected)


def test_words_for_missing_are_missing(make_cohort, patients, expected):
    pd.testing.assert_frame_equal(load_cohort(make_cohort(patients.replace("", "NA"))).patients, expected)


def test_blank_rows_are_left_out_and_still_counted_in_row_numbers(make_cohort, patients):
    patients.loc[3, "sex"] = "unknown"
    lines = patients.to_csv(index=False).splitlines()
    lines.insert(2, "," * (patients.shape[1] - 1))
    lines.insert(3, "")
    assert "row 7, sex" in faults(make_cohort("\n".join([*lines, ""])))


def test_quoted_cells_may_hold_separators_and_line_ends(make_cohort, patients):
    events = 'patient_id,term,grade\nP01,"Pain, ""chest""\nleft",1\nP02,Fever,9\n'
    assert "adverse_events.csv row 3, grade" in faults(make_cohort(patients, adverse_events=events))


def test_rows_with_too_many_or_few_cells_are_named_beside_other_faults(make_cohort, patients):
    patients.loc[6, "sex"] = "unknown"
    lines = patients.to_csv(index=False).splitlines()
    lines[2] += ",1"
    lines[4] = lines[4].rsplit(",", 1)[0]
    message = faults(make_cohort("\n".join(lines)))
    assert "rows 3, 5: not as many cells" in message
    assert "row 8, sex" in message


def test_the_same_header_twice_is_a_fault(make_cohort, patients):
    text = patients.to_csv(index=False).replace("sex", "arm", 1)
    assert "row 1, column 4: the header is the same as that of column 2" in faults(make_cohort(text))


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00\x01", b"patient_id\n\xe9\n", b"\x00" * 50, b'arm\n"open\nP1'])
def test_broken_files_are_faults_not_tracebacks(make_cohort, data):
    faults(make_cohort(data))


def test_a_file_without_the_right_to_read_is_said_to_be_so(make_cohort, patients, monkeypatch):
    def refused(*_):
        raise PermissionError(13, "Permission denied", "/secret/patients.csv")

    monkeypatch.setitem(READERS, ".csv", refused)
    said = faults(make_cohort(patients))
    assert "patients.csv: the file cannot be opened: Permission denied. Look at the rights" in said
    assert "secret" not in said


def test_broken_excel_and_parquet_are_faults(make_cohort, patients):
    for suffix in (".xlsx", ".parquet"):
        folder = replace(make_cohort(patients), suffix, lambda path: path.write_bytes(b"PK not a table"))
        assert "cannot be read as a table" in faults(folder)
        (folder / f"patients{suffix}").unlink()


def test_pickles_are_never_opened(make_cohort, patients, study_toml):
    folder = make_cohort(patients, study_toml + '[files]\npatients = "patients.pkl"\n')
    (folder / "patients.pkl").write_bytes(pickle.dumps(patients))
    assert "not a kind of file that is read" in faults(folder)


def test_two_files_of_one_table_need_a_choice(make_cohort, patients, study_toml):
    folder = make_cohort(patients)
    patients.to_excel(folder / "patients.xlsx", index=False)
    assert "more than one file" in faults(folder)
    named = study_toml + '[files]\npatients = "patients.xlsx"\n'
    (folder / "study.toml").write_text(named)
    assert load_cohort(folder).provenance["patients"]["file"] == "patients.xlsx"


def test_named_file_must_exist(make_cohort, patients, study_toml):
    assert "no such file" in faults(make_cohort(patients, study_toml + '[files]\nblood_counts = "x.csv"\n'))


@pytest.mark.parametrize("letter", ["\0", "\x1b", "\x07", "\ufffe"])
def test_cells_that_cannot_be_printed_are_refused_by_row(make_cohort, patients, letter):
    patients.loc[2, "sex"] = f"fe{letter}male"
    message = faults(make_cohort(patients))
    assert re.search(r"patients\.csv row 4(, sex)?: a character that cannot be printed", message)
    assert letter not in message


@settings(max_examples=300, deadline=None)
@given(
    lines=st.lists(st.text(alphabet='a,; \t"\u00e9\u4e00', max_size=8), min_size=1, max_size=8),
    end=st.sampled_from(["\n", "\r\n"]),
    last=st.booleans(),
    separator=st.sampled_from([",", ";", "\t"]),
)
def test_counting_separators_finds_the_same_widths_as_parsing(lines, end, last, separator):
    text = end.join(lines) + end * last

    def parsed():
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        next(rows, [])
        return rows

    def uneven(widths):
        return {number: width for number, width in enumerate(widths) if width}

    assert uneven(_widths(text, parsed(), separator)) == uneven(len(row) for row in parsed())


def test_a_large_file_of_which_half_is_wrong_is_refused_in_few_words(make_cohort, patients):
    random = np.random.default_rng(1)
    many = patients.iloc[random.integers(len(patients), size=20_000)].reset_index(drop=True)
    many["patient_id"] = [f"P-{number}" for number in range(len(many))]
    wrong = random.random(len(many)) < 0.5
    many.loc[wrong, "age_years"], many.loc[~wrong, "sex"] = "twelve", "unheard of"
    with pytest.raises(CohortError) as error:
        load_cohort(make_cohort(many))
    by_column = {fault.column: fault.rows for fault in error.value.faults}
    assert by_column == {"age_years": tuple(many.index[wrong] + 2), "sex": tuple(many.index[~wrong] + 2)}
    assert len(str(error.value)) < 1000
