"""What a hostile or careless hand puts where a reader's text enters: refused in words, or read as it is."""

import pandas as pd
import pytest

from helpers.audit.published import check_cohort
from helpers.cohort import CohortError, load_cohort
from helpers.cohort.findings import Findings
from helpers.cohort.reading import open_file
from helpers.faults import CONTROL, FaultError
from helpers.study import StudyError, load_study
from tests.hostile import ALIKE, SEEN, UNSEEN

STUDY = """
title = "T{x}"
synthetic = true
[time]
unit = "days"
zero = "Z{x}"
treated = "D{x}"
[files]
blood_counts = "{x}.csv"
[columns]
sex = {{ column = "sex", values = {{ "{x}" = "female" }} }}
[[arms]]
key = "one"
label = "A{x}"
[[arms]]
key = "two"
label = "B{x}"
[contrast]
treated = ["two"]
control = ["one"]
label = "C{x}"
treated_label = "T{x}"
control_label = "U{x}"
[endpoints.os]
label = "O{x}"
[[covariates]]
column = "site"
label = "S{x}"
type = "categorical"
reference = "{x}"
[[covariates]]
column = "age_years"
label = "Age"
type = "continuous"
unit = "10 {x}"
[[exposures]]
key = "transplant"
label = "E{x}"
columns = ["transplant_day"]
[[flow]]
label = "F{x}"
patients = 20
stopped = {{ "{x}" = 1 }}
"""
PLACES = """top of the file title|[time] zero|[time] treated|[files] blood_counts|[columns] sex values|[[arms]] 1 label
[[arms]] 2 label|[contrast] label|[contrast] treated_label|[contrast] control_label|[endpoints] os label
[[covariates]] 1 label|[[covariates]] 1 reference|[[covariates]] 2 unit|[[exposures]] 1 label|[[flow]] 1 label
[[flow]] 1 stopped"""
PUBLISHED = "key,section,claim,endpoint,measure,value,method,remark\na,cohort,{0},cohort,count,8,{0},{0}\n"


def quoted(text):
    """A text as it stands between the quotes of TOML."""
    written = text.replace("\\", "\\\\").replace('"', '\\"')
    return "".join(f"\\u{ord(sign):04x}" if ord(sign) < 32 or ord(sign) == 127 else sign for sign in written)


def study_with(text, files=""):
    return STUDY.format(x=quoted(text)).replace(f'blood_counts = "{quoted(text)}.csv"', files)


def patients_with(patients, text):
    """Patients in two sites, one called so, the other `north`."""
    return patients.assign(site=[text, "north"] * 4)


def events_with(text):
    return pd.DataFrame(
        {"patient_id": ["P01", "P02"], "term": [text, "Fever"], "system_organ_class": ["x", text], "grade": [1, 2]}
    )


def message(error):
    said = str(error.value)
    assert not CONTROL.search(said)
    return said


@pytest.mark.parametrize("name", UNSEEN)
def test_what_is_not_seen_is_refused_at_every_place_of_the_study(make_cohort, patients, name):
    with pytest.raises(StudyError) as error:
        load_study(make_cohort(patients, STUDY.format(x=quoted(UNSEEN[name]))))
    said = message(error)
    for place in PLACES.replace("\n", "|").split("|"):
        assert f"{place}: a character that cannot be printed or is not seen" in said, place


@pytest.mark.parametrize("name", UNSEEN)
def test_what_is_not_seen_is_refused_in_cells_by_row(make_cohort, patients, study_toml, name):
    text = UNSEEN[name]
    study = study_toml + '[[covariates]]\ncolumn = "site"\nlabel = "S"\ntype = "categorical"\nreference = "north"\n'
    folder = make_cohort(patients_with(patients, text), study, adverse_events=events_with(text))
    (folder / "published.csv").write_text(PUBLISHED.format(text), encoding="utf-8")
    with pytest.raises(FaultError) as error:
        check_cohort(folder)
    said = message(error)
    assert "patients.csv rows 2, 4, 6, 8, site: a character that cannot be printed or is not seen" in said
    assert "adverse_events.csv row 2, term: a character" in said
    assert "adverse_events.csv row 3, system_organ_class: a character" in said
    assert "published.csv row" in said


@pytest.mark.parametrize("name", SEEN)
def test_other_texts_are_read_as_they_are(make_cohort, patients, name):
    text = SEEN[name]
    folder = make_cohort(patients_with(patients, text), study_with(text), adverse_events=events_with(text))
    (folder / "published.csv").write_text(PUBLISHED.format('"' + text.replace('"', '""') + '"'), encoding="utf-8")
    cohort = check_cohort(folder)
    study = cohort.study
    assert [arm.label for arm in study.arms] == [f"A{text}", f"B{text}"]
    assert (study.title, study.time_zero, study.comparison) == (f"T{text}", f"Z{text}", f"C{text}")
    assert [*study.flow[0].stopped] == [text] == [study.covariates[0].reference]
    assert [*cohort.patients["site"].unique()] == [text, "north"]
    assert [*cohort.adverse_events["term"]] == [text, "Fever"]


