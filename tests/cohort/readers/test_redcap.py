"""Raw exports of REDCap with their data dictionary: one row per patient or per instance, in words, or a fault."""

import re

import pytest

from helpers.cohort import CohortError, load_cohort
from helpers.cohort.findings import Findings
from helpers.cohort.reading import open_file
from helpers.study.sources import FileSource

DICTIONARY = """Variable / Field Name,Form Name,Section Header,Field Type,Field Label,"Choices, Calculations, OR \
Slider Labels",Field Note,Text Validation Type OR Show Slider Number,Text Validation Min,Text Validation Max,Identifier?
record_id,base,,text,Record ID,,,,,,
arm,base,,radio,Arm,"1, one | 2, two",,,,,
sex,base,,radio,Sex,"1, <b>Female</b> | 2, Male",,,,,
dead,base,,yesno,Died?,,,,,,
os,base,,text,Days,,,number,,,
resp,outcome,,dropdown,Best response,"1, CR | 2, CRi | 3, NR | 99, Not evaluable",,,,,
race,base,,checkbox,Race,"1, White | 2, Black, African | -9, Other",,,,,
"""
RECORDS = """record_id,redcap_repeat_instrument,redcap_repeat_instance,arm,sex,dead,os,resp,race___1,race___2,\
race____9,base_complete,ae_term,ae_grade
1,,,1,1,1,400,1,1,1,0,2,,
1,toxicity,1,,,,,,,,,,Fever,2
1,toxicity,2,,,,,,,,,,Rash,1
2,,,2,2,0,700,99,0,0,1,2,,
2,toxicity,1,,,,,,,,,,Fever,3
"""
EVENTS = """record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,arm,sex,dead,os,resp
1,baseline_arm_1,,,1,1,,,
1,month_1_arm_1,,,,,1,400,1
1,month_3_arm_1,,,,,,,2
2,baseline_arm_1,,,2,2,,,
2,month_1_arm_1,,,,,0,700,3
"""
STUDY = """
title = "Small study"
synthetic = true
[time]
unit = "days"
[files]
patients = { file = "records.csv", format = "redcap", beside = ["dictionary.csv"] }
[columns]
patient_id = "record_id"
death_day = { time = "os", event = "dead" }
last_contact_day = "os"
response = "resp"
[[arms]]
key = "one"
label = "One"
[[arms]]
key = "two"
label = "Two"
"""


@pytest.fixture
def read(tmp_path):
    """Reads records as a table of texts by column: what the study says of the file, and the file's raw table."""

    def make(records=RECORDS, dictionary=DICTIONARY, **keys):
        (tmp_path / "records.csv").write_text(records, encoding="utf-8")
        (tmp_path / "dictionary.csv").write_text(dictionary, encoding="utf-8")
        source = FileSource("records.csv", format="redcap", **{"beside": ("dictionary.csv",), **keys})
        findings = Findings()
        opened = open_file(tmp_path / "records.csv", findings, source)
        if opened is None:
            return None, None, "\n".join(map(str, findings.faults))
        table = opened.text([name for name in opened.header if name], findings)
        cells = {
            name: ["" if text != text else text for text in column.values()] for name, column in table.columns.items()
        }
        return cells, opened.raw, list(table.rows)

    return make


def load(tmp_path, records, study=STUDY, dictionary=DICTIONARY):
    folder = tmp_path / "study"
    folder.mkdir(exist_ok=True)
    for name, text in {"study.toml": study, "records.csv": records, "dictionary.csv": dictionary}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return load_cohort(folder)


def test_patients_have_a_row_each_in_words_and_instances_are_another_table(read, tmp_path):
    cells, raw, rows = read()
    assert rows == [2, 5]
    assert cells["sex"] == ["Female", "Male"]
    assert cells["race"] == ["White; Black, African", "Other"]
    assert cells["race____9"] == ["0", "1"]
    assert "base_complete" not in cells
    assert "codes in words of dictionary.csv: arm, sex, dead, resp" in raw.said
    assert raw.labels["resp"] == "Best response"
    assert raw.changes[raw.header.index("sex")] == {"labels in place of codes": 2}
    cells, _, rows = read(instrument="toxicity")
    assert (cells["record_id"], cells["ae_term"], rows) == (["1", "1", "2"], ["Fever", "Rash", "Fever"], [3, 4, 6])
    assert read(instrument="Toxicity")[2] == rows  # as a labelled export writes it
    file = STUDY[STUDY.index("{ file") : STUDY.index(" }\n[columns]")]
    study = STUDY.replace("[columns]", f'adverse_events = {file}, instrument = "toxicity" }}\n[columns]')
    study += '[adverse_events]\npatient_id = "record_id"\nterm = "ae_term"\ngrade = "ae_grade"\n'
    cohort = load(tmp_path, RECORDS, study)
    assert cohort.patients["response"].tolist() == ["cr", "not_evaluable"]
    assert cohort.patients["death_day"].notna().tolist() == [True, False]
    assert cohort.adverse_events["grade"].tolist() == [2, 1, 3]


