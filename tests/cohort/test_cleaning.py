"""What reading does to cells is counted by column; what is no value is refused; NA may be a code."""

import pytest

from helpers.cohort import CohortError, load_cohort
from helpers.cohort.cleaning import NOTES, TOTALS
from helpers.cohort.findings import Findings
from helpers.cohort.load import read_tables
from helpers.cohort.mapping import EMPTIED
from helpers.cohort.numbers import REASONS
from helpers.study import load_study

CELLS = (
    "patient_id;arm;sex;age_years;response;last_contact_day;visit\n"
    "A;one;f;44,5;CR; 12;x\n B;Two;Female;NA;cr;7\u00a0;NA\nC;one;female;na;CRi;#N/A;\nD;two;unk;30;nr;9;x\n"
)


def normalised(folder):
    """File, column, what and cells of each thing said, of the patients."""
    findings = Findings()
    read_tables(load_study(folder), findings)
    return {(row.column, row.what): row.cells for row in findings.normalised}


def test_what_is_done_to_cells_is_counted_by_column(make_cohort, study_toml):
    study = f'{study_toml}[files.patients]\nfile = "patients.csv"\nmissing = ["unk"]\n[columns]\n'
    study += 'response_day = {column = "visit", missing = ["x"]}\n'
    spelt = "capitals, hyphens or usual codes of words"
    assert normalised(make_cohort(CELLS, study)) == {
        ("patient_id", "blanks around the text removed"): 1,
        ("arm", spelt): 1,
        ("sex", '"unk" read as missing'): 1,
        ("sex", spelt): 2,
        ("age_years", '"NA" read as missing'): 1,
        ("age_years", '"na" read as missing'): 1,
        ("age_years", "decimal comma"): 1,
        ("response", spelt): 2,
        ("last_contact_day", "blanks around the text removed"): 2,
        ("last_contact_day", '"#N/A" read as missing'): 1,
        ("last_contact_day", "no-break blanks and accents of their own read as usual ones"): 1,
        ("visit", EMPTIED): 2,
        ("visit", '"NA" read as missing'): 1,
    }


def test_a_canonical_table_has_nothing_to_say(make_cohort, patients):
    assert normalised(make_cohort(patients)) == {}


def test_na_is_a_code_where_the_study_says_so(make_cohort):
    study = """
title = "Codes"
synthetic = true
[time]
unit = "days"
[columns]
arm = {column = "group", values = {EU = "eu", NA = "na"}}
death_day = {time = "last_contact_day", event = "end", event_codes = ["NA"]}
[[arms]]
key = "eu"
label = "Europe"
[[arms]]
key = "na"
label = "North America"
"""
    text = "patient_id,group,last_contact_day,end\nA,NA,9,NA\nB,EU,8,no\n"
    frame = load_cohort(make_cohort(text, study)).patients
    assert frame["arm"].astype(str).tolist() == ["North America", "Europe"]
    assert frame["death_day"].notna().tolist() == [True, False]


def test_na_is_the_key_of_an_arm(make_cohort, patients, study_toml):
    text = patients.replace({"arm": {"two": "NA"}}).to_csv(index=False)
    frame = load_cohort(make_cohort(text, study_toml.replace('"two"', '"na"'))).patients
    assert frame["arm"].astype(str).tolist() == ["Arm one", "Arm two"] * 4


@pytest.mark.parametrize("error", ["#REF!", "#DIV/0!", "#NAME?"])
def test_errors_of_excel_in_text_files_are_faults_of_the_columns_read(make_cohort, patients, error):
    patients.loc[2, ["sex", "age_years"]] = error
    with pytest.raises(CohortError) as raised:
        load_cohort(make_cohort(patients.assign(other=error)))
    problem = "an error of Excel in place of a value"
    assert [(fault.rows, fault.column) for fault in raised.value.faults if fault.problem == problem] == [
        ((4,), "age_years"),
        ((4,), "sex"),
    ]


def faults(folder):
    with pytest.raises(CohortError) as raised:
        load_cohort(folder)
    return [(fault.rows, fault.column, fault.problem) for fault in raised.value.faults]


@pytest.mark.parametrize(
    ("end", "rows", "problem"),
    [
        ("Total,,8\n", (10,), TOTALS),
        ("\nSumme:,,8\n", (11,), TOTALS),
        ("* from the chart\n", (10,), NOTES),
        (",,\nLegend\nP = patient\nn = unknown\nx = y\n", (11, 12, 13, 14), NOTES),
    ],
)
def test_totals_and_notes_below_a_table_are_one_fault_with_the_row_to_end_at(
    make_cohort, patients, study_toml, end, rows, problem
):
    width = patients.shape[1]
    lines = [line + "," * (width - 1 - line.count(",")) if line else "" for line in end.split("\n")]
    text = patients.to_csv(index=False) + "\n".join(lines)
    assert faults(make_cohort(text)) == [(rows, "", problem)]
    study = f'{study_toml}[files.patients]\nfile = "patients.csv"\nlast_row = 9\n'
    assert len(load_cohort(make_cohort(text, study)).patients) == 8


def test_words_of_totals_among_the_rows_are_words(make_cohort, patients):
    events = "term,patient_id,grade\nTotal,P01,1\nFever,P02,1\nRash,P03,1\nCough,P01,2\nNausea,P02,1\n"
    assert len(load_cohort(make_cohort(patients, adverse_events=events)).adverse_events) == 5


def test_fractions_beside_percent_signs_are_asked_about(make_cohort, patients):
    blasts = ["45%", "0.5", "7 %", "", "80", "0", "100%", "1%"]
    assert faults(make_cohort(patients.assign(bm_blasts_pct=blasts))) == [
        ((3,), "bm_blasts_pct", REASONS["unsigned"][0])
    ]
