"""ADaM data sets: parameters beside ADSL become its columns, study days count from 0, codings that mislead are refused.

All subjects are invented.
"""

import re

import pandas as pd
import pyreadstat
import pytest

from helpers.cohort import CohortError, load_cohort
from helpers.cohort.findings import Findings
from helpers.cohort.reading import open_file
from helpers.study.sources import FileSource

ADSL = """
USUBJID AGE SEX SAFFL TRT01A BRTHDTC    TRTSDT     DTHFL DTHDT      DTHADY
S-01    31  F   Y     Single 1990-01-01 2020-03-01 Y     2020-04-09 40
S-02    44  M   Y     Tandem 1976-01-01 2020-04-01 .     .          .
S-03    27  M   Y     Single 1993-01-01 2020-05-01 .     .          .
S-04    36  F   Y     Tandem 1984-01-01 2020-06-01 Y     2020-08-29 90
S-05    60  F   N     Single 1960-01-01 2020-07-01 .     .          .
"""
ADTTE = """
USUBJID PARAMCD PARAM             AVAL CNSR STARTDT    ADT        EVNTDESC    CNSDTDSC
S-01    OS      Overall_Survival  40   0    2020-03-01 2020-04-09 Death       .
S-02    OS      Overall_Survival  401  1    2020-04-01 2021-05-06 .           Alive
S-03    OS      Overall_Survival  365  2    2020-05-01 2021-04-30 .           Lost_to_follow-up
S-04    OS      Overall_Survival  90   0    2020-06-01 2020-08-29 Death       .
S-01    TTR     Time_to_relapse   40   1    2020-03-01 2020-04-09 .           Death
S-02    TTR     Time_to_relapse   200  0    2020-04-01 2020-10-17 Relapse     .
S-03    TTR     Time_to_relapse   365  1    2020-05-01 2021-04-30 .           No_relapse
"""
ADRS = """
USUBJID PARAMCD PARAM         AVALC ADT        ANL01FL
S-01    BOR     Best_response CR    2020-03-29 Y
S-02    BOR     Best_response NR    2020-04-29 .
S-02    BOR     Best_response CR    2020-05-29 Y
S-03    BOR     Best_response CRi   2020-05-29 Y
S-04    BOR     Best_response NR    2020-06-29 Y
S-01    OVR     Response      PD    2020-03-15 Y
S-01    OVR     Response      CR    2020-03-29 Y
"""
ADAE = """
USUBJID AEDECOD AEBODSYS  AETOXGR TRTEMFL ASTDY AENDY TRTSDT     ASTDT
S-01    Fever   General   3       Y       1     4     2020-03-01 2020-03-01
S-01    Nausea  Gut       1       .       -2    .     2020-03-01 2020-02-28
S-02    Fever   General   1       Y       10    12    2020-04-01 2020-04-10
"""
STUDY = """
title = "Small study"
synthetic = true
[time]
unit = "days"
[files]
patients = { file = "adsl.csv", format = "adam", beside = ["adtte.csv", "adrs.csv"], where = { SAFFL = "Y" } }
adverse_events = { file = "adae.csv", format = "adam", where = { TRTEMFL = "Y" } }
[columns]
patient_id = "USUBJID"
arm = "TRT01A"
sex = "SEX"
age_years = "AGE"
infusion_date = "TRTSDT"
death_day = { time = "OS", event = "OS_EVENT" }
last_contact_day = "OS"
relapse_day = { time = "TTR", event = "TTR_REASON", event_codes = ["Relapse"] }
response = "BOR"
response_day = { date = "BOR_DATE" }
[adverse_events]
patient_id = "USUBJID"
term = "AEDECOD"
grade = "AETOXGR"
onset_day = "ASTDY"
resolution_day = "AENDY"
[[arms]]
key = "single"
label = "Single"
[[arms]]
key = "tandem"
label = "Tandem"
"""
SETS = {"adsl": ADSL, "adtte": ADTTE, "adrs": ADRS, "adae": ADAE}


def as_csv(block):
    """A block of columns apart by blanks as CSV; an underscore is a blank, a point an empty cell."""
    lines = [",".join("" if cell == "." else cell for cell in line.split()) for line in block.strip().splitlines()]
    return "\n".join([*lines, ""]).replace("_", " ")


