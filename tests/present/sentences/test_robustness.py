"""Sentences, tables and cards of the robustness report against recounts of the rows they are given."""

import numpy as np
import pandas as pd
import pytest
from legible import assert_legible, words

from helpers import marks
from helpers.audit import ensemble_values, range_estimates, ranges, shares_card
from helpers.cohort import load_cohort
from helpers.present.figures.p_values import plot_p_values
from helpers.present.sentences import robustness
from helpers.present.tables import robustness as tables
from helpers.stats.estimates import estimates, stack, with_ids
from helpers.stats.planning import plan_proportions, plan_survival
from helpers.stats.proportions import FISHER, compare

TESTS = {FISHER: 0.07, "Pearson chi-square": 0.042, "Wald logistic": np.nan, "Barnard": 0.047}


def p_values_of(values, question="Two-sided"):
    about = {"measure": "p_value", "n": 35, "endpoint_label": "Remission", "group": "Tandem"}
    notes = {name: "" if p == p else "not estimable: a zero cell" for name, p in values.items()}
    rows = estimates({**about, "method": name, "p": p, "note": notes[name]} for name, p in values.items())
    return rows.assign(question=question, usual="always")


def curve(ratios, ps, small=0):
    about = {"measure": "hazard_ratio", "method": "Cox", "variable_label": "Tandem", "group": "Tandem vs others"}
    about |= {"endpoint_label": "Survival", "n": 35, "events": 20}
    rows = [
        {**about, "term": f"Tandem [{i}]", "estimate": r, "ci_low": r / 2, "ci_high": r * 2, "p": p}
        | {"note": "" if r == r else "not estimable: no events"}
        for i, (r, p) in enumerate(zip(ratios, ps, strict=True))
    ]
    return estimates(rows).assign(too_small=[n < small for n in range(len(rows))])


def timed(events=20):
    sides = pd.Categorical(["control"] * 21 + ["treated"] * 14, ["control", "treated"], ordered=True)
    return pd.DataFrame({"time_months": 1.0, "event": [1] * events + [0] * (35 - events), "contrast": sides})


@pytest.fixture(scope="module")
def open_questions():
    found = ranges(ensemble_values(load_cohort("data/second_cart")))
    return found, with_ids(range_estimates(found), "robustness")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (
            TESTS,
            "P = 0.070 (Fisher exact, two-sided), and P from 0.042 to 0.070 over 3 tests; whether it is below 0.05",
        ),
        (
            dict.fromkeys(TESTS, 0.3),
            "P = 0.30 (Fisher exact, two-sided), and P = 0.30 over 4 tests; none is below 0.05.",
        ),
        (dict.fromkeys(TESTS, 0.01), "over 4 tests; each is below 0.05."),
        ({FISHER: 0.3}, "Remission, Tandem: P = 0.30 (Fisher exact, two-sided); this is not below 0.05."),
        ({"Barnard": 0.3, "Other": 0.2}, "Remission, Tandem: P from 0.20 to 0.30 over 2 tests; none is below 0.05."),
    ],
)
def test_verdict_on_tests_follows_their_p(values, told):
    assert told in robustness.test_verdict(p_values_of(values), FISHER)


@pytest.mark.parametrize(
    ("ratios", "ps", "told"),
    [
        ([0.5, 1.6, 0.7], [0.01, 0.2, 0.3], "Tandem: hazard ratio 0.50 to 1.60 over 3 analyses, P from 0.010 to 0.30."),
        (
            [0.5, np.nan],
            [0.01, np.nan],
            "hazard ratio 0.50 over 1 analysis, P = 0.010. Of 2 analyses 1 gave no estimate.",
        ),
        ([np.nan] * 4, [np.nan] * 4, "none of 4 analyses gave an estimate. Of 4 analyses 4 gave no estimate."),
    ],
)
def test_curves_are_told_by_their_ends(ratios, ps, told):
    assert told in robustness.curve_ranges(curve(ratios, ps))


def test_analyses_that_were_too_small_are_counted_apart():
    told = robustness.curve_ranges(curve([np.nan, np.nan, np.nan, 2.0], [np.nan] * 3 + [0.2], small=2))
    assert (
        "Of 4 analyses 2 held fewer than 5 events per factor or 3 patients on one side and 1 gave no estimate." in told
    )
    assert "below 1" not in told


