import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from legible import assert_leaves_settings_alone, assert_legible, rectangles, words

from helpers.present.figures.bars import plot_bars
from helpers.present.layout.colors import ARM_STYLES, GRADES

GROUPS = ["Single CD19 or CD22", "Tandem CD19/CD22", "Sequential CD19 and CD22"]
STYLES = dict(zip(GROUPS, ARM_STYLES, strict=False))
LONG = ["$x_1$ <b>a label with sixty characters, spaces and _signs_</b>", "_" + "x" * 59, "word " * 12]
GRADE_TERMS = [f"Grade {grade}" for grade in range(5)]


def counts(table, terms):
    rows = [
        {"group": group, "term": term, "level": term, "events": count, "n": sum(numbers)}
        for group, numbers in table.items()
        for term, count in zip(terms, numbers, strict=True)
    ]
    return pd.DataFrame(rows)


def draw(rows, styles=None, **options):
    return plot_bars(rows, styles, **({"id": "crs", "caption": "CRS by arm"} | options))


def by_arm():
    return counts(dict(zip(GROUPS, [[7, 1, 4, 6, 0], [3, 3, 1, 2, 5], [2, 0, 0, 1, 0]], strict=True)), GRADE_TERMS)


def test_segments_and_data_equal_the_counts():
    rows = by_arm()
    figure = draw(rows, STYLES)
    assert_legible(figure)
    np.testing.assert_array_equal(figure.data["events"], rows["events"])
    shares = [patch.width for patch in rectangles(figure.axes, "segment")]
    expected = (rows["events"] / rows["n"])[rows["events"] > 0]
    np.testing.assert_allclose(shares, expected)


def test_many_responses_have_a_colour_each():
    words = ["sCR", "CR", "VGPR", "PR", "Minimal response", "Stable disease", "Progressive disease", "Not evaluable"]
    figure = draw(counts({GROUPS[0]: [1] * len(words)}, words).assign(level=""), STYLES)
    assert len({tuple(patch.color) for patch in rectangles(figure.axes, "segment")}) == len(words)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=1, max_size=4))
def test_every_bar_is_full_or_says_no_patients(table):
    rows = counts({f"arm {number}": numbers for number, numbers in enumerate(table)}, ["a", "b", "c"])
    figure = draw(rows)
    if not rows["n"].sum():
        assert figure.role == "absent"
        return
    empty = sum(1 for numbers in table if not sum(numbers))
    assert words(figure).count("no patients") == empty
    filled = {}
    for patch in rectangles(figure.axes, "segment"):
        filled[patch.y] = filled.get(patch.y, 0) + patch.width
    assert len(filled) == len(table) - empty
    np.testing.assert_allclose(list(filled.values()), 1)
    assert_legible(figure)


def test_grades_take_their_own_colour_even_when_some_are_absent():
    figure = draw(counts({"A": [3, 2]}, ["Grade 1", "Grade 4"]))
    colors = [patch.color[:3] for patch in rectangles(figure.axes, "segment")]
    expected = [tuple(int(GRADES[grade][i : i + 2], 16) / 255 for i in (1, 3, 5)) for grade in (1, 4)]
    np.testing.assert_allclose(colors, expected)


def test_counts_that_do_not_fit_are_left_to_the_table():
    figure = draw(counts({"A": [997, 3]}, ["x", "y"]))
    assert "997" in words(figure)
    assert "3" not in words(figure)
    assert "y 3 (0.3%)" in figure.alt


def test_groups_follow_the_fixed_order_and_absent_ones_are_named():
    rows = by_arm().iloc[::-1]
    figure = draw(rows[rows["group"] != GROUPS[0]], STYLES)
    assert list(dict.fromkeys(figure.data["group"])) == GROUPS
    assert "No patients: Single CD19 or CD22." in figure.caption
    assert "no patients" in words(figure)


def test_description_gives_counts_and_percent():
    assert "Tandem CD19/CD22 (14 patients): Grade 0 3 (21.4%)" in draw(by_arm(), STYLES).alt


@pytest.mark.parametrize("labels", [LONG, GROUPS, list("abc")])
def test_texts_of_bars_never_overlap(labels):
    rows = counts(dict(zip(labels, [[7, 1, 9], [3, 3, 137], [2, 0, 1000]], strict=True)), LONG)
    assert_legible(draw(rows, dict(zip(labels, ARM_STYLES, strict=False))))


def test_drawing_is_deterministic_and_leaves_settings_alone():
    assert draw(by_arm(), STYLES).metadata() == draw(by_arm(), STYLES).metadata()
    assert_leaves_settings_alone(lambda: draw(by_arm(), STYLES))


def test_nothing_to_draw_gives_the_reason_in_place_of_a_figure():
    assert draw(counts({"A": [0, 0]}, ["x", "y"])).role == "absent"
    assert draw(by_arm().iloc[:0]).text.startswith("Not recorded in this cohort: ")