@pytest.fixture
def read(tmp_path):
    """Reads one of the data sets, some of them changed: its cells by column, the raw table, or the faults as text."""

    def make(name="adsl", beside=("adtte.csv", "adrs.csv"), **changes):
        for key, block in (SETS | changes).items():
            (tmp_path / f"{key}.csv").write_text(as_csv(block), encoding="utf-8")
        findings = Findings()
        source = FileSource(f"{name}.csv", format="adam", beside=tuple(beside))
        opened = open_file(tmp_path / f"{name}.csv", findings, source)
        if opened is None:
            return None, "\n".join(map(str, findings.faults))
        table = opened.text([*opened.header], findings)
        return {key: list(pd.Series(column.values()).fillna("")) for key, column in table.columns.items()}, opened.raw

    return make


def test_a_study_of_four_data_sets_is_one_cohort(read, tmp_path):
    read()
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    cohort = load_cohort(tmp_path)
    patients = cohort.patients.set_index("patient_id")
    assert list(patients.index) == ["S-01", "S-02", "S-03", "S-04"]
    assert patients["death_day"].fillna(-1).tolist() == [40, -1, -1, 90]
    assert patients["relapse_day"].fillna(-1).tolist() == [-1, 200, -1, -1]
    assert patients["response"].tolist() == ["cr", "cr", "cri", "nr"]
    assert patients["response_day"].tolist() == [28, 58, 28, 28]
    assert cohort.adverse_events[["onset_day", "resolution_day"]].to_numpy().tolist() == [[0, 3], [9, 11]]


DATES, NUMBERS = ("STARTDT", "ADT", "TRTSDT", "DTHDT", "ASTDT"), ("AVAL", "CNSR", "AGE", "DTHADY")


def write(path, frame):
    """A table of texts as a file of its kind, dates as dates and numbers as numbers."""
    typed = {name: pd.to_datetime(frame[name]).dt.date for name in DATES if name in frame}
    frame = frame.assign(**typed, **{name: pd.to_numeric(frame[name]) for name in NUMBERS if name in frame})
    if path.suffix == ".xpt":
        pyreadstat.write_xport(frame, path, file_format_version=5)
    else:
        (frame.to_parquet if path.suffix == ".parquet" else frame.to_excel)(path, index=False)


@pytest.mark.parametrize("suffix", [".xpt", ".parquet", ".xlsx"])
def test_each_kind_of_file_gives_the_same(read, tmp_path, suffix):
    expected, _ = read()
    for name in ("adsl", "adtte", "adrs"):
        frame = pd.read_csv(tmp_path / f"{name}.csv", dtype=str)
        write(tmp_path / f"{name}{suffix}", frame)
    source = FileSource(f"adsl{suffix}", format="adam", beside=(f"adtte{suffix}", f"adrs{suffix}"))
    opened = open_file(tmp_path / f"adsl{suffix}", Findings(), source)
    table = opened.text([*opened.header], Findings())
    assert {key: list(pd.Series(column.values()).fillna("")) for key, column in table.columns.items()} == expected


@pytest.mark.parametrize("source", ['{ time = "OS", event = "OS_EVENT" }', '"DTHADY"'])
def test_days_read_as_months_are_a_fault(read, tmp_path, source):
    read()
    study = STUDY.replace('unit = "days"', 'unit = "months"')
    study = study.replace('{ time = "OS", event = "OS_EVENT" }', source)
    (tmp_path / "study.toml").write_text(study, encoding="utf-8")
    with pytest.raises(CohortError) as error:
        load_cohort(tmp_path)
    for column in ("death_day", "last_contact_day"):
        assert re.search(f'{column}: "(OS|DTHADY)" is in days, and is read in months', str(error.value))