def test_no_direction_is_counted_and_effects_are_told_apart_by_their_column():
    rows = curve([0.5, 0.6], [0.01, 0.2])
    rows["variable_label"] = ["Donor", "Donor: sex"]
    told = robustness.curve_ranges(rows)
    assert "Survival, Donor: hazard ratio 0.50 over 1 analysis, P = 0.010." in told
    assert "Survival, Donor: sex: hazard ratio 0.60 over 1 analysis, P = 0.20." in told


def test_fragility_is_one_sentence():
    about = {"measure": "fragility_index", "group": "Tandem"}
    ones = estimates({**about, "estimate": 1, "method": f"Fragility of: {name}"} for name in "ab")
    assert robustness.fragility(ones) == (
        "Under each of 2 tests, another outcome in 1 patient of one group would put P on the other side of 0.05."
    )
    several = ones.assign(estimate=[4.0, 2.0])
    assert "in 2 to 4 patients of one group" in robustness.fragility(several)


def test_shares_of_compatible_cohorts_are_marked_and_imposed_ones_left_out(open_questions):
    found, shares = open_questions
    told = robustness.range_headline(found, shares)
    assert marks.plain(told).startswith("Of 1,000 cohorts that match every published figure, P is below 0.05 in 40% (c")
    assert "9% of 709 (" in marks.plain(told)
    assert "100%" not in told
    assert told.endswith("What was published determines none of these.")
    assert {part.row for part in marks.parts(told) if part.row} <= set(shares["id"])
    settled = found.assign(determined=found["shown_first"])
    assert "determines none" not in robustness.range_headline(settled, shares)


def test_range_table_says_what_the_generator_set(open_questions):
    table = tables.range_table(*open_questions, id="t", caption="Ranges")
    rows = {row[0]: [marks.plain(cell) for cell in row[1:]] for row in table.rows}
    assert len(rows) == len(open_questions[0])
    own = open_questions[0].set_index("label").loc["Consolidation, HR for LFS: ever-never"]
    assert rows[own.name][0] == "100%"
    assert rows[own.name][1:3] == [f"{own['median']:.2f}", f"{own['low']:.2f} to {own['high']:.2f}"]
    assert rows[own.name][3] == "P < 0.05 was imposed; ends at 0.1, a limit of the generator"
    assert rows["Severe CRS, tandem v the others, Fisher, P"][3] == "determined by what was published"
    nothing = ranges(ensemble_values(load_cohort("data/klein_bmt")))
    assert "has none, so nothing is said" in tables.range_table(nothing, nothing, id="t", caption="Ranges").text


def test_tests_stand_under_their_question_with_their_use():
    table = tables.usual_tests(compare(timed(), "contrast"), id="t", caption="Tests")
    assert [row[0] for row, level in zip(table.rows, table.indent, strict=True) if level == 0] == [
        "Two-sided tests of the table",
        "One-sided, or transposed",
    ]
    assert len(table.rows) == 14
    assert all(row[2] for row, level in zip(table.rows, table.indent, strict=True) if level)
    impossible = tables.usual_tests(compare(timed(0), "contrast"), id="t", caption="Tests")
    assert "not estimable: all patients have the same outcome" in [row[1] for row in impossible.rows]


def test_plan_table_has_a_row_per_effect_under_its_endpoint():
    survival = plan_survival(timed(), "contrast", [0.5]).assign(endpoint_label="Survival")
    remission = plan_proportions(timed(), "contrast", [0.2]).assign(endpoint_label="Remission")
    table = tables.plan_table(stack(survival, remission), id="t", caption="Plan")
    assert [line[0] for line in table.rows][:2] == ["Survival", "Hazard ratio 0.50 or 2.00"]
    assert table.rows[1][1:5] == ["66", "115", "88", "154"]
    assert "(Survival 20/35)" in " ".join(table.notes)
    assert "post hoc" not in " ".join(name for name, _ in table.columns)
    told = robustness.detectable(survival)
    assert told.startswith("Survival: 20 events in the two groups would have shown a true hazard ratio of 0.2")
    assert "or higher" in told
    assert robustness.detectable(survival.assign(id="x", origin="invented")) == ""


