"""Numbers with commas, points and percent signs: one meaning for a column, or a fault that asks."""

import numpy as np
import pytest

from helpers.cohort import CohortError, load_cohort
from helpers.cohort.numbers import REASONS, Style, read_numbers
from helpers.cohort.texts import Texts

TYPED, COMMAS, SEMICOLONS, TABS = Style("", ""), Style("", ","), Style("", ";"), Style("", "\t")


def column(*cells):
    return Texts.of(np.array(cells, dtype=object))


@pytest.mark.parametrize(
    ("style", "cells", "numbers", "reasons"),
    [
        (SEMICOLONS, ["1,5", "7", "1.234,5"], [1.5, 7, 1234.5], ""),
        (SEMICOLONS, ["1,234"], [1.234], ""),
        (SEMICOLONS, ["1,5", "1.234"], [1.5, None], "point"),
        (SEMICOLONS, ["1,5", "44.5"], [1.5, None], "mixed"),
        (SEMICOLONS, ["1.234", "7"], [None, 7], "point"),
        (SEMICOLONS, ["1.234", "7.5", "0.125"], [1.234, 7.5, 0.125], ""),
        (TABS, ["1,5", "1,234"], [1.5, 1.234], ""),
        (TABS, ["1,234"], [None], "comma"),
        (TABS, ["1.234"], [1.234], ""),
        (COMMAS, ["1.234", "1e3", "+7"], [1.234, 1000, 7], ""),
        (COMMAS, ["1,5"], [None], "comma"),
        (COMMAS, ["1,234.5"], [1234.5], ""),
        (TYPED, ["1,5", "1.234", "14.5"], [1.5, 1.234, 14.5], ""),
        (TYPED, ["1.234", "1,5"], [1.234, 1.5], ""),
        (TYPED, ["1,234"], [None], "comma"),
        (Style(",", ","), ["1.234", "1,5", "1.234,5"], [1234, 1.5, 1234.5], ""),
        (Style(",", ";"), ["44.5"], [None], "mixed"),
        (Style(".", ";"), ["1,234", "1.234", "1,234.5"], [1234, 1.234, 1234.5], ""),
        (Style(".", ";"), ["1,5"], [None], "mixed"),
        (COMMAS, ["1 000", "1_000", "<5", "0x1F", "twelve"], [None] * 5, "none"),
        (COMMAS, ["n.d.", "?", "unbekannt", "未知", "k.A."], [None] * 5, "word"),
        (COMMAS, ["45%"], [None], "percent"),
    ],
)
def test_each_column_has_one_way_to_write_numbers(style, cells, numbers, reasons):
    found = read_numbers({"x": column(*cells)}, style, ())["x"]
    assert [None if np.isnan(value) else value for value in found.values] == numbers
    assert {*found.reasons.values()} == {*filter(None, [reasons])}


def test_a_column_of_decimal_commas_makes_points_of_others_doubtful():
    columns = {"a": column("1,5"), "b": column("1.234"), "c": column("1,234")}
    found = read_numbers(columns, TABS, ())
    assert (found["b"].reasons, found["c"].values.tolist()) == ({"1.234": "point"}, [1.234])


def test_what_was_read_is_counted_by_cells():
    found = read_numbers(
        {"x": column("1,5", "1,5", "2", "1.234,5"), "y": column("45%", "45 %", "7")}, SEMICOLONS, ["y"]
    )
    assert (found["x"].changes, found["y"].changes) == ({"decimal comma": 3}, {"percent sign": 2})
    assert found["y"].values.tolist() == [45, 45, 7]


GERMAN = (
    "patient_id;arm;age_years;bm_blasts_pct;last_contact_day;sex;death_day\n"
    "A;one;44,5;45 %;1.234;f;\n B ;Two;30;0,5%;7; Female;\nC;one;NA;;99;n.d.;\n"
)


def test_points_among_decimal_commas_ask_for_the_key_and_then_mean_thousands(make_cohort, study_toml):
    with pytest.raises(CohortError) as error:
        load_cohort(make_cohort(GERMAN.replace("n.d.", "")))
    assert [(fault.rows, fault.column, fault.problem) for fault in error.value.faults] == [
        ((2,), "last_contact_day", REASONS["point"][0])
    ]
    study = f'{study_toml}[files.patients]\nfile = "patients.csv"\ndecimal = ","\nmissing = ["n.d."]\n'
    frame = load_cohort(make_cohort(GERMAN, study)).patients
    assert frame["last_contact_day"].tolist() == [1234, 7, 99]
    assert frame["bm_blasts_pct"].tolist()[:2] == [45, 0.5]


def test_a_number_without_a_meaning_says_what_to_do(make_cohort, patients):
    patients.loc[[1, 3], "age_years"] = ["k.A.", "44,5"]
    with pytest.raises(CohortError) as error:
        load_cohort(make_cohort(patients))
    assert [(fault.rows, fault.remedy) for fault in error.value.faults] == [
        ((3,), REASONS["word"][1]),
        ((5,), REASONS["comma"][1]),
    ]
    assert "k.A." not in str(error.value)