@pytest.mark.parametrize("pair", ALIKE.values(), ids=ALIKE.keys())
def test_labels_and_levels_that_look_the_same_are_refused(make_cohort, patients, study_toml, pair):
    labels = study_toml.replace("Arm one", pair[0]).replace("Arm two", pair[1])
    with pytest.raises(StudyError, match=r"\[\[arms\]\] label: given twice"):
        load_study(make_cohort(patients, labels))
    study = study_toml + '[[covariates]]\ncolumn = "site"\nlabel = "S"\ntype = "categorical"\nreference = "north"\n'
    sites = patients.assign(site=["north", *pair, *["north"] * 5])
    with pytest.raises(CohortError, match=r"patients\.csv rows 3, 4, site: looks like another word of the column"):
        load_cohort(make_cohort(sites, study))
    mapped = f'[columns]\nsite = {{ column = "site", values = {{ 1 = "{pair[0]}", 2 = "{pair[1]}" }} }}\n'
    with pytest.raises(StudyError, match=r"\[columns\] site values: two words that look the same"):
        load_study(make_cohort(patients, study_toml + mapped))


def test_one_word_of_two_alphabets_is_refused(make_cohort, patients, study_toml):
    with pytest.raises(StudyError, match=r"\[\[arms\]\] label: a word with letters of two alphabets"):
        load_study(make_cohort(patients, study_toml.replace("Arm one", "T\u0430ndem")))
    whole = study_toml.replace("Arm one", "\u0410\u0440\u043c\u0430 one")  # a word of one alphabet beside another
    assert load_study(make_cohort(patients, whole)).arms[0].label.endswith("one")


def test_a_code_that_only_looks_like_a_declared_one_is_not_known(make_cohort, patients):
    patients.loc[3, "arm"] = "tw\u043e"
    with pytest.raises(CohortError, match=r"patients\.csv row 5, arm: not one of the allowed words"):
        load_cohort(make_cohort(patients))


def test_one_text_in_two_spellings_is_one_text(make_cohort, patients, study_toml):
    study = study_toml.replace('key = "one"', 'key = "\u00e9t\u00e9 1"')
    study += '[columns]\nsex = { column = "sex", values = { "o\u0308 x" = "male" } }\n'
    patients["arm"] = ["e\u0301te\u0301\u00a01", "two", "\u00e9t\u00e9 1", "two"] * 2
    patients["sex"] = ["\u00f6\u00a0x", "female"] * 4
    read = load_cohort(make_cohort(patients, study)).patients
    assert [read[name].value_counts().to_list() for name in ("arm", "sex")] == [[4, 4], [4, 4]]


def test_cells_that_are_spelt_anew_are_counted(tmp_path):
    (tmp_path / "patients.csv").write_text("id,arm\n1,e\u0301te\u0301\n2,a\u00a0b\n3, c\n4,\u00e9\n", encoding="utf-8")
    findings = Findings()
    table = open_file(tmp_path / "patients.csv", findings).text(["arm"], findings)
    assert [*table.columns["arm"].values()] == ["\u00e9t\u00e9", "a b", "c", "\u00e9"]
    said = {row.what: row.cells for row in findings.normalised}
    assert said == {
        "blanks around the text removed": 1,
        "no-break blanks and accents of their own read as usual ones": 2,
    }


def test_brackets_without_end_are_a_fault(make_cohort, patients):
    with pytest.raises(StudyError, match="not valid TOML: too many brackets"):
        load_study(make_cohort(patients, "a = " + "[" * 5000))


def test_a_header_with_a_sign_that_is_not_seen_is_found(make_cohort, patients):
    renamed = patients.rename(columns={"age_years": "age_years\u200b", "sex": "\ufeffSex"})
    assert load_cohort(make_cohort(renamed)).recorded("age_years", "sex")


def test_the_name_of_the_folder_is_looked_at_too(make_cohort, patients, tmp_path):
    folder = make_cohort(patients).rename(tmp_path / "a\x1b[31m\u202eb")
    with pytest.raises(StudyError, match="the folder: its name has a character") as error:
        load_study(folder)
    message(error)


def test_cells_longer_than_a_label_are_refused(make_cohort, patients):
    events = events_with("x" * 256)
    with pytest.raises(CohortError, match=r"adverse_events\.csv row 2, term: longer than 255 letters"):
        load_cohort(make_cohort(patients, adverse_events=events))


@pytest.mark.parametrize("side", ["treated_label", "control_label"])
def test_reserved_words_are_no_label_of_a_side(make_cohort, patients, study_toml, side):
    contrast = f'[contrast]\ntreated = ["two"]\ncontrol = ["one"]\n{side} = "\uff21ll"\n'
    with pytest.raises(StudyError, match=rf"\[contrast\] {side}: the words All and Arms are reserved"):
        load_study(make_cohort(patients, study_toml + contrast))