@pytest.mark.parametrize("headers", ["field_name,form_name,section_header,field_type,field_label,"])
def test_the_dictionary_may_come_from_the_interface_for_programs(read, headers):
    rest = "select_choices_or_calculations,field_note,text_validation_type_or_show_slider_number,a,b,identifier\n"
    cells, *_ = read(dictionary=headers + rest + DICTIONARY.partition("\n")[2])
    assert cells["resp"] == ["CR", "Not evaluable"]


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("sex,base,,radio,Sex,,,,,,y", "marked as an identifier"),
        ("sex,base,,text,Sex,,,email,,,", "marked as an identifier"),
        ("sex,base,,text,Sex,,,phone,,,", "marked as an identifier"),
        ("sex,base,,notes,Sex,,,,,,", "free text"),
        ("sex,base,,file,Sex,,,,,,", "an uploaded file"),
    ],
)
def test_fields_that_identify_or_hold_free_text_are_dropped_and_named(read, tmp_path, field, reason):
    dictionary = DICTIONARY.replace(next(line for line in DICTIONARY.splitlines() if line.startswith("sex,")), field)
    cells, raw, _ = read(dictionary=dictionary)
    assert "sex" not in cells
    assert any(item.name == "sex" and reason in item.reason for item in raw.left_out)
    with pytest.raises(CohortError, match=f"there is no column .sex.*It is not read: {reason}"):
        load(tmp_path, RECORDS, STUDY.replace("[columns]", '[columns]\nsex = "sex"'), dictionary)


def test_headers_that_look_like_identifiers_are_dropped_and_named(read):
    cells, raw, _ = read(RECORDS.replace("ae_term", "surname"))
    assert "surname" not in cells
    assert "surname" in [item.name for item in raw.left_out]


def test_a_record_name_that_looks_like_a_hospital_number_is_a_fault(read):
    *_, said = read(RECORDS.replace("record_id", "mrn"), DICTIONARY.replace("record_id", "mrn"))
    assert "records.csv row 1, column 1: the header looks like a hospital" in said


def test_a_number_of_the_study_can_be_read_and_is_no_fault_when_it_is_not(tmp_path):
    header, *lines = RECORDS.splitlines()
    records = "\n".join([f"{header},patient_nr", *(f"{line},7{number}" for number, line in enumerate(lines)), ""])
    assert load(tmp_path, records).patients["patient_id"].tolist() == ["1", "2"]
    study = STUDY.replace('"record_id"', '"patient_nr"')
    assert load(tmp_path, records, study).patients["patient_id"].tolist() == ["70", "73"]


def test_fields_in_one_of_the_files_only_are_named(read):
    _, raw, _ = read(dictionary=DICTIONARY + "dose,base,,text,Dose,,,,,,\n")
    assert ("dose", "in dictionary.csv, but not in the export") in [(item.name, item.reason) for item in raw.left_out]
    assert "not in dictionary.csv, read as they are: ae_term, ae_grade" in raw.said


def test_a_cell_that_is_no_choice_is_a_fault_unless_it_is_missing(tmp_path):
    records = RECORDS.replace("2,,,2,2,0,700,99", "2,,,2,2,0,700,-7")
    with pytest.raises(CohortError, match=r"row 5, response \(resp\): no choice of the data dictionary") as error:
        load(tmp_path, records)
    assert "-7" not in str(error.value)
    study = STUDY.replace('response = "resp"', 'response = { column = "resp", missing = [-7] }')
    assert load(tmp_path, records, study).patients["response"].isna().tolist() == [False, True]


def test_a_box_that_is_neither_ticked_nor_not_is_a_fault(tmp_path):
    study = STUDY.replace("[columns]", '[columns]\nextramedullary_disease = "race___1"')
    assert load(tmp_path, RECORDS, study).patients["extramedullary_disease"].tolist() == ["yes", "no"]
    for mapped in (study, study.replace('"race___1"', '{ column = "race", values = { White = "yes" } }')):
        with pytest.raises(CohortError, match=r"row 5, extramedullary_disease \(race.*: no choice of"):
            load(tmp_path, RECORDS.replace("700,99,0", "700,99,5"), mapped)


