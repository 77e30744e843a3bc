"""Dates of many countries: read when file or study says how, else refused with the reason and the key."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.cohort import CohortError, load_cohort
from helpers.cohort.dates import REASONS, read_dates, to_dates
from helpers.cohort.texts import REFUSED, Texts

STUDY = """
title = "Dated"
synthetic = true
[time]
unit = "days"
[files.patients]
file = "patients.csv"
KEYS
[columns]
infusion_date = "infused"
last_contact_day = {date = "seen"}
death_day = {date = "seen", event = "state", event_codes = ["dead"]}
transplant_day = {date = "allo"}
[[arms]]
key = "one"
label = "One"
"""
HEAD = "patient_id;infused;seen;state;allo\n"


def column(*cells):
    return Texts.of(np.array(cells, dtype=object))


def read(cell, declared=""):
    """One cell alone: its ISO date, or the reason why it is none; and the form that is said."""
    found = read_dates({"day": column(cell)}, declared)["day"]
    text = found.cells.texts[0]
    return text.removeprefix(REFUSED), [*found.forms]


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        ("2018-08-23T08:30", "YYYY-MM-DD"),
        ("2018-8-23 08:30:00.5", "YYYY-MM-DD"),
        ("2018/08/23", "YYYY/MM/DD"),
        ("20180823", "YYYYMMDD"),
        ("2018年8月23日", "YYYY年MM月DD日"),
        ("23.08.2018", "DD.MM.YYYY"),
        ("23. 8. 2018", "DD.MM.YYYY"),
        ("23/08/2018 00:00", "DD/MM/YYYY"),
        ("8/23/2018 12:00:00 AM", "MM/DD/YYYY"),
        ("23-Aug-2018", "day, month in letters, year"),
        ("23AUG2018", "day, month in letters, year"),
        ("23AUG2018:08:30:00", "day, month in letters, year"),
        ("23. August 2018", "day, month in letters, year"),
        ("23 août 2018", "day, month in letters, year"),
        ("Aug 23, 2018", "month in letters, day, year"),
    ],
)
def test_dates_that_read_one_way_are_read_and_their_form_is_said(cell, form):
    assert read(cell) == ("2018-08-23", [form])


def test_months_in_letters():
    words = (
        "Jan ene janv,Feb fév,März mars,Apr abr avril,Mai May,Juni juin,Juli juil,Aug août,Sept,Okt oct,Nov,Dez déc dic"
    )
    for month, names in enumerate(words.split(","), start=1):
        assert {read(f"5 {name} 2018")[0] for name in names.split()} == {f"2018-{month:02}-05"}


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("05/06/2018", "order"),
        ("05.06.2018", "order"),
        ("23.08.18", "short"),
        ("23-Aug-18", "short"),
        ("43335", "serial"),
        ("2018-08", "part"),
        ("2018", "part"),
        ("08/2018", "part"),
        ("Aug 2018", "part"),
        ("2018年8月", "part"),
        ("31.02.2018", "never"),
        ("2018-02-30", "never"),
        ("23.23.2018", "never"),
        ("9999-12-31", "year"),
        ("2561-08-23", "year"),
        ("0018-08-23", "year"),
        ("23.08.1018", "year"),
        ("soon", "none"),
        ("23 Foo 2018", "none"),
        ("2018-08-23 and later", "none"),
        ("2018-08-UN", "none"),
        ("23082018", "none"),
    ],
)
def test_what_is_no_whole_date_of_one_reading_is_refused_with_its_reason(cell, reason):
    found, forms = read(cell)
    assert (found in (reason, "mixed") if reason == "never" else found == reason, forms) == (True, [])


@pytest.mark.parametrize(
    ("declared", "cell", "day"),
    [("dmy", "05/06/2018", "2018-06-05"), ("mdy", "05/06/2018", "2018-05-06"), ("excel", "43335", "2018-08-23"),
     ("excel", "43335.75", "2018-08-23"), ("mdy", "2018-05-06", "2018-05-06"), ("mdy", "23/08/2018", "never")],
)  # fmt: skip
def test_what_is_declared_is_read_so(declared, cell, day):
    assert read(cell, declared)[0] == day


def test_the_order_is_told_by_the_column_then_by_the_file_and_never_across_signs():
    columns = {
        "told": column("23/08/2018", "05/06/2018"),
        "lent": column("01/02/2018"),
        "other": column("01.02.2018"),
        "both": column("23-08-2018", "08-23-2018", "01-02-2018"),
    }
    found = {name: [*read.cells.values()] for name, read in read_dates(columns, "").items()}
    assert found["told"] == ["2018-08-23", "2018-06-05"]
    assert found["lent"] == ["2018-02-01"]
    assert found["other"] == [f"{REFUSED}order"]
    assert found["both"] == [f"{REFUSED}mixed"] * 3
    assert read_dates(columns, "")["lent"].forms == {"DD/MM/YYYY, as another column tells": 1}


def test_files_that_tell_both_orders_lend_none():
    columns = {"a": column("23/08/2018"), "b": column("08/23/2018"), "c": column("01/02/2018")}
    assert [*read_dates(columns, "")["c"].cells.texts] == [f"{REFUSED}order"]


def test_dates_that_a_program_turned_round_where_it_could_are_refused():
    cells = ["23/08/2018", "13/02/2018", "30/11/2019", "2018-05-06", "2018-01-12", "2019-07-08"]
    found = [*read_dates({"day": column(*cells)}, "")["day"].cells.values()]
    assert found == ["2018-08-23", "2018-02-13", "2019-11-30", *[f"{REFUSED}turned"] * 3]
    found = read_dates({"day": column(*cells, "2018-06-25")}, "")["day"].cells.values()
    assert "2018-05-06" in [*found]


def load(make_cohort, rows, keys="", study=STUDY, **tables):
    return load_cohort(make_cohort(HEAD + rows, study.replace("KEYS", keys), **tables))


def test_a_last_contact_with_a_status_gives_the_day_of_death(make_cohort):
    frame = load(make_cohort, "A;23.08.2018;24.09.2018;dead;01.09.2018\nB;05.01.2019;05.02.2019;alive;\n").patients
    assert frame["last_contact_day"].tolist() == [32, 31]
    assert frame["death_day"].tolist()[0] == 32
    assert frame["death_day"].isna().tolist() == [False, True]
    assert frame["transplant_day"].tolist()[0] == 9


def test_a_cell_that_is_no_date_is_one_fault_by_column_and_no_empty_cell(make_cohort):
    with pytest.raises(CohortError) as error:
        load(make_cohort, "A;23.08.2018;24.09.18;dead;\nB;when;05.02.2019;alive;2019\n")
    assert [(fault.column, fault.rows, fault.problem) for fault in error.value.faults] == [
        ("death_day (date seen)", (2,), REASONS["short"][0]),
        ("last_contact_day (date seen)", (2,), REASONS["short"][0]),
        ("transplant_day (date allo)", (3,), REASONS["part"][0]),
        ("infusion_date", (3,), REASONS["none"][0]),
    ]


def test_a_file_whose_dates_read_two_ways_asks_for_the_key(make_cohort):
    rows = "A;05/06/2018;07/08/2018;dead;\n"
    with pytest.raises(CohortError, match=r'dates = "dmy" \(day first\) or dates = "mdy"'):
        load(make_cohort, rows)
    assert load(make_cohort, rows, 'dates = "mdy"').patients["infusion_date"].tolist() == [pd.Timestamp(2018, 5, 6)]


RECORDS = STUDY + '[adverse_events]\nonset_day = {date = "began"}\n[blood_counts]\nday = {date = "taken"}\n'


def test_dates_of_events_and_samples_are_days_since_the_infusion_of_the_patient(make_cohort):
    rows = "A;23.08.2018;24.09.2018;dead;\nB;05.01.2019;05.02.2019;alive;\n"
    events = "patient_id,term,grade,began\nB,Fever,1,2019-01-08\nA,Rash,2,2018-08-20\nA,Rash,2,\n"
    samples = "patient_id;taken;anc_e9_per_l\nA;30/08/2018;1,5\n"
    cohort = load(make_cohort, rows, study=RECORDS, adverse_events=events, blood_counts=samples)
    assert cohort.adverse_events["onset_day"].tolist()[:2] == [3, -3]
    assert cohort.adverse_events["onset_day"].isna().tolist() == [False, False, True]
    assert cohort.blood_counts[["day", "anc_e9_per_l"]].to_numpy().tolist() == [[7, 1.5]]
    assert not {"began", "taken", "infusion_date"} & {*cohort.adverse_events, *cohort.blood_counts}


def test_events_without_an_infusion_to_count_from_are_faults_once(make_cohort):
    events = "patient_id,term,grade,began\nA,Fever,1,2019-01-08\nB,Fever,1,2019-01-08\nZ,Fever,1,2019-01-08\n"
    with pytest.raises(CohortError) as error:
        load(make_cohort, "A;;;;\nB;then;05.02.2019;alive;\n", study=RECORDS, adverse_events=events)
    found = {(fault.file, fault.rows, fault.column): fault.problem for fault in error.value.faults}
    assert "there is a date but no infusion_date" in found["adverse_events.csv", (2,), "onset_day (date began)"]
    assert found["adverse_events.csv", (4,), "patient_id"] == "not a patient of the patients file"
    assert [place for place in found if place[0] == "adverse_events.csv" and 3 in place[1]] == []


def test_a_date_is_no_source_of_what_is_no_day(make_cohort):
    study = STUDY.replace("[[arms]]", 'crs_duration_days = {date = "allo"}\n[[arms]]', 1)
    with pytest.raises(CohortError, match="crs_duration_days: a date is read for columns of a day only"):
        load(make_cohort, "A;23.08.2018;24.09.2018;dead;\n", study=study)


@settings(max_examples=300, deadline=None)
@given(
    st.text(alphabet="0123456789./- :T年月日janAugdec", min_size=4, max_size=12),
    st.sampled_from(["", "dmy", "mdy", "excel"]),
)
def test_every_text_is_a_date_or_refused_with_a_reason(text, declared):
    found = read_dates({"day": column(text)}, declared)["day"].cells
    assert found.texts[0].removeprefix(REFUSED) in REASONS or not np.isnat(to_dates(found)[0])