def test_parameters_become_columns_and_all_is_said(read):
    cells, raw = read()
    assert "BRTHDTC" not in cells
    assert cells["OS"] == ["40", "401", "365", "90", ""]
    assert cells["OS_EVENT"] == ["yes", "no", "no", "yes", ""]
    assert cells["OS_REASON"] == ["Death", "Alive", "Lost to follow-up", "Death", ""]
    assert cells["TTR_EVENT"] == ["no", "yes", "no", "", ""]
    assert cells["DTHADY"] == ["39", "", "", "89", ""]
    columns = "OS, OS EVENT, OS REASON: Overall Survival, 4 subjects of adtte.csv, AVAL in days from TRTSDT"
    assert columns in [said.replace("_", " ") for said in raw.said]
    left_out = {(item.name, item.reason) for item in raw.left_out}
    assert ("OVR", "several rows for one subject") in left_out
    assert ("BRTHDTC", "looks like a date of birth, which identifies a person") in left_out


def with_column(block, name, cell):
    """A block with one more column, the same in all rows."""
    header, *lines = block.strip().splitlines()
    return "\n".join([f"{header} {name}", *(f"{line} {cell}" for line in lines)])


UNITS = [("DAYS", 1), ("DAY", 1), ("WEEKS", 7), ("Months", 30.4375), ("years", 365.25)]


@pytest.mark.parametrize(("unit", "days"), UNITS)
def test_times_are_in_days_whatever_their_unit(read, unit, days):
    header, *lines = ADTTE.strip().splitlines()
    rows = [line.split() for line in lines]
    times = [[*row[:3], f"{float(row[3]) / days:.2f}", *row[4:]] for row in rows]
    untold = "\n".join([header, *(" ".join(row) for row in times)])
    for block in (untold, with_column(untold, "AVALU", unit)):
        cells, _ = read(adtte=block)
        assert [*map(float, cells["OS"][:4])] == pytest.approx([40, 401, 365, 90], abs=0.006 * days)


def dated(block, start=".", end="."):
    """ADTTE with other dates in all rows."""
    header, *lines = block.strip().splitlines()
    rows = [line.split() for line in lines]
    return "\n".join([header, *(" ".join([*row[:5], start, end, *row[7:]]) for row in rows)])


