"""Who is who: ids that are the same, ids of persons, and patients or records that are there twice."""

import re

import pandas as pd
import pytest

from helpers.cohort.rules.identity import alike

STUDY_NUMBERS = [
    [f"SYN-{n:03d}" for n in range(1, 9)],
    [f"01-701-{1015 + n}" for n in range(8)],
    [f"DE-04-{n:03d}" for n in range(1, 9)],
    [f"Patient {n}" for n in range(1, 9)],
    ["Patient A", *"BCDEFGH"],
    [f"P{n:03d}" for n in range(1, 9)],
    [str(n) for n in range(1, 9)],
    [str(100001 + n) for n in range(8)],
    [f"3f2504e0-4f89-11d3-9a0c-0305e82c330{n}" for n in range(8)],
    [f"101-00{n}-0001" for n in range(1, 9)],  # three, three and four digits without the check digit
    [f"10010{n % 2}-000{n}" for n in range(1, 9)],  # sites of several patients, not dates of birth
    [f"CART19_UPN{n}" for n in range(8)],
    [f"UPN {n}" for n in range(8)],
    ["AZX", "BQR", "CJT", "DNB", "EWM", "FLK", "GPS", "HCV"],
    [f"Site01/Pat{n}" for n in range(8)],
    [f"{n}.5" for n in range(8)],
]
ONE_PERSON = {
    "a name": [
        "Smith, John", "Smith,J", "DOE^JANE", "Ann Miller", "MÜLLER JAN", "von Berg, Karl", "J. Smith", "john smith",
        "Anna-Lena O'Neil", "john.smith", "JohnSmith", "Ирина Петрова", "王小明", "김민수", "山田 太郎",
    ],
    "an e-mail address": ["a.b@clinic.org"],
    "a date": ["1980-02-03", "3.2.1980", "03/02/1980"],
    "a telephone number": ["+49 171 1234567"],
    "a hospital or national number": [
        "MRN0012345", "mrn: 77", "UHID-123", "NHS 99", "123-45-6789", "943 476 5919", "010180-1234", "S1234567D",
        "A123456(7)", "RSSMRA85T10A562S", "2345 6789 0123", "123.456.789-09", "12345678Z", "QQ 12 34 56 C",
        "11010519491231002X",
    ],
}  # fmt: skip
MOSTLY = {
    "a name, in parts": ["SMITH J", "Jones A.", "J Miller", "BROWN_BOB", "Adams-Lee", "P6", "P7", "P8"],
    "a name": ["Smith", "Jones", "Miller", "Brown", "Adams", "P6", "P7", "P8"],
    "initials": ["AB", "CD", "E.F.", "GH", "K L", "M. N.", "OP", "P8"],
}


@pytest.mark.parametrize("ids", STUDY_NUMBERS, ids=lambda ids: ids[0])
def test_study_numbers_pass(told, patients, ids):
    assert told(patients.assign(patient_id=ids)) == ([], [])


@pytest.mark.parametrize(("kind", "number"), [(kind, number) for kind, ids in ONE_PERSON.items() for number in ids])
def test_an_id_of_a_person_stops_and_is_not_shown(told, patients, kind, number):
    patients.loc[2, "patient_id"] = number
    said = told(patients)
    assert said == ([f"patients.csv row 4, patient_id: the id looks like {kind}"], [])


@pytest.mark.parametrize("kind", MOSTLY)
def test_words_stop_where_most_ids_are_such(told, patients, kind):
    ids = MOSTLY[kind]
    assert f"patient_id: the id looks like {kind.split(',')[0]}" in told(patients.assign(patient_id=ids))
    few = [*ids[:3], *(f"P-{n}" for n in range(5))]
    assert told(patients.assign(patient_id=few)) == ([], [])


def test_long_numbers_are_doubtful(told, patients):
    ids = [str(10234567 + 917313 * n) for n in range(8)]
    said = "patients.csv, patient_id: every id is a long number: it may be one of the hospital"
    assert told(patients.assign(patient_id=ids)) == ([], [said])
    assert told(patients.assign(patient_id=[*ids[:7], "8"])) == ([], [])


SAME = ["p02", "P02 ", "\u00a0P02", "P\u200b02", "\uff3002", "P02.0", "\u202aP02\u202c"]


@pytest.mark.parametrize("written", SAME)
def test_an_id_in_other_letters_is_the_same_patient(told, patients, written):
    patients.loc[4, "patient_id"] = written
    assert "patients.csv rows 3, 6, patient_id: the same patient more than once" in told(patients).faults


def test_ids_that_differ_in_what_is_meant_are_others():
    ids = ["1", "01", "1.5", "A-1", "A 1", "A1", "1 1", "11", "10", "1.00x"]
    assert len({*alike(ids)}) == len(ids)
    assert alike(["A\u20131", "3.0", " B  2 ", "x\ny"]) == ["a-1", "3", "b 2", "x y"]


def test_a_record_whose_id_is_written_differently_says_so(told, patients):
    events = "patient_id,term,grade\np01,Fever,1\nP02,Fever,1\nP99,Fever,1\n"
    assert told(patients, adverse_events=events).faults == [
        "adverse_events.csv row 4, patient_id: not a patient of the patients file",
        "adverse_events.csv row 2, patient_id: the id is written differently than in the patients file: capitals, "
        "blanks, a dash, .0 or unseen signs",
    ]


def test_one_patient_under_two_ids(told, many):
    twice = pd.concat([many, many.iloc[[4]].assign(patient_id="S-099")])
    assert told(twice).faults == ["patients.csv rows 6, 42, all columns: equal in all but the id, as one patient under "
                                  "two ids is"]  # fmt: skip
    other = twice.assign(age_years=[*many["age_years"], "81"])
    assert told(other) == ([], [])


def test_patients_may_coincide_in_few_columns(told, many):
    few = many[["patient_id", "arm", "age_years", "last_contact_day"]].assign(death_day="")
    both = pd.concat([few, few.iloc[[4]].assign(patient_id="S-099")])
    assert told(both) == ([], [])  # three given cells say nothing
    said = told(both.assign(sex="female"))
    assert (said.faults, len(said.questions)) == ([], 1)
    assert "rows 6, 42, all columns: equal in all but the id" in said
    coarse = many.assign(age_years="40", infusion_date="2019-01-01", bm_blasts_pct="50", response_day="28")
    coarse = coarse.assign(last_contact_day="400", death_day="", crs_onset_day="3", crs_duration_days="4")
    assert not told(coarse).faults  # all of them are alike, as made-up tables are


def test_events_that_are_there_twice(told, many):
    rows = [f"S-{n:03d},Fever,1,{n % 5}\n" for n in range(1, 13)]
    table = "patient_id,term,grade,onset_day\n" + "".join(rows)
    assert told(many, adverse_events=table) == ([], [])
    said = told(many, adverse_events=table + rows[0])
    assert said == ([], ["adverse_events.csv rows 2, 14, all columns: equal to another row in all columns"])
    said = told(many, adverse_events=table + "".join(rows))
    assert (len(said.faults), said.questions) == (1, [])
    without_day = re.sub(r",\d+\n", "\n", table.replace(",onset_day", "") + "".join(rows))
    assert told(many, adverse_events=without_day) == ([], [])


def test_samples_that_are_there_twice(told, many):
    rows = "".join(f"S-001,{day},{day / 10},50\n" for day in range(12))
    head = "patient_id,day,anc_e9_per_l,platelets_e9_per_l\n"
    assert told(many, blood_counts=head + rows) == ([], [])
    assert "equal to another row in all columns" in told(many, blood_counts=head + rows + rows).faults[0]
