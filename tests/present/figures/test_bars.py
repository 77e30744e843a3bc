import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from legible import assert_leaves_settings_alone, assert_legible, words

from helpers.present.figures.bars import plot_bars, plot_butterfly
from helpers.present.layout.theme import ARM_STYLES, GRADES

GROUPS = ["Single CD19 or CD22", "Tandem CD19/CD22", "Sequential CD19 and CD22"]
STYLES = dict(zip(GROUPS, ARM_STYLES, strict=False))
LONG = ["$x_1$ <b>a label with sixty characters, spaces and _signs_</b>", "_" + "x" * 59, "word " * 12]
GRADE_TERMS = [f"Grade {grade}" for grade in range(5)]


def counts(table, terms):
    rows = [
        {"group": group, "term": term, "events": count, "n": sum(numbers)}
        for group, numbers in table.items()
        for term, count in zip(terms, numbers, strict=True)
    ]
    return pd.DataFrame(rows)


def draw(rows, styles=None, **options):
    return plot_bars(rows, styles, **({"id": "crs", "caption": "CRS by arm"} | options))


def segments(figure, gid="segment"):
    return [patch for patch in figure.canvas.axes[0].patches if patch.get_label() == gid]


def by_arm():
    return counts(dict(zip(GROUPS, [[7, 1, 4, 6, 0], [3, 3, 1, 2, 5], [2, 0, 0, 1, 0]], strict=True)), GRADE_TERMS)


def test_segments_and_data_equal_the_counts():
    rows = by_arm()
    figure = draw(rows, STYLES)
    assert_legible(figure)
    np.testing.assert_array_equal(figure.data["events"], rows["events"])
    shares = [patch.get_width() for patch in segments(figure)]
    expected = (rows["events"] / rows["n"])[rows["events"] > 0]
    np.testing.assert_allclose(shares, expected)


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
    for patch in segments(figure):
        filled[patch.get_y()] = filled.get(patch.get_y(), 0) + patch.get_width()
    assert len(filled) == len(table) - empty
    np.testing.assert_allclose(list(filled.values()), 1)
    assert_legible(figure)


def test_grades_take_their_own_colour_even_when_some_are_absent():
    figure = draw(counts({"A": [3, 2]}, ["Grade 1", "Grade 4"]))
    assert [patch.get_facecolor() for patch in segments(figure)] != []
    colors = [patch.get_facecolor()[:3] for patch in segments(figure)]
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


def events_of(terms, share, groups=GROUPS[:2], sizes=(18, 14)):
    rows = [
        {"group": group, "term": term, "events": int(share * size / (1 + number / 3)), "n": size}
        for number, term in enumerate(terms)
        for group, size in zip(groups, sizes, strict=True)
    ]
    return pd.DataFrame(rows)


def butterfly(any_grade, severe, styles=STYLES, **options):
    return plot_butterfly(any_grade, severe, styles, **({"id": "ae", "caption": "Adverse events"} | options))


def test_wings_equal_the_counts_of_both_groups():
    terms = ["Neutropenia", "Infection", "Nausea"]
    any_grade, severe = events_of(terms, 0.9), events_of(terms, 0.5)
    figure = butterfly(any_grade, severe)
    assert_legible(figure)
    ends = sorted(patch.get_width() for patch in segments(figure, "any"))
    left = any_grade["group"] == GROUPS[0]
    np.testing.assert_allclose(ends, sorted(np.where(left, -1, 1) * any_grade["events"] / any_grade["n"]))
    drawn = sorted(abs(patch.get_width()) for patch in segments(figure, "severe"))
    np.testing.assert_allclose(drawn, sorted((severe["events"] / severe["n"])[severe["events"] > 0]))
    assert figure.data["severe_events"].sum() == severe["events"].sum()
    assert "16 (89%)" in words(figure)


def test_a_term_that_one_group_lacks_counts_zero_there():
    any_grade = events_of(["Neutropenia", "Nausea"], 0.9)
    figure = butterfly(any_grade.iloc[:3], any_grade.iloc[:0])
    lacking = figure.data[(figure.data["term"] == "Nausea") & (figure.data["group"] == GROUPS[1])]
    assert lacking[["events", "severe_events", "n"]].to_numpy().tolist() == [[0, 0, 14]]


def test_only_the_most_frequent_terms_are_drawn_and_the_caption_says_so():
    any_grade = events_of([f"Event {number}" for number in range(40)], 0.9)
    figure = butterfly(any_grade, any_grade, most=12)
    assert figure.data["term"].nunique() == 12
    assert figure.caption.endswith("The 12 most frequent of 40 terms.")


@pytest.mark.parametrize("share", [0.05, 0.5, 1.0])
def test_texts_of_butterflies_never_overlap(share):
    any_grade = events_of(["Neutropenia", "Infection of the blood stream", *LONG], share, LONG[:2], (137, 1000))
    styles = dict(zip(LONG[:2], ARM_STYLES, strict=False))
    assert_legible(butterfly(any_grade, any_grade.assign(events=any_grade["events"] // 3), styles))


def test_drawing_is_deterministic_and_leaves_settings_alone():
    assert draw(by_arm(), STYLES).metadata() == draw(by_arm(), STYLES).metadata()
    assert_leaves_settings_alone(lambda: draw(by_arm(), STYLES))


def test_nothing_to_draw_gives_the_reason_in_place_of_a_figure():
    assert draw(counts({"A": [0, 0]}, ["x", "y"])).role == "absent"
    assert draw(by_arm().iloc[:0]).text.startswith("Not recorded in this cohort: ")
    assert butterfly(events_of(["Nausea"], 0.9, GROUPS[1:], (4, 3)).assign(n=0, events=0), by_arm()).role == "absent"