def test_a_code_that_is_another_choices_word_is_no_choice(tmp_path):
    choices = DICTIONARY.replace('"1, CR | 2, CRi | 3, NR | 99, Not evaluable"', '"0, 1 | 1, CR | 9, CRi"')
    records = RECORDS.replace("700,99", "700,9").replace("400,1", "400,0")
    with pytest.raises(CohortError, match=r"row 5, response .resp.: no choice"):
        load(tmp_path, records.replace("700,9", "700,8"), dictionary=choices)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('event = "dead" }', 'event = "dead", event_codes = [1] }', 'death_day: the code "1" of dead .*Write "Yes"'),
        ('event = "dead" }', 'event = "dead", unknown = [0] }', 'death_day: the code "0" of dead .*Write "No"'),
        ('"resp"', '{ column = "resp", values = { 1 = "cr", CRi = "cri" } }', 'response: the code "1" of resp .*"CR"'),
        ('"resp"', '{ column = "resp", missing = [99] }', 'response: the code "99" of resp .*"Not evaluable"'),
        ('csv"] }', 'csv"], where = { sex = [1] } }', 'where: the code "1" of sex .*"Female"'),
    ],
)
def test_codes_in_study_toml_that_are_read_as_words_are_faults(tmp_path, old, new, place):
    with pytest.raises(CohortError, match=place):
        load(tmp_path, RECORDS, STUDY.replace(old, new))


def test_missing_codes_of_the_file_count_for_choices_too(tmp_path):
    cohort = load(tmp_path, RECORDS, STUDY.replace('csv"] }', 'csv"], missing = [99] }'))
    assert cohort.patients["response"].isna().tolist() == [False, True]


def test_a_labelled_export_is_read_as_it_is(read):
    words = RECORDS.replace(",,,1,1,1,400,1,1,1,0", ",,,one,Female,Yes,400,CR,Checked,Checked,Unchecked")
    words = words.replace(",,,2,2,0,700,99,0,0,1", ",,,two,Male,No,700,Not evaluable,Unchecked,Unchecked,Checked")
    cells, raw, _ = read(words)
    assert (cells["sex"], cells["race"]) == (["Female", "Male"], ["White; Black, African", "Other"])
    assert "a labelled export, words as they are: arm, sex, dead, resp" in raw.said


CRS = "0, None | 1, Grade 1 - mild | 2, Grade 2 (oxygen) | 3, Grade 3 | 99, Not known"


@pytest.mark.parametrize(
    ("choices", "read_as"),
    [
        (CRS, ["1", "Not known"]),
        ("1, CTCAE grade 1 | 99, Gr 99", ["1", "99"]),
        ("1, Grade 1 or 2 | 99, Grade 3 to 4", ["Grade 1 or 2", "Grade 3 to 4"]),
        ("1, Grade 2 | 99, Grade 3", ["Grade 2", "Grade 3"]),
        ("1, Grade 1+ | 2, Grade 2 | 99, None", ["Grade 1+", "None"]),
        ("1, 1 line | 2, 2 lines | 99, 3 or more", ["1 line", "3 or more"]),
    ],
)
def test_choices_that_are_grades_are_numbers_and_no_others(read, choices, read_as):
    dictionary = DICTIONARY.replace("1, CR | 2, CRi | 3, NR | 99, Not evaluable", choices)
    cells, raw, _ = read(dictionary=dictionary)
    assert cells["resp"] == read_as
    assert ("grades as numbers: resp" in raw.said) is read_as[0].isdigit()
    words = dict(choice.split(", ", 1) for choice in choices.split(" | "))
    labelled = RECORDS.replace(",,,1,1,1,400,1,", f",,,one,Female,Yes,400,{words['1']},")
    labelled = labelled.replace(",,,2,2,0,700,99,", f",,,two,Male,No,700,{words['99']},")
    assert read(labelled, dictionary)[0]["resp"] == read_as


def test_two_choices_of_one_word_stay_apart(read):
    cells, *_ = read(
        dictionary=DICTIONARY.replace("1, CR | 2, CRi | 3, NR | 99, Not evaluable", "1, Other | 99, other")
    )
    assert cells["resp"] == ["Other [1]", "other [99]"]


@pytest.mark.parametrize(
    ("change", "keys", "words"),
    [
        (("", ""), {"beside": ()}, "there is no data dictionary beside the records"),
        (("", ""), {"beside": ("none.csv",)}, "none.csv: no such file in the cohort folder"),
        (("", ""), {"instrument": "labs"}, 'no repeating instrument "labs".*"toxicity"'),
        (("", ""), {"events": ("week",)}, 'there is no event "week"'),
        (("record_id", "Record ID"), {}, "no column is a field|labels"),
        (("arm,sex,dead,os", "Arm,Sex,Died?,Days"), {}, "the header holds labels"),
        (("ae_term", "sex"), {}, "the header is the same as that of column 5"),
    ],
)
def test_an_export_that_cannot_be_put_together_says_why(read, change, keys, words):
    records = RECORDS.replace(*change) if change[0] else RECORDS
    if change[0] == "record_id":
        records = records.replace("arm,sex,dead,os,resp", "a,b,c,d,e").replace("race_", "box").replace("base_c", "c")
    cells, _, said = read(records, **keys)
    assert cells is None
    assert re.search(words, said)


