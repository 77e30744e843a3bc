"""Files of SAS, SPSS and Stata give the cohort that a text file gives; labels and missing codes are read."""

import datetime as dt

import pandas as pd
import pyreadstat
import pytest

from helpers.cohort import CohortError, load_cohort
from helpers.cohort.findings import Findings
from helpers.cohort.reading import open_file
from helpers.study import FileSource

CODES = {1: "female", 2: "male"}
LABELS = {"pid": "Study number", "sex": "Sex of the patient"}
FRAME = pd.DataFrame(
    {
        "pid": ["A", "B", "C"],
        "sex": [1.0, 2.0, 3.0],
        "age": [44.5, 99.0, None],
        "seen": [dt.date(2020, 1, 31), None, dt.date(2021, 6, 1)],
    }
)
EMPTIED, LABELLED = "the file's own codes for missing values, emptied", "labels in place of codes"


def write(path, frame=FRAME, labels=CODES):
    """One table as a file of each program, with what the program can say of it."""
    named = [LABELS.get(name) for name in frame.columns]
    values = {"sex": {float(code): word for code, word in labels.items()}}
    if path.suffix in (".sav", ".zsav"):
        spss = {
            "column_labels": named,
            "variable_value_labels": values,
            "missing_ranges": {"age": [{"lo": 98, "hi": 99}]},
        }
        pyreadstat.write_sav(frame, path, compress=path.suffix == ".zsav", **spss)
    elif path.suffix == ".dta":
        frame = frame.assign(sex=frame["sex"].astype(int), age=[44.5, "a", None])
        stata = {
            "column_labels": named,
            "variable_value_labels": {"sex": labels},
            "missing_user_values": {"age": ["a"]},
        }
        pyreadstat.write_dta(frame, path, **stata)
    elif path.suffix == ".xpt":
        pyreadstat.write_xport(frame, path, column_labels=named)
    else:
        pyreadstat.write_por(frame, path)


@pytest.mark.parametrize("suffix", [".sav", ".zsav", ".dta", ".xpt", ".por"])
def test_labels_missing_codes_and_dates_are_read_as_far_as_the_file_has_them(tmp_path, suffix):
    write(tmp_path / f"table{suffix}")
    findings = Findings()
    source = open_file(tmp_path / f"table{suffix}", findings)
    table = source.text(["pid", "sex", "age", "seen"], findings)
    cells = {name: ["" if cell != cell else cell for cell in texts.values()] for name, texts in table.columns.items()}
    rich = suffix in (".sav", ".zsav", ".dta")
    assert cells == {
        "pid": ["A", "B", "C"],
        "sex": ["female", "male", "3"] if rich else ["1", "2", "3"],
        "age": ["44.5", "" if rich else "99", ""],
        "seen": ["2020-01-31", "", "2021-06-01"],
    }
    assert dict(source.raw.labels) == ({} if suffix == ".por" else LABELS)
    said = [(row.column, row.what, row.cells) for row in findings.normalised]
    assert said == ([("sex", LABELLED, 2), ("age", EMPTIED, 1)] if rich else [])


def test_text_codes_for_missing_values_of_spss_are_emptied(tmp_path):
    frame = pd.DataFrame({"pid": ["A", "B"], "mrd": ["neg", "XX"]})
    pyreadstat.write_sav(frame, tmp_path / "table.sav", missing_ranges={"mrd": ["XX"]})
    findings = Findings()
    table = open_file(tmp_path / "table.sav", findings).text(["mrd"], findings)
    assert table.columns["mrd"].given.tolist() == [True, False]


@pytest.mark.parametrize("suffix", [".sav", ".dta", ".xpt", ".parquet", ".xlsx", ".csv"])
def test_every_kind_of_file_gives_the_same_cohort(make_cohort, patients, study_toml, suffix):
    expected = load_cohort(make_cohort(patients)).patients
    folder = make_cohort(patients, f'{study_toml}[files]\npatients = "again{suffix}"\n')
    frame = patients.apply(
        lambda cells: pd.to_numeric(cells) if cells.name.endswith(("day", "years", "lines")) else cells
    )
    writers = {
        ".sav": lambda path: pyreadstat.write_sav(frame, path),
        ".dta": lambda path: pyreadstat.write_dta(frame, path),
        ".xpt": lambda path: pyreadstat.write_xport(frame, path),
        ".parquet": frame.to_parquet,
        ".xlsx": lambda path: frame.to_excel(path, index=False),
        ".csv": lambda path: path.write_bytes(frame.to_csv(index=False, sep=";", decimal=",").encode("utf-16")),
    }
    writers[suffix](folder / f"again{suffix}")
    pd.testing.assert_frame_equal(load_cohort(folder).patients, expected)


def test_a_broken_file_is_a_fault(make_cohort, patients, study_toml):
    folder = make_cohort(patients, f'{study_toml}[files]\npatients = "broken.sav"\n')
    (folder / "broken.sav").write_bytes(b"$FL2 nothing")
    with pytest.raises(CohortError, match="cannot be read as a table"):
        load_cohort(folder)


def test_an_encoding_is_read_as_declared(tmp_path):
    path = tmp_path / "table.xpt"
    pyreadstat.write_xport(pd.DataFrame({"pid": ["A"], "sex": ["zz"]}), path)
    path.write_bytes(path.read_bytes().replace(b"zz", "男".encode("gb18030")))
    findings = Findings()
    source = open_file(path, findings, FileSource("table.xpt", encoding="gb18030"))
    assert [*source.text(["sex"], findings).columns["sex"].values()] == ["男"]