def test_analyses_of_what_begins_later_are_a_row_each_with_the_ends_of_all():
    rows = curve([0.5, 0.6, np.nan], [0.01, 0.2, np.nan]).assign(variable_label="Donor cells")
    rows["level"] = ["ever", "in time", "by day 90"]
    table = tables.analyses(rows, id="t", caption="Later")
    [heading, cells] = table.rows
    assert heading[0] == "Survival"
    assert cells[0] == "Donor cells"
    assert cells[1].startswith("0.50 (")
    assert cells[2].startswith("0.60 (")
    assert cells[3:] == ["2 of 3", "0.50 to 0.60", "0.010 to 0.20"]
    lost = tables.analyses(rows.assign(estimate=np.nan, p=np.nan), id="t", caption="Later")
    assert lost.rows[1][1:] == ["not estimable", "not estimable", "0 of 3", "not estimable", "not estimable"]
    assert tables.analyses(rows.iloc[:0], id="t", caption="Later").role == "absent"


def test_cards_for_the_front_page_are_those_of_compatible_cohorts(open_questions):
    _, shares = open_questions
    nothing, tests = estimates([]), p_values_of(TESTS)
    cards = robustness.headline_cards(shares_card(shares), tests, nothing, usual=FISHER)
    assert cards.front == 1
    assert marks.plain(cards.cards[0].value).startswith("100% / 40% / 9")
    assert tuple(cards.cards[1]) == (f"Remission: {FISHER}", "P = 0.070", "P from 0.042 to 0.070 over 3 tests")
    cards = robustness.headline_cards([], nothing, curve([0.5, 0.6], [0.01, 0.2]), usual=FISHER)
    assert cards.front == 0
    assert cards.cards[0].detail == "95% CI 0.25 to 1.00; P from 0.010 to 0.20 over 2 analyses"
    empty = robustness.headline_cards([], nothing, nothing, usual=FISHER)
    assert [tuple(card) for card in empty.cards] == [("Robustness", "nothing to compare", "in this cohort")]


def test_empty_tables_give_no_sentence_and_say_so_in_tables():
    nothing = estimates([])
    assert robustness.test_verdict(nothing, "x") == robustness.curve_ranges(nothing) == ""
    assert robustness.fragility(nothing) == robustness.detectable(nothing) == ""
    for table in (tables.usual_tests, tables.plan_table):
        assert table(nothing, id="t", caption="Effects").role == "absent"
    no_cohorts = ranges(ensemble_values(load_cohort("data/klein_bmt")))
    assert robustness.range_headline(no_cohorts, nothing) == ""


def test_p_values_are_drawn_sorted_where_they_lie():
    figure = plot_p_values(p_values_of(TESTS), id="p", caption="P by test")
    assert_legible(figure)
    drawn = [line.get_xdata()[0] for ax in figure.canvas.axes for line in ax.lines if line.get_label() == "p"]
    assert drawn == [0.042, 0.047, 0.07]
    assert figure.caption.startswith("P by test. P is below 0.05 in 2 of ")
    assert figure.caption.endswith("1 of 4 tests gave no P value.")
    assert "2 lie below 0.05" in figure.alt


def test_other_questions_stand_under_a_heading_of_their_own():
    tests = pd.concat([p_values_of(TESTS), p_values_of({"One": 0.01}, question="One-sided")], ignore_index=True)
    figure = plot_p_values(tests, id="p", caption="P by test")
    assert_legible(figure)
    names = ["Two-sided", "Pearson chi-square", "Barnard", FISHER, "One-sided", "One"]
    assert [word for word in words(figure) if word in names] == names


def test_no_p_value_gives_the_reason_in_place_of_a_figure():
    assert plot_p_values(p_values_of(dict.fromkeys(TESTS, np.nan)), id="p", caption="x").role == "absent"
    tiny = plot_p_values(p_values_of({"<b>$a_b$</b> " + "w" * 60: 1e-12, "b": 1.0}), id="p", caption="x")
    assert_legible(tiny)


def test_last_bits_are_no_direction_and_no_significance():
    even, level = [np.nextafter(1, 0), 1.0, np.nextafter(1, 2), 1.0], [np.nextafter(0.05, 0), 0.05, 0.05, 0.05]
    assert "hazard ratio 1.00 over 4 analyses, P = 0.0500." in robustness.curve_ranges(curve(even, level))
    tests = p_values_of(dict(zip("abcd", level, strict=True)))
    assert "none is below 0.05" in robustness.test_verdict(tests, "a")


def test_equal_p_values_are_drawn_in_the_order_of_the_tests():
    tests = p_values_of({"first": np.nextafter(0.05, 1), "second": 0.05, "third": np.nextafter(0.05, 0)})
    figure = plot_p_values(tests, id="p", caption="P")
    assert figure.data["method"].tolist() == ["first", "second", "third"]
    assert "0 lie below 0.05" in figure.alt