def test_a_record_name_that_identifies_is_a_fault(read):
    *_, said = read(dictionary=DICTIONARY.replace("Record ID,,,,,,", "Record ID,,,,,,y"))
    assert "the record's name is marked as an identifier" in said


def test_events_must_be_chosen(read):
    *_, said = read(EVENTS)
    assert 'events = ["baseline_arm_1", "month_1_arm_1", "month_3_arm_1"]' in said


def test_a_row_of_no_event_is_a_fault(read):
    *_, said = read(EVENTS.replace("2,month_1_arm_1", "2,"), events=("baseline_arm_1", "month_1_arm_1"))
    assert "records.csv row 6, redcap_event_name: no name of an event" in said


def test_fields_of_one_event_keep_their_name_and_others_carry_the_events(read, tmp_path):
    cells, raw, rows = read(EVENTS, events=("baseline_arm_1", "month_1_arm_1", "month_3_arm_1"))
    assert rows == [2, 5]
    assert (cells["sex"], cells["os"]) == (["Female", "Male"], ["400", "700"])
    assert "resp" not in cells
    assert cells["resp (month_1_arm_1)"] == ["CR", "NR"]
    assert cells["resp (month_3_arm_1)"] == ["CRi", ""]
    cells, raw, _ = read(EVENTS, events=("baseline_arm_1", "month_1_arm_1"))
    assert cells["resp"] == ["CR", "NR"]
    assert ("event", "month_3_arm_1") in [(item.kind, item.name) for item in raw.left_out]
    study = STUDY.replace('csv"] }', 'csv"], events = ["baseline_arm_1", "month_1_arm_1", "month_3_arm_1"] }')
    with pytest.raises(CohortError, match=r'no column "resp".*Several events hold it: "resp \(month_1_arm_1\)"'):
        load(tmp_path, EVENTS, study)
    bad = EVENTS.replace("700,3", "700,8")
    study = study.replace('"resp"', '"resp (month_1_arm_1)"')
    with pytest.raises(CohortError, match=r"row 5, response \(resp \(month_1_arm_1\)\): no choice"):
        load(tmp_path, bad, study)


def test_one_event_in_several_arms_is_one_event(read):
    records = EVENTS.replace("2,baseline_arm_1", "2,baseline_arm_2").replace("2,month_1_arm_1", "2,month_1_arm_2")
    events = ("baseline_arm_1", "baseline_arm_2", "month_1_arm_1", "month_1_arm_2", "month_3_arm_1")
    cells, *_ = read(records, events=events)
    assert cells["sex"] == ["Female", "Male"]
    assert cells["resp (month_1)"] == ["CR", "NR"]


def test_repeating_events_are_a_table_of_their_own(read):
    records = EVENTS + "1,month_3_arm_1,,2,,,,,3\n"
    *_, said = read(records, events=("baseline_arm_1", "month_3_arm_1"))
    assert "records.csv row 7, redcap_event_name: an event repeats for one patient: month_3_arm_1" in said
    cells, _, rows = read(records, events=("month_3_arm_1",))
    assert (cells["resp"], rows) == (["CRi", "NR"], [4, 7])


def test_boxes_that_nobody_ticked_do_not_make_a_field_of_several_events(read):
    header, *lines = EVENTS.splitlines()
    boxes = [",0,0,0", ",0,0,0", ",0,0,0", ",1,0,0", ",0,0,0"]
    records = "\n".join([f"{header},race___1,race___2,race____9", *map("".join, zip(lines, boxes, strict=True)), ""])
    cells, *_ = read(records, events=("baseline_arm_1", "month_1_arm_1"))
    assert (cells["race"], cells["race___1"], cells["race___2"]) == (["", "White"], ["0", "1"], ["0", "0"])


def test_an_instrument_that_repeats_at_some_events_only_needs_them_named(read):
    header, *lines = EVENTS.splitlines()
    repeated = ["1,month_3_arm_1,toxicity,1,,,,,,Fever", "2,month_3_arm_1,toxicity,1,,,,,,Rash"]
    records = "\n".join([f"{header},ae_term", f"{lines[0]},Chills", *(f"{line}," for line in lines[1:]), *repeated, ""])
    dictionary = DICTIONARY + "ae_term,toxicity,,text,Event,,,,,,\n"
    *_, said = read(records, dictionary, instrument="toxicity")
    assert "records.csv row 2, redcap_repeat_instrument: fields of the repeating instrument" in said
    cells, *_ = read(records, dictionary, instrument="toxicity", events=("month_3_arm_1",))
    assert cells["ae_term"] == ["Fever", "Rash"]
