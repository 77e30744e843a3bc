"""Cells that swallow rows, rows that would be lost, and messages that hold no cell."""

import pandas as pd
import pytest

from helpers.cohort import CohortError, load_cohort

SWALLOWED = (
    "quotation marks: a cell holds whole rows: a quotation mark is opened and closed, or never closed, rows later"
)
BROKEN = "a line break inside the cell: a quotation mark opened and not closed?"


def quoted(frame, column, first, last):
    """The text of a table with a quotation mark before a cell, and after one of a later row."""
    lines, place = frame.to_csv(index=False).splitlines(), list(frame).index(column)
    for row, marked in ((first, '"{}'), (last, '{}"')):
        if row:
            cells = lines[row - 1].split(",")
            cells[place] = marked.format(cells[place])
            lines[row - 1] = ",".join(cells)
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("last", [6, 30, 0], ids=["in the next row", "rows later", "never"])
@pytest.mark.parametrize("column", ["patient_id", "arm", "age_years", "infusion_date", "response", "note", "crs_grade"])
def test_a_quotation_mark_that_swallows_rows_stops_in_any_column(told, many, column, last):
    many.insert(5, "note", "well")  # not read
    assert told(quoted(many, column, 5, last)).faults == [f"patients.csv row 5, {SWALLOWED}"]


def test_a_table_of_events_may_not_swallow_rows_either(told, many):
    events = pd.DataFrame({"patient_id": many["patient_id"], "term": "Fever", "grade": "1"})
    assert told(many, adverse_events=quoted(events, "term", 3, 9)).faults == [f"adverse_events.csv row 3, {SWALLOWED}"]


@pytest.mark.parametrize("column", ["patient_id", "arm", "age_years", "infusion_date", "last_contact_day"])
def test_a_line_break_inside_a_cell_that_is_no_text_is_a_fault(told, many, column):
    many.loc[3, column] = many.loc[3, column][:1] + "\n" + many.loc[3, column][1:]
    assert f"patients.csv row 5, {column}: {BROKEN}" in told(many)


def test_line_breaks_in_texts_and_in_codes_that_the_study_knows_may_stand(told, many, study_toml):
    many.loc[3, "response"] = "CR\n(MRD-)"
    many = many.assign(remark="said\nin two lines")
    named = '[columns]\nresponse = { column = "response", values = { "CR (MRD-)" = "cr" } }\n'
    events = 'patient_id,term,grade\nS-001,"Fever,\nhigh",1\n'
    assert told(many, study_toml + named, adverse_events=events) == ([], [])


def test_a_patient_without_a_cell_that_is_read_is_not_left_out(told, many, study_toml):
    numbered = many.drop(columns="patient_id").assign(note="seen")
    study = study_toml.split('[[arms]]\nkey = "two"')[0] + "[columns]\npatient_id = { row_number = true }\n"
    numbered.loc[4, [name for name in numbered if name != "note"]] = ""
    study = study.replace("[columns]", '[columns]\narm = { column = "arm", values = { two = "one" } }')
    assert "patients.csv row 6, last_contact_day: empty, but needed in every row" in told(numbered, study)
    numbered.loc[4, "note"] = ""
    assert told(numbered, study) == ([], [])


def test_a_recorded_endpoint_needs_its_time_and_its_indicator(told, many, study_toml):
    study = study_toml + '[endpoints.lfs]\npopulation = "all"\norigin = "infusion"\ntime = "t2"\nevent = "d3"\n'
    many = many.assign(t2=many["last_contact_day"], d3=many["death_day"].ne("").astype(int).astype(str))
    assert told(many, study) == ([], [])
    many.loc[1, "t2"], many.loc[2, "d3"], many.loc[3, ["t2", "d3"]] = "", "", ""
    assert told(many, study).faults == [
        "patients.csv rows 3, 5, lfs_day, lfs_event: the recorded time is empty",
        "patients.csv row 4, lfs_day, lfs_event: a recorded time without its indicator",
    ]


def test_a_recorded_endpoint_of_patients_in_remission_is_empty_for_the_others(told, many, study_toml):
    study = study_toml + '[endpoints.lfs]\ntime = "t2"\nevent = "d3"\n'
    many = many.assign(t2=many["last_contact_day"], d3=many["death_day"].ne("").astype(int).astype(str))
    many.loc[1, ["response", "t2", "d3"]] = ["NR", "", ""]
    assert told(many, study).faults == []
    many.loc[2, ["response", "t2", "d3"]] = ["CR", "", ""]
    assert told(many, study).faults == ["patients.csv row 4, lfs_day, lfs_event: the recorded time is empty"]


def test_nothing_that_is_said_holds_a_cell_of_the_files(make_cohort, many):
    many.loc[0, "patient_id"], many.loc[1, "patient_id"] = "Xyzzy, John", "x@yzzy.org"
    many.loc[2, "patient_id"], many.loc[3, "patient_id"] = "s-006", "MRN0077077"
    many.loc[4, ["infusion_date", "last_contact_day"]] = ["1900-07-07", "8888"]
    many.loc[6, ["age_years", "crs_onset_day", "death_day"]] = ["77.25", "99999", "77777"]
    many.loc[8, ["response", "bm_blasts_pct"]] = ["Xyz\nzy", "-9.25"]
    many["crs_duration_days"] = [f"0.{row + 111}" for row in range(40)]
    events = pd.DataFrame(
        {"patient_id": ["S-007", "s-007", "Zzyx"] * 8, "term": "Xyzzy", "grade": "1", "onset_day": "3"}
    )
    with pytest.raises(CohortError) as error:
        load_cohort(make_cohort(pd.concat([many, many.iloc[10:14]]), adverse_events=events))
    assert len(error.value.faults) > 12
    assert error.value.questions
    cells = {cell for table in (many, events) for cell in table.astype(str).to_numpy().ravel() if len(cell) > 3}
    assert [cell for cell in sorted(cells) if cell in str(error.value)] == []