WRONG_WAY = "CNSR reads the wrong way round"
FAULTS = {
    "unit that nothing tells": ({"adtte": dated(ADTTE)}, "OS: nothing tells the unit of AVAL"),
    "unit that some rows do not have": (
        {"adtte": with_column(dated(ADTTE), "AVALU", "DAYS").replace("DAYS", ".", 1)},
        "OS: nothing tells the unit of AVAL",
    ),
    "unit that the dates contradict": (
        {"adtte": with_column(ADTTE, "AVALU", "MONTHS")},
        "adtte.csv rows 2, 3, 4, 5, AVAL: OS: AVAL in months is not the time from STARTDT to ADT",
    ),
    "time of no unit": ({"adtte": ADTTE.replace("401", "777")}, "row 3, AVAL: OS: AVAL is not the time .* in any unit"),
    "time that is none": ({"adtte": ADTTE.replace("401", "x")}, "row 3, AVAL: OS: AVAL is not a number"),
    "negative code": ({"adtte": ADTTE.replace("401  1", "401  -1")}, "row 3, CNSR: OS: CNSR is not a whole number"),
    "word for a code": ({"adtte": ADTTE.replace("401  1", "401  Y")}, "row 3, CNSR: OS: CNSR is not a whole number"),
    "no code": ({"adtte": ADTTE.replace("401  1", "401  .")}, "row 3, CNSR: OS: CNSR is not a whole number"),
    "censored, and dead": ({"adtte": ADTTE.replace("40   0", "40   1")}, f"row 2, CNSR: OS: {WRONG_WAY}"),
    "event, and alive": ({"adtte": ADTTE.replace("401  1", "401  0")}, f"row 3, CNSR: OS: {WRONG_WAY}"),
    "event, and no relapse": (
        {"adtte": ADTTE.replace("TTR", "PFS").replace("Relapse ", "No_relapse ")},
        f"row 7, CNSR: PFS: {WRONG_WAY}",
    ),
    "censored, and relapse": (
        {"adtte": ADTTE.replace("TTR", "RFS").replace("200  0", "200  1")},
        f"row 7, CNSR: RFS: {WRONG_WAY}",
    ),
    "event, and no death in ADSL": (
        {"adtte": ADTTE.replace("401  1", "401  0").replace("Alive", ".")},
        f"row 3, CNSR: OS: {WRONG_WAY}",
    ),
    "event, and a reason of censoring": (
        {"adtte": ADTTE.replace("365  1", "365  0")},
        f"row 8, CNSR: TTR: {WRONG_WAY}",
    ),
    "row twice": ({"adtte": ADTTE + ADTTE.splitlines()[2]}, "row 9, PARAMCD: several rows of one subject for OS"),
    "other study": ({"adtte": ADTTE.replace("S-03", "S-33")}, "rows 4, 8, USUBJID: the subject is not in adsl.csv"),
    "subject twice": ({"adsl": ADSL.replace("S-02", "S-01")}, "adsl.csv row 3, USUBJID: the same subject"),
    "no code of a parameter": ({"adrs": ADRS.replace("S-03    BOR", "S-03    .")}, "row 5, PARAMCD: no PARAMCD"),
    "no parameters": ({"adrs": ADSL}, "adrs.csv row 1: no data set of parameters"),
    "name twice": ({"adrs": ADRS.replace("BOR", "AGE")}, "adrs.csv, AGE: a column of this name is there already"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_data_sets_that_cannot_be_read_rightly_say_where(read, case):
    changes, words = FAULTS[case]
    cells, said = read(**changes)
    assert cells is None
    assert re.search(words, said), said
    assert not re.search("S-0|S-3|Alive|777", said)


HARMLESS = {
    "relapse censors other times": ADTTE.replace("TTR", "NRM").replace("200  0", "200  1"),
    "death before relapse is censored": ADTTE,
    "death after the cut-off": ADTTE.replace("Alive", "Death_after_cut-off"),
    "progression at the last assessment": ADTTE.replace("Relapse ", "Relapse_at_last_assessment "),
    "marked for analysis": with_column(ADTTE, "ANL01FL", "Y")
    + "\nS-02 OS Overall_Survival 300 1 2020-04-01 2021-01-25 . Alive .\n",
}


@pytest.mark.parametrize("case", HARMLESS)
def test_descriptions_that_only_seem_to_contradict_are_no_fault(read, case):
    cells, _ = read(adtte=HARMLESS[case])
    assert cells["OS_EVENT"] == ["yes", "no", "no", "yes", ""]


def test_all_of_one_code_is_said(read):
    _, raw = read(adtte="\n".join(line for line in ADTTE.splitlines() if " 0  " not in line and "TTR" not in line))
    assert any("every CNSR of OS is above 0: no event" in said for said in raw.said)


def test_parameters_are_no_patients(read):
    assert "adtte.csv row 1: rows of parameters are no table" in read("adtte", ())[1]
    assert "adsl.csv row 1: there is no USUBJID" in read(adsl=ADSL.replace("USUBJID", "SUBJECT"))[1]


@pytest.mark.parametrize(
    ("days", "read_as", "words"),
    [
        (("1", "-2", "10"), ["0", "-2", "9"], "day 1 of the file is day 0 here: ASTDY"),
        (("0", "-2", "9"), ["0", "-2", "9"], "has a day 0 already, by its dates: ASTDY"),
        (("1", "-2", "9"), None, "row 4, ASTDY: days are counted in two ways"),
        (("0", "-2", "10"), None, "row [24], ASTDY: days are counted in two ways"),
    ],
)
def test_study_days_count_from_zero_as_their_dates_show(read, days, read_as, words):
    first, second, third = days
    block = ADAE.replace("Y       1 ", f"Y {first} ").replace("-2", second).replace("Y       10", f"Y {third}")
    cells, said = read("adae", (), adae=block)
    assert (cells and cells["ASTDY"]) == read_as
    assert re.search(words, said if isinstance(said, str) else "\n".join(said.said))


def test_grades_are_numbers(read):
    assert read("adae", (), adae=ADAE.replace("General   3", "General Grade_3"))[0]["AETOXGR"] == ["3", "1", "1"]


def test_a_day_0_without_dates_is_a_fault(read):
    block = ADAE.replace("ASTDT", "OTHER").replace("Y       1 ", "Y 0 ")
    assert "row 2, ASTDY: a day 0, which ADaM does not have" in read("adae", (), adae=block)[1]
